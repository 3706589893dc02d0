"""Draws documents and prints them with the seconds it took; run by each peer's own Python.

    python -m benchmarks.drawing kit EXAMPLES SEED
    python -m benchmarks.drawing jsonschema EXAMPLES SEED SCHEMA_FILE

Nothing is imported but what the named strategy needs, as neither environment has both.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.strategies import SearchStrategy

WARM_UP = 5


def kit() -> SearchStrategy[Any]:
    """The kit's own strategy."""
    from chaim_conformance.strategies import bprints

    return bprints()


def jsonschema(schema_file: str) -> SearchStrategy[Any]:
    """What hypothesis-jsonschema makes of a schema."""
    from hypothesis_jsonschema import from_schema

    strategy: SearchStrategy[Any] = from_schema(json.loads(Path(schema_file).read_text("utf-8")))
    return strategy


def draw(strategy: SearchStrategy[Any], examples: int, at: int) -> tuple[list[Any], float]:
    """Documents of this seed, and the seconds that drawing took."""
    documents: list[Any] = []

    @seed(at)
    @settings(
        max_examples=examples,
        database=None,
        deadline=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def collect(document: Any) -> None:
        documents.append(document)

    begun = time.perf_counter()
    collect()
    return documents, time.perf_counter() - begun


if __name__ == "__main__":
    name, examples, at, *rest = sys.argv[1:]
    strategy = jsonschema(*rest) if name == "jsonschema" else kit()
    draw(strategy, WARM_UP, 0)
    documents, seconds = draw(strategy, int(examples), int(at))
    print(json.dumps({"documents": documents, "seconds": seconds}))
