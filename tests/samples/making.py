"""Makes a sample: plays a mutant in frozen scenarios until it violates its clause, in few words."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from chaim_conformance import contract, corpus
from chaim_conformance.binder_judge import BinderJudge
from chaim_conformance.checks import CHECKS
from chaim_conformance.checks.binder import BINDER_CHECKS
from chaim_conformance.config import Settings
from chaim_conformance.errors import SdkMissing
from chaim_conformance.half_judge import HalfJudge
from chaim_conformance.judge import Judge
from chaim_conformance.report.redaction import Redactor, printable
from chaim_conformance.report.short_story import short_story
from chaim_conformance.report.short_synth_story import short_synth_story
from chaim_conformance.scenario import Scenario
from chaim_conformance.synth_scenario import SynthScenario
from chaim_conformance.synth_transcript import SynthRecord, SynthTranscript
from chaim_conformance.transcript import AttemptRecord, Transcript
from chaim_conformance.verdict import Blocked, Violation
from tests.binder import catalogue as binders
from tests.binder.mutant import provider_of as binder_of
from tests.mutants import catalogue as handlers
from tests.samples.catalogue import BINDERS, HANDLERS

APART = "\0"
LONGEST = 300
# What differs from run to run, and what stands there instead.
PASSING: Mapping[str, str] = {
    r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}": "uuid",
    r"(?<=sha256:)[0-9a-fA-F]{64}|\b[0-9a-fA-F]{64}\b": "sha256",
    r"(?<=X-Amz-Date=)\d{8}T\d{6}Z": "date",
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?": "time",
    r"(?<=127\.0\.0\.1:)\d+": "port",
    r"(?<=[A-Za-z]\.)\d+(?=\]\})|(?<=TOKEN\.)\d+": "number",
    r"(?<=/t-)[0-9a-f]{12}\b": "tenant",
    r"/tmp/[\w./-]*?(?=/provider|/project|/work|/mutant)": "folder",
}


def made(clause: str) -> dict[str, Any]:
    """The sample of this clause, as ``contract/violations.json`` has it.

    Raises :class:`LookupError` where no frozen scenario shows the fault.
    """
    with tempfile.TemporaryDirectory() as folder:
        if clause in HANDLERS:
            return _of_handler(clause, Path(folder))
        return _of_binder(clause, Path(folder))


def _of_handler(clause: str, folder: Path) -> dict[str, Any]:
    name, fault = HANDLERS[clause]
    (mutant,) = (one for one in handlers.MUTANTS if one.name == name)
    settings = Settings(profile="quick", report=folder / "report")
    with Judge(handlers.provider_of(mutant, folder), settings) as judge:
        scenarios = corpus.frozen(clause, judge.facts.formats)
        t, violation = _shown(judge, clause, sorted(scenarios, key=_length))
    guilty = violation.where if isinstance(violation.where, AttemptRecord) else None
    return _sample(clause, fault, t, violation, short_story(t, guilty))


def _of_binder(clause: str, folder: Path) -> dict[str, Any]:
    name, fault = BINDERS[clause]
    (mutant,) = (one for one in binders.MUTANTS if one.name == name)
    settings = Settings(profile="quick", report=folder / "report")
    with BinderJudge(binder_of(mutant, folder), settings) as judge:
        scenarios = corpus.frozen_synths(clause)
        t, violation = _shown(judge, clause, sorted(scenarios, key=_synths))
    guilty = violation.where if isinstance(violation.where, SynthRecord) else None
    return _sample(clause, fault, t, violation, short_synth_story(t, guilty))


def _length(scenario: Scenario) -> tuple[int, int]:
    """The shorter a scenario, the better it explains."""
    attempts = sum(len(operation.attempts) for operation in scenario.operations)
    return attempts, sum(len(bundle.snapshot or "") for bundle in scenario.bundles)


def _synths(scenario: SynthScenario) -> tuple[int, int]:
    return len(scenario.synths), sum(len(list(app.bound())) for app in scenario.apps)


def _shown(
    judge: HalfJudge[Any, Any], clause: str, scenarios: Iterable[Any]
) -> tuple[Any, Violation]:
    """The first transcript that violates the clause; one that takes an absent SDK is left out."""
    for scenario in scenarios:
        with suppress(SdkMissing):
            transcript = judge.play(scenario)
            for finding in judge.checks[clause](transcript):
                if isinstance(finding, Violation):
                    return transcript, finding
    raise LookupError(f"{clause}: no frozen scenario shows its mutant; choose another")


def _sample(
    clause: str,
    fault: str,
    transcript: Transcript | SynthTranscript,
    violation: Violation,
    story: str,
) -> dict[str, Any]:
    redact = Redactor.of(transcript)
    texts = {
        "expected": violation.expected,
        "seen": violation.seen,
        "hint": violation.hint,
        "story": story,
    }
    told = steady([printable(redact(text)) for text in texts.values()])
    words = {key: text for key, text in zip(texts, told, strict=True) if text}
    return {"clause": clause, "fault": fault, **words, "blocks": list(_blocked(clause, transcript))}


def _blocked(clause: str, transcript: Transcript | SynthTranscript) -> Iterator[str]:
    """The clauses that cannot be judged in this transcript because of this one."""
    checks: Mapping[str, Any] = CHECKS if isinstance(transcript, Transcript) else BINDER_CHECKS
    for one in contract.clauses():
        if one.id in checks and any(
            isinstance(finding, Blocked) and finding.by == clause
            for finding in checks[one.id](transcript)
        ):
            yield one.id


def steady(texts: Sequence[str]) -> list[str]:
    """Texts with a placeholder for whatever another run has otherwise; equal ones stay equal."""
    whole = APART.join(texts)
    for pattern, name in PASSING.items():
        found: dict[str, str] = {}

        def placeholder(match: re.Match[str], name: str = name, found: Any = found) -> str:
            return str(found.setdefault(match[0], f"<{name} {len(found) + 1}>"))

        whole = re.sub(pattern, placeholder, whole)
        if len(found) == 1:
            whole = whole.replace(f"<{name} 1>", f"<{name}>")
    return [text if len(text) <= LONGEST else f"{text[:LONGEST]}…" for text in whole.split(APART)]
