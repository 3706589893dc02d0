"""Made-up runs for tests of pages: every status, as many violations as asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from chaim_conformance.contract import clauses
from chaim_conformance.events import (
    ClauseJudged,
    Event,
    Failure,
    Message,
    ProviderNotStarted,
    ProviderStarted,
    RunEnded,
    RunStarted,
)
from chaim_conformance.report.run_report import RunReport, fold

IDS = tuple(one.id for one in clauses())
MESSAGES = (
    Message(chapter="1. Create", source="CloudFormation", target="handler", text="Create"),
    Message(
        chapter="1. Create", source="handler", target="presign", text="POST /ingest/presign",
        note="the service would refuse this: 403 Forbidden: the signature is of another body",
        guilty=True,
    ),
    Message(
        chapter="1. Create", source="presign", target="handler", text="503",
        note="scripted: 503", failed=True,
    ),
)  # fmt: skip
FAILURE = Failure(
    expected="contentHash sha256:aaaa of what was PUT",
    seen="contentHash sha256:bbbb of what was PUT",
    where="operation 1 (Create, warm)",
    hint="this is the hash of `snapshot.json`",
    story="Create ✓ → Update",
    steps=("deploy  snapshot.json of 1431 bytes", " 1. Create  ->  SUCCESS   <-- here"),
    log=("INFO begins", "ERROR publishing failed"),
    messages=MESSAGES,
    scenario="failures/H10-content-hash.json",
    transcript="failures/H10-content-hash.transcript.json",
    replay="chaim-conformance replay .chaim/failures/H10-content-hash.json",
    text="H10 content-hash (MUST) does not hold",
)
STARTED = RunStarted(
    kit="1.2.3",
    contract="1.0",
    started="2027-03-01T12:00:00+00:00",
    profile="quick",
    seed=7,
    strict=False,
)


def judged(clause: str, status: str = "pass", *, provider: str = "", **more: object) -> Event:
    """A verdict; what is violated has :data:`FAILURE` unless another is given."""
    violated = status in ("fail", "unstable", "known")
    told = {
        "fails": status in ("fail", "unstable", "stale"),
        "failure": FAILURE if violated else None,
        "reason": "" if status in ("pass", "fail") else f"why it is {status}",
        "scenarios": 3,
        "attempts": 5,
        **more,
    }
    return ClauseJudged(provider=provider, clause=clause, status=status, **told)  # type: ignore[arg-type]


def provider(name: str = "", *events: Event, handler: str = "node:index.js") -> list[Event]:
    """A provider's events: it started, and these."""
    ids = tuple(one.clause for one in events if isinstance(one, ClauseJudged))
    started = ProviderStarted(name=name, handler=handler, capabilities=("core",), clauses=ids)
    return [started, *events]


def run(*events: Event, whole: bool = True) -> RunReport:
    """What a run with these events amounts to."""
    return fold([STARTED, *events, RunEnded(seconds=12.0, exit_code=0, whole=whole)])


def mixed(name: str = "") -> list[Event]:
    """A provider with every status, H03 the first of two violations, and H08 blocked by it."""
    verdicts: Iterable[tuple[str, str]] = (
        ("H01", "pass"), ("H03", "fail"), ("H05", "known"), ("H10", "fail"), ("H12", "unstable"),
        ("H20", "stale"), ("H26", "n/a"), ("H56", "not run"),
    )  # fmt: skip
    found = [judged(clause, status, provider=name) for clause, status in verdicts]
    found.append(judged("H08", "blocked", provider=name, blocked_by=("H03",)))
    return provider(name, *found)


def all_violated(failure: Failure = FAILURE) -> RunReport:
    """A run in which no clause holds, each with this failure."""
    verdicts = [judged(clause, "fail", failure=failure) for clause in IDS]
    return run(*provider("", *verdicts))


def huge() -> Failure:
    """As much as a failure can have."""
    message = replace(MESSAGES[1], text="word " * 40, note="note " * 60, guilty=False)
    messages = (*(replace(message, chapter=f"{n // 4}. Update") for n in range(39)), MESSAGES[1])
    line = "x" * 300
    return replace(
        FAILURE,
        expected=line * 4,
        seen=line * 5,
        steps=(line,) * 60,
        log=(line,) * 60,
        messages=messages,
        text=line * 100,
    )


def not_started(name: str = "") -> ProviderNotStarted:
    """A provider that could not be judged."""
    return ProviderNotStarted(name=name, message="index.js: there is no such file; name another")


def everywhere(report: RunReport, change: Callable[[str], str]) -> RunReport:
    """The report with every text changed that is no word of the kit's own."""

    def changed(value: object, name: str) -> object:
        if isinstance(value, str):
            return value if not value or name in KEPT else change(value)
        if isinstance(value, tuple):
            return tuple(changed(one, name) for one in value)
        if hasattr(value, "__dataclass_fields__"):
            told = {key: changed(inner, key) for key, inner in vars(value).items()}
            return replace(value, **told)  # type: ignore[type-var]
        return value

    result = changed(report, "")
    assert isinstance(result, RunReport)
    return result


# Ids and enumerations: report.json cannot have anything else there.
KEPT = ("id", "level", "status", "outcome", "blocked_by")
