"""The life that publications have once they are deployed, as a scenario of the handler's side.

After each synth CloudFormation creates what is new, updates what has other properties, and deletes
what is gone; after the last one everything is deleted. Nothing is played here.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from chaim_conformance.intrinsics import Place, Unresolvable, parameters, resolved
from chaim_conformance.plane.registry import identify
from chaim_conformance.scenario import (
    BaseUrl,
    Bundle,
    CredentialsKind,
    Operation,
    Scenario,
    StandIn,
)
from chaim_conformance.synth_calls import secret_name
from chaim_conformance.synth_scenario import App, Config, Synth, SynthScenario
from chaim_conformance.synth_transcript import Planned, Publication, SeenFile, SynthRecord

DEFAULT_BASE_URL = "https://ingest.chaim.co"
CONTEXT_BASE_URL = "chaimApiBaseUrl"
RETAINED = ("Retain", "RetainExceptOnCreate")


class Undeployable(Exception):
    """A publication cannot be deployed; the message names it and says why."""


@dataclass(frozen=True, kw_only=True)
class Life:
    """The scenario, what each of its operations is, and every publication that has a part."""

    scenario: Scenario
    planned: tuple[Planned, ...]
    publications: tuple[Publication, ...]


@dataclass(frozen=True, kw_only=True)
class _Step:
    planned: Planned
    record: SynthRecord
    publication: Publication


def life(
    scenario: SynthScenario,
    records: tuple[SynthRecord, ...],
    *,
    names: Mapping[str, str],
    base_url: BaseUrl = "plain",
) -> Life | None:
    """The life of what these synths bundled; ``None`` where they bundled nothing.

    ``names`` are the provider's own for the contract's variables; ``base_url`` says where handlers
    find the service. Raises :class:`Undeployable`.
    """
    steps = tuple(_steps(records))
    if not steps:
        return None
    bundles: dict[Bundle, int] = {}
    resources: dict[tuple[str, str], int] = {}
    operations = []
    for step in steps:
        published, app = step.publication, scenario.apps[step.record.synth.app]
        bundle = _bundle(step, app, names=names, base_url=base_url)
        key = (published.stack, published.logical_id)
        operations.append(
            Operation(
                request_type=step.planned.request_type,
                bundle=bundles.setdefault(bundle, len(bundles)),
                resource=resources.setdefault(key, len(resources)),
            )
        )
    return Life(
        scenario=Scenario(bundles=tuple(bundles), operations=tuple(operations)),
        planned=tuple(step.planned for step in steps),
        publications=tuple(step.publication for step in steps),
    )


def _steps(records: Iterable[SynthRecord]) -> Iterator[_Step]:
    """What CloudFormation asks of whom; a synth that failed deploys nothing."""
    held: dict[tuple[str, str], tuple[SynthRecord, Publication]] = {}
    number = 0
    for record in records:
        if record.outcome != "synthesized":
            continue
        number = record.number
        new = {(p.stack, p.logical_id): (record, p) for p in record.publications}
        for key, (_, publication) in new.items():
            if key not in held:
                yield _step(number, record, publication, "Create")
            elif not _same(held[key][1].properties, publication.properties):
                yield _step(number, record, publication, "Update")
        for key, gone in held.items():
            if key not in new and not _is_retained(*gone):
                yield _step(number, *gone, "Delete")
        held = new  # also where nothing was asked: the function holds the new code anyway
    for record, publication in held.values():
        if not _is_retained(record, publication):
            yield _step(number, record, publication, "Delete")


def _is_retained(record: SynthRecord, publication: Publication) -> bool:
    """Whether CloudFormation leaves the resource alone where it goes from the template."""
    resources = (
        one.template.get("Resources", {}).get(publication.logical_id, {})
        for one in record.stacks
        if one.name == publication.stack
    )
    return any(one.get("DeletionPolicy") in RETAINED for one in resources)


def _step(number: int, record: SynthRecord, publication: Publication, request_type: Any) -> _Step:
    planned = Planned(
        synth=number,
        stack=publication.stack,
        logical_id=publication.logical_id,
        request_type=request_type,
    )
    return _Step(planned=planned, record=record, publication=publication)


def _same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


# One deployment


def _bundle(step: _Step, app: App, *, names: Mapping[str, str], base_url: BaseUrl) -> Bundle:
    variables = dict(_variables(step))
    stand_ins = dict(_stand_ins(app, step.record.synth, variables.values()))
    snapshot = step.publication.snapshot
    config = _config(app, snapshot, variables.get(names.get("APP_ID", "APP_ID")))
    return Bundle(
        snapshot=None if snapshot is None else _text(step, snapshot.content),
        app_id=config.app_id,
        failure_mode=variables.get(names.get("FAILURE_MODE", "FAILURE_MODE")),
        credentials=_credentials(config, variables.values(), stand_ins),
        base_url=base_url,
        variables=tuple(sorted(variables.items())),
        stand_ins=tuple(sorted(stand_ins.items())),
    )


def _config(app: App, snapshot: SeenFile | None, app_id: str | None) -> Config:
    """The configuration that the snapshot or the environment names by its appId; else the first."""
    document = snapshot.json if snapshot is not None else None
    named = identify(document)[0] if isinstance(document, dict) else ""
    found = [one for name in (named, app_id) for one in app.configs if one.app_id == name]
    return (*found, *app.configs)[0]


def _text(step: _Step, content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise _undeployable(step, f"its snapshot.json is not UTF-8: {error}") from error


def _variables(step: _Step) -> Iterator[tuple[str, str]]:
    """The environment with every expression resolved."""
    publication = step.publication
    known = _known(step)
    for name, value in publication.environment.items():
        try:
            found = resolved(value, known)
        except Unresolvable as error:
            why = f"only a deployment would tell its variable {name}: {error}"
            raise _undeployable(step, why) from error
        if isinstance(found, dict | list) or found is None:
            raise _undeployable(step, f"its variable {name} is no text: {found!r}")
        yield name, str(found).lower() if isinstance(found, bool) else str(found)


def _known(step: _Step) -> dict[str, str]:
    """What ``Ref`` gives in the publication's stack."""
    name = step.publication.stack
    seen = next((one for one in step.record.stacks if one.name == name), None)
    place = Place.of(name, seen.environment if seen else "")
    return {**(parameters(seen.template) if seen else {}), **place.pseudo_parameters}


def _stand_ins(app: App, synth: Synth, values: Iterable[str]) -> Iterator[tuple[str, StandIn]]:
    """What among the values stands for something real."""
    for url in (DEFAULT_BASE_URL, dict(app.context).get(CONTEXT_BASE_URL), synth.base_url):
        if url and (bare := url.rstrip("/")):
            yield bare, "base-url"
    named = {
        secret_name(c.credentials.secret) for c in app.configs if c.credentials.kind == "secret"
    }
    for config in app.configs:
        if config.credentials.kind == "keys":
            yield config.credentials.api_key, "api-key"
            yield config.credentials.api_secret, "api-secret"
    for value in values:
        if value and secret_name(value) in named:
            yield value, "secret"


def _credentials(
    config: Config, values: Iterable[str], stand_ins: Mapping[str, StandIn]
) -> CredentialsKind:
    named = [value for value in values if stand_ins.get(value) == "secret"]
    if any(value.startswith("arn:") for value in named):
        return "secret-arn"
    if named or config.credentials.kind == "secret":
        return "secret-name"
    return "environment" if config.credentials.kind == "keys" else "missing"


def _undeployable(step: _Step, why: str) -> Undeployable:
    publication = step.publication
    return Undeployable(f"{publication.logical_id} of stack {publication.stack}: {why}")
