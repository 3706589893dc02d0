"""Before anything is judged: whether the provider starts, how it answers, where it calls.

A handler that answers by itself may insist on https and port 443, whatever its ResponseURL says, as
AWS's own cfn-response module does. One that published and then seems not to answer is given that.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from chaim_conformance.checks.evidence import json_object
from chaim_conformance.drivers import explain_init_failure
from chaim_conformance.errors import HarnessError, ProviderNotStartable
from chaim_conformance.examples import example
from chaim_conformance.plane.server import HTTPS_PORT
from chaim_conformance.report.redaction import Redactor, printable
from chaim_conformance.runner import CA_VARIABLES, Runner
from chaim_conformance.scenario import Operation, Scenario
from chaim_conformance.strategies.bundles import Format
from chaim_conformance.transcript import AnswerStyle, AttemptRecord, Transcript

LOG_LINES_SHOWN = 12
LOG_WIDTH = 200


@dataclass(frozen=True, kw_only=True)
class ProviderFacts:
    """What the preflight found out; reports show it, and capabilities decide what applies.

    ``contained`` says what keeps the handler from doing harm; what does not is among the notes.
    """

    capabilities: frozenset[str]
    answer_style: AnswerStyle
    scheme: str
    formats: tuple[Format, ...]
    notes: tuple[str, ...] = ()
    contained: tuple[str, ...] = ()


def healthy_create(form: Format, *, app_id: str = "preflight") -> Scenario:
    """The simplest thing that a provider has to be able to do."""
    return Scenario(
        bundles=(example(form, "BEST_EFFORT", app_id=app_id),),
        operations=(Operation(request_type="Create"),),
    )


def lacks_https(play: Callable[[Scenario], Transcript], form: Format) -> str:
    """Why nothing can be judged over https; empty where that is no reason.

    A healthy Create is published there, or it is not published at all.
    """
    create = healthy_create(form)
    bundles = tuple(replace(bundle, base_url="https") for bundle in create.bundles)
    if _uploads(play(replace(create, bundles=bundles))) or not _uploads(play(create)):
        return ""
    return (
        "it needs https, and over that a healthy Create was not published: the handler has to"
        f" trust the kit's own authority, which {', '.join(CA_VARIABLES)} name"
    )


def preflight(
    open_runner: Callable[..., Runner],
    *,
    locator: str,
    schemes: tuple[str, ...],
    formats: tuple[Format, ...],
    answer_style: AnswerStyle | None,
) -> tuple[Runner, ProviderFacts]:
    """Plays one healthy Create, over each scheme in turn until the handler calls.

    ``open_runner`` takes a scheme, and the port for answers where that is to be a certain one.
    Returns the runner that reached it, with its answer style fixed. Raises
    :class:`ProviderNotStartable` where the handler cannot be loaded or does not call at all.
    """
    for scheme in schemes:
        runner = open_runner(scheme)
        transcript = runner.play(healthy_create(formats[0]))
        record = transcript.attempts[0]
        _refuse_what_does_not_load(transcript, locator)
        called = any(e.endpoint != "response-url" for e in record.exchanges)
        if called or record.outcome.kind == "timed-out":
            break
    if not called:
        tried = schemes[: schemes.index(scheme) + 1]
        raise _not_startable(transcript, _no_call(locator, record, runner, tried))
    notes: tuple[str, ...] = ()
    if answer_style in (None, "response-url") and _is_unanswered(transcript):
        runner, transcript, notes = _answering_on_443(open_runner, scheme, runner, transcript)
    runner.answer_style = answer_style or transcript.answer_style
    notes += tuple(
        f"format {form}: a healthy Create was not published; if your binder writes no such "
        f'snapshots, set formats = ["{formats[0]}"] in chaim.toml'
        for form in formats[1:]
        if _uploads(transcript) and not _uploads(runner.play(healthy_create(form)))
    )
    facts = ProviderFacts(
        capabilities=runner.driver.capabilities,
        answer_style=runner.answer_style,
        scheme=scheme,
        formats=formats,
        notes=notes,
    )
    return runner, facts


def _answering_on_443(
    open_runner: Callable[..., Runner], scheme: str, runner: Runner, transcript: Transcript
) -> tuple[Runner, Transcript, tuple[str, ...]]:
    """A runner that takes answers there, if the handler does answer there; else the same one."""
    try:
        other = open_runner(scheme, HTTPS_PORT)
    except HarnessError as error:
        note = (
            f"no answer to CloudFormation was seen, and port {HTTPS_PORT} could not be had to see"
            f" whether it goes there: {error}. A handler that insists on https and that port, as"
            " AWS's cfn-response module does, cannot be judged here"
        )
        return runner, transcript, (note,)
    again = other.play(transcript.scenario)
    if _is_put(again):
        runner.server.close()
        return other, again, ()
    other.server.close()
    return runner, transcript, ()


def _is_unanswered(transcript: Transcript) -> bool:
    """Whether a handler published, and neither returned an answer nor PUT one."""
    payload = transcript.attempts[0].outcome.payload
    returned = json_object(payload) is not None
    return bool(_uploads(transcript)) and not returned and not _is_put(transcript)


def _is_put(transcript: Transcript) -> bool:
    exchanges = (e for record in transcript.attempts for e in record.exchanges)
    return any(e.endpoint == "response-url" for e in exchanges)


def _uploads(transcript: Transcript) -> bool:
    return any(record.uploads for record in transcript.attempts)


def _refuse_what_does_not_load(transcript: Transcript, locator: str) -> None:
    outcome = transcript.attempts[0].outcome
    if outcome.kind == "init-failed":
        message = explain_init_failure(outcome, locator) or (
            f"{locator}: the handler could not be loaded: "
            f"{outcome.error_type}: {outcome.error_message}"
        )
        raise _not_startable(transcript, message)


def _not_startable(transcript: Transcript, message: str) -> ProviderNotStartable:
    """The error with this message, which quotes what the handler said."""
    return ProviderNotStartable(printable(Redactor.of(transcript)(message)))


def _no_call(locator: str, record: AttemptRecord, runner: Runner, schemes: tuple[str, ...]) -> str:
    """Why a run is pointless: a healthy Create, and no request where one was expected."""
    variable = runner.names.get("CHAIM_API_BASE_URL", "CHAIM_API_BASE_URL")
    outcome = record.outcome
    lines = [
        f"{locator}: the handler did not call the configured base URL: a healthy Create, over "
        f"{' and '.join(schemes)}, brought no request to the URL in {variable}.",
        f"It {outcome.kind}"
        + (f": {outcome.error_type}: {outcome.error_message}" if outcome.error_message else "")
        + (f" {outcome.payload}" if outcome.payload else "")
        + ".",
    ]
    if record.answer.status == "SUCCESS" and not record.log.strip():
        lines.append("It answered before it had sent anything: is an `await` missing?")
    if log := record.log.strip():
        last = log.splitlines()[-LOG_LINES_SHOWN:]
        lines += ["It printed:", *(f"    {line[:LOG_WIDTH]}" for line in last)]
    lines.append(
        "If it reads the base URL or its credentials from variables of other names, map them in "
        'chaim.toml: environment = { CHAIM_API_BASE_URL = "YOUR_NAME" }.'
    )
    lines.append(
        "It reaches nothing but the kit's servers, unless --chaim-containment off lets it out: one "
        "that needs another service first fails there."
    )
    return "\n".join(lines)
