"""The pages that say what the contract says: its clauses, its readings, and what goes unchecked."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

CONTRACT = Path(__file__).parents[1] / "contract"
CLAUSES, READINGS = CONTRACT / "clauses.json", CONTRACT / "READINGS.md"
SAMPLES = CONTRACT / "violations.json"
SOURCES = (CLAUSES, READINGS, SAMPLES)

HALVES = {
    "H": "Handlers and other publishers",
    "B": "Binders",
    "P": "The service",
}
ABOUT_HALVES = {
    "H": "What publishes a snapshot, at deploy time.",
    "B": "What writes snapshots and bundles, at synth time.",
    "P": "What a provider may rely on. The service that the kit plays keeps these.",
}
MEANS = {"cfn": "a CloudFormation custom resource", "lambda": "on Lambda", "aws-cdk": "for the CDK"}
AUTHORITY = {"S": "The source says", "P": "The platform", "R": "Our reading"}

WIDTH = 68  # of a sample's lines, which no page scrolls for

Entry = dict[str, Any]


def entries() -> list[Entry]:
    """Every clause, as the contract's file has it."""
    found: list[Entry] = json.loads(CLAUSES.read_text(encoding="utf-8"))["clauses"]
    return found


def clauses() -> str:
    """Every clause with its reasoning, in MyST; the anchor of one is its id in lower case."""
    samples = _samples()
    lines: list[str] = []
    for half, title in HALVES.items():
        found = [entry for entry in entries() if entry["id"].startswith(half)]
        lines += [f"## {title}", "", ABOUT_HALVES[half], "", *_table(found), ""]
        for entry in found:
            lines += [*_clause(entry, samples.get(entry["id"])), ""]
    return "\n".join(lines)


def readings() -> str:
    """The readings, each with the anchor ``reading-N`` and the clauses that rest on it."""
    text = READINGS.read_text(encoding="utf-8").split("\n", 1)[1]
    used: dict[int, list[str]] = {}
    for entry in entries():
        for number in entry.get("readings", ()):
            used.setdefault(number, []).append(entry["id"])

    def heading(found: re.Match[str]) -> str:
        number = int(found[1])
        links = ", ".join(f"[{name}](#{name.lower()})" for name in used.get(number, ()))
        behind = f"\n\nClauses that rest on it: {links}." if links else ""
        return f"(reading-{number})=\n{found[0]}{behind}"

    return re.sub(r"^## (\d+)\. .*$", heading, text, flags=re.MULTILINE)


def unchecked() -> str:
    """The clauses of providers that have no check, and why."""
    found = [e for e in entries() if e["check"] != "yes" and not e["id"].startswith("P")]
    if not found:
        return "Every clause about handlers and binders has a check in this version of the kit."
    return "\n".join(f"- [{e['id']}](#{e['id'].lower()}) {e['slug']}: {e['check']}" for e in found)


PAGES = {"clauses": clauses, "readings": readings, "unchecked": unchecked}


def _table(found: list[Entry]) -> Iterator[str]:
    yield from ("| clause | level | in short |", "|---|---|---|")
    for one in found:
        level = f"{one['level']}, disputed" if one.get("disputed") else one["level"]
        yield f"| [{one['id']}](#{one['id'].lower()}) | {level} | {one['slug']} |"


def _clause(entry: Entry, sample: Entry | None) -> Iterator[str]:
    yield from (f"({entry['id'].lower()})=", f"### {entry['id']} {entry['slug']}", "")
    # Not "core": it says nothing that the half does not.
    needs = [MEANS[one] for one in entry["applies"] if one in MEANS]
    only = f", only for what is {' and '.join(needs)}" if needs else ""
    yield f"*{entry['level']}, family {entry['family']}{only}; since {entry['since']}.*"
    if entry["check"] != "yes":
        yield f" *Not checked: {entry['check']}.*"
    yield from ("", entry["text"], "")
    if disputed := entry.get("disputed"):
        yield from (
            "Disputed",
            f": {disputed} [It fails no run](contract.md#when-a-clause-counts).",
            "",
        )
    yield from ("Why it matters", f": {entry['why']}", "")
    for one in entry["authority"]:
        # As code: a quoted line has a Markdown of its own.
        said = _code(one["quote"]) if one["kind"] == "S" else one["reason"]
        yield from (AUTHORITY[one["kind"]], f": {said}", "")
    if numbers := entry.get("readings"):
        links = ", ".join(f"[reading {number}](#reading-{number})" for number in numbers)
        yield from ("How it is read", f": {links}", "")
    if advice := entry.get("advice"):
        yield from ("How to get it right", f": {advice}", "")
    if files := entry.get("files"):
        yield from ("Test with", f": {', '.join(f'`contract/{file}`' for file in files)}", "")
    if sample:
        yield from ("What a violation looks like", *_sample(sample), "")


def _sample(sample: Entry) -> Iterator[str]:
    told = [(key, sample.get(key)) for key in ("fault", "expected", "seen", "hint", "story")]
    width = max((len(key) for key, value in told if value), default=0)
    yield ": ```text"
    for key, value in told:
        if value:
            words = textwrap.wrap(str(value), WIDTH, break_long_words=False)
            heads = [key.capitalize(), *[""] * (len(words) - 1)]
            yield from (
                f"  {head:<{width}}  {line}" for head, line in zip(heads, words, strict=True)
            )
    yield "  ```"


def _samples() -> dict[str, Entry]:
    """A violation of each clause, by its id, where the contract comes with them."""
    if not SAMPLES.exists():
        return {}
    found = json.loads(SAMPLES.read_text(encoding="utf-8"))
    listed: list[Entry] = found if isinstance(found, list) else found["violations"]
    return {one["clause"]: one for one in listed}


def _code(text: str) -> str:
    """The text as Markdown's inline code, whatever back-quotes it holds."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * (longest + 1)
    space = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{space}{text}{space}{fence}"
