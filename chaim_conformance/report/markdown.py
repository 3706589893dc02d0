"""``report.md``: the run for a CI system's summary, what has to be looked at first at its top."""

from __future__ import annotations

from collections.abc import Iterator

from chaim_conformance.report.clause_links import clause_url
from chaim_conformance.report.console import COUNTED
from chaim_conformance.report.headline import headline, is_uncounted, stopping
from chaim_conformance.report.markdown_text import code, fenced, folded, prose, size, table
from chaim_conformance.report.run_report import ClauseReport, Outcome, ProviderReport, RunReport

# GitHub takes a mebibyte from all steps of a job together.
LIMIT = 60_000
LINES_SHOWN = 30
LINE_WIDTH = 300
VALUE = 600  # characters of what was expected and seen, of the first violation
MARKS: dict[Outcome, str] = {
    "conformant": "✅",
    "violations": "❌",
    "error": "⚠️",
    "not started": "⚠️",
    "interrupted": "⚠️",
}


def text(report: RunReport) -> str:
    """The file's text, of less than 64 KB whatever there is to say."""
    blocks: list[str] = []
    written = 0
    for block in _blocks(report):
        written += size(block) + 2
        if written > LIMIT:
            blocks.append("There is more, in `report.json`.")
            break
        blocks.append(block)
    return "\n\n".join(blocks) + "\n"


def _blocks(report: RunReport) -> Iterator[str]:
    title = f"Chaim ingest contract {report.contract}".rstrip()
    yield f"# {MARKS[report.outcome]} {title}: {headline(report)}"
    several = len(report.providers) > 1
    for provider in report.providers:
        if several:
            yield f"## {MARKS[provider.outcome]} {code(provider.name)}"
        yield from _provider(provider, "###" if several else "##")
    if report.notes:
        yield "\n".join(f"- {prose(note)}" for note in report.notes)
    yield _made(report)


def _provider(provider: ProviderReport, heading: str) -> Iterator[str]:
    if provider.not_started:
        yield f"{heading} It could not be started"
        yield fenced(_shown(provider.not_started.splitlines()))
        return
    yield _counts(provider)
    if provider.problems:
        yield f"{heading} Entries of `[[known]]` that cannot be used"
        yield "\n".join(f"- {prose(line)}" for line in provider.problems[:LINES_SHOWN])
    wrong = stopping(provider)
    if wrong:
        yield from _first(wrong[0], heading)
        yield f"{heading} What does not hold"
        yield table(
            ("Clause", "Level", "Verdict", "Expected", "Seen"),
            [(_link(one), one.level, one.status, *_values(one)) for one in wrong],
        )
    yield from _others(provider)
    yield f"{heading} What was judged"
    yield _facts(provider)


def _counts(provider: ProviderReport) -> str:
    counts = [(provider.counts.get(status, 0), word) for status, word in COUNTED]
    shown = [(str(number), word) for number, word in counts if number]
    shown += [(str(len(provider.left)), "left out")] if provider.left else []
    if not shown:
        return "No clause was judged."
    return table([word for _, word in shown], [[number for number, _ in shown]])


def _first(one: ClauseReport, heading: str) -> Iterator[str]:
    """The one violation to begin with, whole."""
    yield f"{heading} First: {_link(one)} ({one.level})"
    yield one.text
    yield f"*Why it matters:* {one.why}"
    failure = one.failure
    if failure is None:
        yield f"{one.status}: {prose(one.reason)}"
    else:
        rows = (
            ("Expected", failure.expected),
            ("Seen", failure.seen),
            ("In", failure.where),
            ("Hint", failure.hint),
            ("Story", failure.story),
        )
        yield table(("", ""), [(f"**{name}**", code(it, VALUE)) for name, it in rows if it])
        if failure.steps:
            yield folded("What was played", fenced(_shown(failure.steps)))
        if failure.log:
            yield folded("Log", fenced(_shown(failure.log[-LINES_SHOWN:])))
    replay = [failure.replay] if failure is not None and failure.replay else []
    yield fenced([*replay, f"chaim-conformance explain {one.id}"], language="sh")


def _values(one: ClauseReport) -> tuple[str, str]:
    if one.failure is None:
        return prose(one.reason), ""
    return code(one.failure.expected), code(one.failure.seen)


def _others(provider: ProviderReport) -> Iterator[str]:
    """What fails no run, folded."""
    told = {one.id for one in stopping(provider)}
    rest = [one for one in provider.clauses if one.id not in told]
    groups = (
        ("Violated, but not counted", [one for one in rest if is_uncounted(one)]),
        ("Known failures", [one for one in rest if one.status == "known"]),
        ("Blocked by other violations", [one for one in rest if one.status == "blocked"]),
        ("Not run", [one for one in rest if one.status == "not run"]),
        ("Not applicable", [one for one in rest if one.status == "n/a"]),
    )
    for title, clauses in groups:
        if clauses:
            columns = 4 if any(one.failure for one in clauses) else 3
            head = ("Clause", "Level", "Why", "Seen")
            rows = [(_link(one), one.level, *_why(one))[:columns] for one in clauses]
            yield folded(f"{title} ({len(clauses)})", table(head[:columns], rows))
    if provider.left:
        left = ", ".join(code(name) for name in provider.left)
        yield folded(f"Left out of this run ({len(provider.left)})", left)


def _why(one: ClauseReport) -> tuple[str, str]:
    failure = one.failure
    if failure is None:
        return prose(one.reason), ""
    return prose(one.reason or ", ".join(one.reservations)), code(failure.seen)


def _facts(provider: ProviderReport) -> str:
    rows = [
        (half, code(locator))
        for half, locator in (("handler", provider.handler), ("binder", provider.binder))
        if locator
    ]
    for line in (*provider.about, *(f"note: {note}" for note in provider.notes)):
        name, _, value = line.partition(": ")
        rows.append((prose(name), prose(value)))
    return table(("", ""), rows[:LINES_SHOWN])


def _made(report: RunReport) -> str:
    clauses = [one for provider in report.providers for one in provider.clauses]
    made = {half: sum(one.attempts for one in clauses if one.id[0] == half) for half in "HB"}
    options = f", only {code(','.join(report.select))}" if report.select else ""
    options += ", strict" if report.strict else ""
    return (
        f"chaim-conformance {report.kit}, profile {report.profile}, seed {report.seed}{options};"
        f" {made['H']} attempts, {made['B']} synths in {report.seconds:.1f} s,"
        f" begun {report.started}."
    )


def _link(one: ClauseReport) -> str:
    url = clause_url(one.id)
    return f"[{one.name}]({url})" if url else one.name


def _shown(lines: tuple[str, ...] | list[str]) -> Iterator[str]:
    for line in lines[:LINES_SHOWN]:
        yield line if len(line) <= LINE_WIDTH else f"{line[:LINE_WIDTH]}…"
    if len(lines) > LINES_SHOWN:
        yield f"… and {len(lines) - LINES_SHOWN} lines more"
