"""THIRD_PARTY_LICENSES.md: what an installed kit pulls in, from the metadata of what is installed.

``python -m tests.upkeep.licences`` writes it. Run it with the oldest Python that the kit supports,
which needs most.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.upkeep.fingerprints import ROOT

FILE = ROOT / "THIRD_PARTY_LICENSES.md"
KIT = "chaim-conformance"
COMMAND = "python -m tests.upkeep.licences"
# The only ones that the kit may bring into a provider's repo.
ALLOWED = {
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "MIT",
    "MIT-0",
    "MPL-2.0",
    "PSF-2.0",
}
# What older metadata says instead of SPDX's identifiers, in lower case.
SPDX = {
    "apache 2.0": "Apache-2.0",
    "apache license 2.0": "Apache-2.0",
    "apache license, version 2.0": "Apache-2.0",
    "apache software license": "Apache-2.0",
    "bsd license": "BSD-3-Clause",
    "3-clause bsd license": "BSD-3-Clause",
    "mit license": "MIT",
    "mit or apache-2.0": "MIT OR Apache-2.0",
    "dual license": "Apache-2.0 OR BSD-3-Clause",  # python-dateutil
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
    "python software foundation license": "PSF-2.0",
}
OSI = "License :: OSI Approved :: "
ROW = re.compile(r"^\| ([^|]+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Dependency:
    """What the kit needs, by itself or by way of others.

    ``asked`` are the versions that the kit itself asks for; empty where only others do.
    """

    name: str
    asked: str
    licence: str
    by: tuple[str, ...]


def dependencies() -> tuple[Dependency, ...]:
    """All that the kit's own dependencies need here, without extras, by name.

    Raises :class:`importlib.metadata.PackageNotFoundError` where one is not installed.
    """
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    direct = map(Requirement, project["dependencies"])
    asked = {canonicalize_name(one.name): str(one.specifier) for one in direct}
    needed_by: dict[str, set[str]] = defaultdict(set)
    waiting = [(name, KIT, frozenset[str]()) for name in asked]
    seen: set[tuple[str, frozenset[str]]] = set()
    while waiting:
        name, by, extras = waiting.pop()
        needed_by[name].add(by)
        if (name, extras) not in seen:
            seen.add((name, extras))
            waiting += [(needed, name, further) for needed, further in _needs(name, extras)]
    return tuple(
        Dependency(
            name=name,
            asked=asked.get(name, ""),
            licence=licence(metadata.metadata(name)),
            by=tuple(sorted(needed_by[name])),
        )
        for name in sorted(needed_by)
    )


def _needs(name: str, extras: frozenset[str]) -> Iterator[tuple[str, frozenset[str]]]:
    """What a package needs on this Python and system: names, and extras of these."""
    for one in map(Requirement, metadata.requires(name) or ()):
        if one.marker is None or any(one.marker.evaluate({"extra": e}) for e in ("", *extras)):
            yield canonicalize_name(one.name), frozenset(one.extras)


def licence(about: metadata.PackageMetadata) -> str:
    """SPDX's name of a package's licence; what the package says where that is none."""
    if expression := about.get("License-Expression"):
        return expression
    classified = [
        one.removeprefix(OSI) for one in about.get_all("Classifier", ()) if one.startswith(OSI)
    ]
    said = (about.get("License") or "").strip()
    # A field that has a whole text, or none, is of no use: the classifiers tell.
    words = said if said and len(said.splitlines()) == 1 else " AND ".join(classified)
    return SPDX.get(words.lower(), words) or "unknown"


def is_allowed(expression: str) -> bool:
    """Whether an SPDX expression leaves a way to use the package under an allowed licence."""
    return any(
        all(one.strip(" ()") in ALLOWED for one in alternative.split(" AND "))
        for alternative in expression.split(" OR ")
    )


def listed(text: str) -> dict[str, str]:
    """The licences in the file, by the names of packages."""
    rows = ROW.findall(text)
    return {name: licence for name, _, licence, _ in rows[1:]}


def document(found: tuple[Dependency, ...]) -> str:
    """The whole file."""
    rows = [
        f"| {one.name} | {one.asked or 'as needed'} | {one.licence} | {', '.join(one.by)} |"
        for one in found
    ]
    return "\n".join((INTRODUCTION, *rows, ""))


INTRODUCTION = f"""# Licences of what the kit pulls in

`pip install chaim-conformance` installs these packages, on Linux and the oldest Python that is supported; newer ones need fewer.
None of them is part of the kit's own files. Licences are those that the packages' metadata state, by their SPDX names.
On Windows there is `colorama` (BSD-3-Clause), too. `{COMMAND}` writes this file, and a test holds it against what is installed.

| package | versions | licence | needed by |
|---|---|---|---|"""  # noqa: E501


def main() -> int:
    """Writes the file."""
    FILE.write_text(document(dependencies()), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
