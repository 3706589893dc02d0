"""Plays one scenario to a handler under a debugger, however long that takes; judges a clause."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from chaim_conformance import corpus, decoys, search
from chaim_conformance.checks import CHECKS
from chaim_conformance.config import ProviderConfig, Settings
from chaim_conformance.contract import Clause
from chaim_conformance.drivers import Launch, open_handler
from chaim_conformance.drivers.bundle import PLACE
from chaim_conformance.drivers.command_line import find_command_line
from chaim_conformance.drivers.debugger import Debugger
from chaim_conformance.drivers.enclosure import Outside
from chaim_conformance.drivers.launch import Words
from chaim_conformance.drivers.locator import find_program, read_locator
from chaim_conformance.drivers.ports import HOST
from chaim_conformance.errors import HarnessError, UsageError
from chaim_conformance.half_judge import verdict_of
from chaim_conformance.judge import Judge
from chaim_conformance.plane import Plane, PlaneServer
from chaim_conformance.preflight import ProviderFacts
from chaim_conformance.report.violation import describe_bundle, describe_faults
from chaim_conformance.runner import Runner
from chaim_conformance.scenario import Scenario
from chaim_conformance.suite import SUITE
from chaim_conformance.transcript import Transcript
from chaim_conformance.verdict import Verdict

# Nobody thinks for longer about a line of code (seconds).
FOR_EVER = 30 * 86_400.0
CLOCK = (
    "Nothing times out but what the service signs: stop for more than 5 minutes between presign and"
    " upload, or between a timestamp and presign, and that is seen as a violation."
)


def require_debuggable(clause: Clause) -> None:
    """Raises :class:`UsageError` for a clause that no handler can be debugged for."""
    if clause.id in CHECKS:
        return
    if clause.id.startswith("B"):
        raise UsageError(
            f"debug {clause.name}: it is about a binder, which `debug` does not start. A binder"
            " runs in any process that synthesizes: write the app of the violation's story, and"
            " start that under your debugger: node --inspect-brk app.js, python -m debugpy ..."
        )
    raise UsageError(f"debug {clause.name}: this version of the kit does not check it")


@dataclass(frozen=True, kw_only=True)
class Found:
    """What is known of a handler before a debugger comes in, and the scenario to play.

    ``answer_port`` is where it answers to CloudFormation, if at a certain port. ``why`` says of a
    scenario that was looked for what is special about it.
    """

    facts: ProviderFacts
    answer_port: int | None
    scenario: Scenario
    why: str = ""


def look(
    provider: ProviderConfig, settings: Settings, clause: Clause, scenario: Scenario | None
) -> Found:
    """Starts the handler without a debugger, and looks for a scenario where none is given.

    That is the simplest one of the suite that violates the clause, or else puts it to the test.
    Raises :class:`UsageError` where it cannot be started, or the clause does not apply to it.
    """
    with Judge(provider, settings) as judge:
        facts = judge.facts
        if not set(clause.applies) <= facts.capabilities:
            raise UsageError(f"debug {clause.name}: it does not apply to {provider.handler}")
        chosen, why = (scenario, "") if scenario is not None else simplest(judge, clause)
        return Found(
            facts=facts, answer_port=judge.runner.server.answer_port, scenario=chosen, why=why
        )


def simplest(judge: Judge, clause: Clause) -> tuple[Scenario, str]:
    """The scenario to debug a clause with, and why that one; :class:`UsageError`: there is none."""
    formats = judge.facts.formats
    frozen = sorted(corpus.frozen(clause.id, formats), key=_weight)
    for one in frozen:
        if judged(clause, judge.play(one)).status == "fail":
            return one, "the simplest that violates it"
    for one in sorted((*frozen, *SUITE[clause.id].fixed(formats)), key=_weight):
        if judged(clause, judge.play(one)).status == "pass":
            return one, "the simplest that puts it to the test; what `quick` plays does not fail"
    raise UsageError(
        f"debug {clause.name}: nothing that is planned for it puts it to the test here; give a"
        " --scenario"
    )


def _weight(scenario: Scenario) -> tuple[int, ...]:
    """How much happens: attempts, bundles, faults, bytes."""
    attempts = [attempt for one in scenario.operations for attempt in one.attempts]
    faults = sum(len(attempt.script) for attempt in attempts)
    size = sum(one.grown_to or len(one.snapshot or "") for one in scenario.bundles)
    return len(attempts), len(scenario.bundles), faults, size


def play(
    found: Found, provider: ProviderConfig, debugger: Debugger, *, tell: Callable[[str], None]
) -> Transcript:
    """What was seen of the scenario; ``tell`` gets what the user has to know, line by line.

    Each deployment and each cold attempt is a process of its own, which waits for the debugger.
    Nothing is contained or limited, and nothing times out. Raises :class:`UsageError` where the
    process ends before it has begun.
    """

    def announced(command: Words) -> Words:
        waiting = debugger.command(command)
        where = "its own command" if debugger.kind == "own" else f"{HOST}:{debugger.port}"
        tell(f"A process waits for the debugger: {where}")
        return waiting

    launch = Launch(command=announced, patience=FOR_EVER, ahead=False, moves=False)
    settings = Settings(isolation="process", containment="off")
    with ExitStack() as stack:
        outside = Outside(limits=None)
        driver = open_handler(provider, settings, enclosure=outside, launch=launch)
        stack.callback(driver.close)
        home = driver.workspace / "home"
        decoys.lay(home)
        server = PlaneServer(
            Plane(),
            scheme="https" if found.facts.scheme == "https" else "http",
            answer_port=found.answer_port,
        )
        stack.enter_context(server)
        runner = Runner(
            driver=driver,
            server=server,
            home=home,
            answer_style=found.facts.answer_style,
            names=provider.environment,
            timeout=FOR_EVER,
            patience=FOR_EVER,
        )
        copy = driver.workspace / PLACE
        for line in debugger.instructions(source=source_of(provider), copy=copy):
            tell(line)
        tell(CLOCK)
        try:
            return runner.play(found.scenario)
        except (HarnessError, OSError) as error:
            raise UsageError(f"debug: the handler's process did not come up: {error}") from error


def source_of(provider: ProviderConfig) -> Path:
    """The folder that becomes the bundle."""
    assert provider.handler is not None
    scheme, rest = read_locator(provider.handler)
    if scheme in ("node", "python"):
        program = find_program(provider.handler, root=provider.root, bundle=provider.bundle)
        return program.source.folder.resolve()
    line = find_command_line(rest, root=provider.root, bundle=provider.bundle, named="handler")
    return line.source.folder.resolve()


def judged(clause: Clause, transcript: Transcript) -> Verdict:
    """The clause's verdict on what was seen."""
    seen = search.Found()
    seen.take(CHECKS[clause.id], transcript)
    return verdict_of(clause, seen, attempts=len(transcript.attempts))


def plan(scenario: Scenario) -> Iterator[str]:
    """What is going to happen, as lines."""
    deployed = None
    for number, operation in enumerate(scenario.operations, 1):
        if operation.bundle != deployed:
            deployed = operation.bundle
            yield f"deploy  {describe_bundle(scenario.bundles[deployed])}"
        for again, attempt in enumerate(operation.attempts):
            start = {"cold": ", cold", "beside": ", at the same time"}.get(attempt.start, "")
            retry = ", again" if again else ""
            yield f"{number:>2}. {operation.request_type}{retry}{start}{describe_faults(attempt)}"
