"""Makes the samples: ``python -m tests.samples [CLAUSE...]``, from the repository's root.

It takes aws-cdk-lib for Python. Named clauses alone are made anew; the others stay as they are.
"""

from __future__ import annotations

import json
import sys

from chaim_conformance import contract
from tests.samples.catalogue import BINDERS, HANDLERS
from tests.samples.making import made

ABOUT = "What a violation of each clause that is checked looks like, from a provider with one fault"
HOW = (
    "fault is what was done wrong, expected, seen, hint and story are what the kit says of it;"
    " blocks are clauses that cannot be judged for as long as this one is violated. What differs"
    " from run to run stands in angle brackets, what was secret as [redacted]"
)


def main() -> None:
    """Writes the file."""
    path = contract.contract_directory() / "violations.json"
    wanted = sys.argv[1:] or [*HANDLERS, *BINDERS]
    document = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    samples = {one["clause"]: one for one in document.get("violations", ())}
    for clause in wanted:
        samples[clause] = made(clause)
        print(json.dumps(samples[clause], ensure_ascii=False), file=sys.stderr, flush=True)
        ordered = [samples[one.id] for one in contract.clauses() if one.id in samples]
        document = {"contract": "1.0", "about": ABOUT, "how": HOW, "violations": ordered}
        text = json.dumps(document, indent=2, ensure_ascii=False)
        path.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
