"""How a binder's clauses are judged where it is the process, or the snapshot, that decides."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from chaim_conformance import contract, corpus
from chaim_conformance.binder_judge import BinderJudge
from chaim_conformance.config import ProviderConfig, Settings
from chaim_conformance.drivers.binder import Sandbox, SynthAnswer
from chaim_conformance.synth_scenario import App, Config, Synth, SynthScenario
from chaim_conformance.synth_transcript import Refusal
from chaim_conformance.verdict import Verdict
from tests.engine.fake_binder import FakeBinder, app, scenario

OF_ANOTHER = scenario(app("Order", configs=(Config(app_id="another-app"),)))
Judged = Callable[..., tuple[Verdict, tuple[str, ...]]]


@dataclass
class Remembering(FakeBinder):
    """It takes apps of one appId alone for as long as its process lives."""

    seen: set[str] = field(default_factory=set)
    alone: bool = False
    always: bool = False

    def isolate(self, alone: bool = True) -> None:  # type: ignore[override]
        self.alone = alone

    def synth(self, app: App, synth: Synth, *, environment: Mapping[str, str]) -> SynthAnswer:
        seen = self.seen if self.always or not self.alone else set()
        seen |= {config.app_id for config in app.configs}
        if len(seen) > 1:
            refusal = Refusal(where="app", binding="", type="Error", message="not that one")
            return SynthAnswer(outcome="refused", refusal=refusal)
        return super().synth(app, synth, environment=environment)


@pytest.fixture
def judged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Judged]:
    """Judges one clause by one scenario, and tells the notes too."""
    with ExitStack() as stack:

        def judge(
            clause: str, scenario: SynthScenario, binder: type[FakeBinder], **fields: Any
        ) -> tuple[Verdict, tuple[str, ...]]:
            made = binder(Sandbox(root=tmp_path / "sandbox"), **fields)
            monkeypatch.setattr("chaim_conformance.binder_judge.open_binder", lambda *_, **__: made)
            monkeypatch.setattr(corpus, "frozen_synths", lambda _: (scenario,))
            provider = ProviderConfig(root=tmp_path, binder="command:it")
            settings = Settings(profile="quick", report=tmp_path / "report")
            one = stack.enter_context(BinderJudge(provider, settings))
            return one.judge(contract.clause(clause)), one.notes

        yield judge


def test_a_binder_that_remembers_other_apps_is_judged_in_processes_of_their_own(
    judged: Judged,
) -> None:
    verdict, notes = judged("B01", OF_ANOTHER, Remembering)
    assert verdict.status == "pass"
    assert "process of its own" in notes[0]


def test_what_stands_in_the_way_in_a_new_process_too_blocks(judged: Judged) -> None:
    verdict, notes = judged("B01", OF_ANOTHER, Remembering, always=True)
    assert (verdict.status, verdict.blocked_by, notes) == ("blocked", ("B05",), ())


def test_a_binder_without_stable_keys_is_not_judged_by_them(judged: Judged) -> None:
    verdict, _ = judged("B27", scenario(app("Order")), FakeBinder)
    assert verdict.status == "n/a"
    assert "stable resource key" in verdict.reason
