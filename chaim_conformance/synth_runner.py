"""Plays the scenario of a binder and records a transcript; judges nothing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from chaim_conformance import cloud_assembly, synth_calls
from chaim_conformance.config import ProviderConfig, Settings
from chaim_conformance.datastores import DataStore
from chaim_conformance.deployed_tables import described
from chaim_conformance.drivers import Enclosure
from chaim_conformance.drivers.binder import AnsweredPublication, BinderDriver, SynthAnswer
from chaim_conformance.errors import HarnessError, ProviderNotStartable, SdkMissing
from chaim_conformance.json_form import to_json
from chaim_conformance.plane import PlaneServer, Tenant
from chaim_conformance.report.redaction import Redactor, printable
from chaim_conformance.runner import Runner
from chaim_conformance.scenario import BaseUrl
from chaim_conformance.synth_files import read_folder
from chaim_conformance.synth_handlers import SynthHandlers
from chaim_conformance.synth_life import Life, Undeployable, life
from chaim_conformance.synth_scenario import Synth, SynthScenario
from chaim_conformance.synth_transcript import (
    DescribedTable,
    Planned,
    Publication,
    SeenStack,
    SynthRecord,
    SynthTranscript,
)
from chaim_conformance.synth_view import SynthView, holds_secret
from chaim_conformance.transcript import AnswerStyle, Credentials, Transcript

CDK_OUT = "cdk.out"


@dataclass(kw_only=True)
class SynthRunner:
    """Plays scenarios of one binder, one at a time; to be closed, as handlers may run.

    ``provider``, ``settings`` and ``enclosure`` are what handlers of bundles are opened with: the
    enclosure has to be the one in which the ``server`` listens. ``datastore`` is the provider's
    kind of data store, where that is not DynamoDB.
    """

    driver: BinderDriver
    server: PlaneServer
    provider: ProviderConfig
    settings: Settings = field(default_factory=Settings)
    enclosure: Enclosure | None = None
    datastore: DataStore | None = None
    synths_made: int = 0
    _handlers: SynthHandlers | None = None
    _base_url: BaseUrl = "plain"

    def play(self, scenario: SynthScenario) -> SynthTranscript:
        """Synthesizes every synth in turn in a sandbox that is empty at first, and then deploys."""
        digest = hashlib.sha256(json.dumps(to_json(scenario), sort_keys=True).encode()).hexdigest()
        keys = synth_calls.canary(digest)
        with (
            _without_secrets(keys),
            synth_calls.secrets_kept(self.server, scenario, keys) as tenant,
        ):
            self.driver.clear()
            records: tuple[SynthRecord, ...] = ()
            for synth in scenario.synths:
                records += (self._record(scenario, synth, records, keys, tenant),)
        deployment, planned, undeployable = self._deployed(scenario, records)
        return SynthTranscript(
            scenario=scenario,
            capabilities=tuple(sorted(self.driver.facts.capabilities)),
            records=records,
            secret=keys,
            deployment=deployment,
            planned=planned,
            undeployable=undeployable,
            names=tuple(self.provider.environment.items()),
            datastore=self.datastore.text if self.datastore else "",
        )

    def close(self) -> None:
        """Ends the processes of handlers; the driver and the server are their owners' to close."""
        if self._handlers is not None:
            self._handlers.close()
        self._handlers = None

    # Synths

    def _record(
        self,
        scenario: SynthScenario,
        synth: Synth,
        earlier: tuple[SynthRecord, ...],
        keys: Credentials,
        tenant: Tenant,
    ) -> SynthRecord:
        app = scenario.apps[synth.app]
        self.driver.lay(app)
        environment = synth_calls.environment(self.server, synth)
        view = SynthView(self.driver.sandbox, app, synth)
        tenant.begin_attempt()
        answer = self.driver.synth(app, synth, environment=environment)
        self.synths_made += 1
        calls = tuple(map(synth_calls.call, tenant.end_attempt()))
        view.take()
        stacks, publications, tables = self._synthesized(answer)
        places = [one.bundle for one in answer.publications]
        found: tuple[str, ...] = ()
        if any(record.calls for record in earlier) or calls:  # nobody else would tell the secret
            found = (*view.secrets_in(keys), *_secrets_in(keys, stacks, publications))
        return SynthRecord(
            number=len(earlier),
            synth=synth,
            outcome=answer.outcome,
            refusal=answer.refusal,
            base=view.base,
            local=view.local(),
            assets=view.assets(),
            strays=view.strays(*places),
            stacks=stacks,
            publications=publications,
            tables=tables,
            secret_values=found,
            calls=calls,
            stdout=answer.stdout,
            stderr=answer.stderr,
            seconds=answer.seconds,
        )

    def _synthesized(
        self, answer: SynthAnswer
    ) -> tuple[tuple[SeenStack, ...], tuple[Publication, ...], tuple[DescribedTable, ...]]:
        if answer.outcome != "synthesized":
            return (), (), ()
        if "aws-cdk" not in self.driver.facts.capabilities:
            return (), tuple(map(_answered, answer.publications)), ()
        directory = answer.directory or self.driver.sandbox.project / CDK_OUT
        stacks = cloud_assembly.read_assembly(directory)
        return (
            tuple(stack.seen for stack in stacks),
            tuple(one for stack in stacks for one in stack.publications()),
            tuple(one for stack in stacks for one in described(stack)),
        )

    # Deployments

    def _deployed(
        self, scenario: SynthScenario, records: tuple[SynthRecord, ...]
    ) -> tuple[Transcript | None, tuple[Planned, ...], str]:
        if not scenario.deploys:
            return None, (), ""
        try:
            lived = self._life(scenario, records, base_url=self._base_url)
            if lived is None:
                return None, (), ""
            runner = self._opened().runner(lived.publications)
            try:
                transcript = runner.play(lived.scenario)
                if self._may_want_https(transcript):
                    transcript = self._over_https(scenario, records, runner) or transcript
            except ProviderNotStartable:
                self._opened().forget(runner)
                raise
        except SdkMissing:  # which is no fault of the bundle: Lambda has it
            raise
        except (Undeployable, ProviderNotStartable) as error:
            return None, (), str(error)
        return transcript, lived.planned, ""

    def _life(
        self, scenario: SynthScenario, records: tuple[SynthRecord, ...], *, base_url: BaseUrl
    ) -> Life | None:
        return life(scenario, records, names=self.provider.environment, base_url=base_url)

    def _opened(self) -> SynthHandlers:
        self._handlers = self._handlers or SynthHandlers(
            server=self.server,
            provider=self.provider,
            settings=self.settings,
            enclosure=self.enclosure,
        )
        return self._handlers

    def _may_want_https(self, transcript: Transcript) -> bool:
        """Whether nothing came over http: many handlers speak https, and nothing else."""
        asked = any(
            e.endpoint not in ("response-url", "secrets")
            for record in transcript.attempts
            for e in record.exchanges
        )
        return (
            not asked
            and self._base_url == "plain"
            and self.server.scheme == "http"
            and self.provider.scheme != "http"
        )

    def _over_https(
        self, scenario: SynthScenario, records: tuple[SynthRecord, ...], runner: Runner
    ) -> Transcript | None:
        """The transcript of the same life over https, which is for good if that is asked for."""
        lived = self._life(scenario, records, base_url="https")
        assert lived is not None
        transcript = runner.play(lived.scenario)
        if not any(record.presigns for record in transcript.attempts):
            return None
        self._base_url = "https"
        return transcript


@contextmanager
def _without_secrets(keys: Credentials) -> Iterator[None]:
    """An error that quotes what a program printed gives no secret away."""
    try:
        yield
    except (ProviderNotStartable, HarnessError) as error:
        redact = Redactor(keys.api_key, keys.api_secret)
        raise type(error)(printable(redact(str(error)))) from error


def _secrets_in(
    keys: Credentials, stacks: tuple[SeenStack, ...], publications: tuple[Publication, ...]
) -> Iterator[str]:
    for stack in stacks:
        if holds_secret(json.dumps(to_json(stack.template)), keys):
            yield f"template of stack {stack.name}"
    for publication in publications:
        if holds_secret(json.dumps(to_json(publication.environment)), keys):
            yield f"environment of {publication.logical_id}"


def _answered(publication: AnsweredPublication) -> Publication:
    """A publication that is no CloudFormation; what a tool would compare stands for properties.

    That is the snapshot without its time, and the environment.
    """
    found = Publication(
        stack=publication.stack,
        logical_id=publication.id,
        properties={},
        environment=publication.environment,
        files=read_folder(publication.bundle),
        handler=publication.handler,
        answer_style=_style(publication.handler),
    )
    content: Any = None
    if found.snapshot is not None:
        content = found.snapshot.json
        if isinstance(content, dict):
            content = {key: value for key, value in content.items() if key != "capturedAt"}
    text = json.dumps([content, dict(publication.environment)], sort_keys=True)
    fingerprint = hashlib.sha256(text.encode()).hexdigest()
    return replace(found, properties={"Fingerprint": fingerprint})


def _style(handler: str) -> AnswerStyle:
    return "command" if handler.startswith("command:") else "provider-framework"
