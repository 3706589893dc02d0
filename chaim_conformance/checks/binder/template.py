"""B17, B18, B24, B28 and B29: what the template has for each binding, and what it has not."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from chaim_conformance.checks.binder import role
from chaim_conformance.checks.binder.bound import resources, same, size
from chaim_conformance.checks.binder.bundle import has_anothers, no_bundle
from chaim_conformance.checks.binder.evidence import (
    Expected,
    bundled_of,
    expected,
    is_twin,
    published_of,
    resource_id,
    successes,
    unsuccessful,
)
from chaim_conformance.checks.binder.expressions import names, text_of
from chaim_conformance.checks.binder.registry import judges
from chaim_conformance.checks.evidence import canaries, shown
from chaim_conformance.synth_scenario import App
from chaim_conformance.synth_transcript import Publication, SynthRecord, SynthTranscript
from chaim_conformance.verdict import Blocked, Finding, Upheld, Violation

DEFAULT_URL = "https://ingest.chaim.co"
URL = "CHAIM_API_BASE_URL"
CONTEXT = "chaimApiBaseUrl"
LIMIT = 4096
FUNCTION, ROLE = "AWS::Lambda::Function", "AWS::IAM::Role"
# What holds a customer's data, and what that is encrypted with, where that is DynamoDB; of another
# kind of data store it is whatever the app has without the binding.
STORES = ("AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable", "AWS::KMS::Key")
# In which CDK lists the constructs of a stack.
OF_THE_TOOL = "AWS::CDK::Metadata"


def _published(
    t: SynthTranscript,
) -> Iterator[tuple[SynthRecord, Expected, Publication] | Blocked]:
    """What publishes each binding; :class:`Blocked` where nothing does, by B17 where that is it."""
    for record in successes(t):
        if isinstance(record, Blocked):
            yield record
            continue
        app = t.app(record)
        found = published_of(record, app)
        for one in expected(app):
            if one in found:
                yield record, one, found[one]
            elif clause := _unpublished(t, record, one, found):
                yield Blocked(by=clause, where=record)


def _unpublished(
    t: SynthTranscript, record: SynthRecord, one: Expected, found: Mapping[Expected, Publication]
) -> str | None:
    if any(is_twin(t.app(record), one, other) for other in found):
        return None
    if not any(file.name == "snapshot.json" for file in record.assets):
        return no_bundle(t, record, one) or "B14"
    return "B10" if found else "B17"


@judges("B17")
def has_resource_and_role(t: SynthTranscript) -> Iterator[Finding]:
    """A custom resource, a handler with an environment, and a role that allows what it needs."""
    for item in _published(t):
        if isinstance(item, Blocked):
            if item.by == "B17":
                yield _no_resource(item)
            else:
                yield item
            continue
        record, one, publication = item
        if _others_are_missing(record, t.app(record), one):
            yield Blocked(by="B15", where=record)  # what is there twice is another's
        elif complaint := _resources_complaint(t.app(record), record, one, publication):
            wanted, seen = complaint
            yield Violation(expected=f"{one}: {wanted}", seen=seen, where=record)
        else:
            yield Upheld(where=record)


def _others_are_missing(record: SynthRecord, app: App, one: Expected) -> bool:
    """Whether another binding of the stack is published with a bundle that is not its own."""
    bundles = bundled_of(record, app)
    return any(
        other.stack == one.stack and has_anothers(record, app, other, resource_id(file.json))
        for other, file in bundles.items()
    )


def _no_resource(item: Blocked) -> Violation:
    assert isinstance(item.where, SynthRecord)
    found = sorted({r.get("Type", "") for s in item.where.stacks for r in _all(s.template)})
    return Violation(
        expected="a custom resource for each binding, with a handler that has snapshot.json",
        seen=f"none; the templates have {', '.join(found) or 'no resources'}",
        where=item.where,
    )


def _all(template: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return list(template.get("Resources", {}).values())


def _resources_complaint(
    app: App, record: SynthRecord, one: Expected, publication: Publication
) -> tuple[str, str] | None:
    alike = [
        other.logical_id
        for other in record.publications
        if other.stack == publication.stack and other.snapshot == publication.snapshot
    ]
    twins = [other for other in expected(app) if is_twin(app, one, other)]
    if len(alike) > len(twins):
        return "one custom resource", " and ".join(alike)
    stack = resources(record, publication.stack)
    function = stack.get(publication.function, {})
    if function.get("Type") != FUNCTION:
        return "a handler behind its custom resource", f"{publication.logical_id} has none"
    if not publication.environment:
        return "a handler with its environment", f"{publication.function} has none"
    roles = names(function.get("Properties", {}).get("Role"))
    # A role that the template does not have is not the binder's to give.
    if roles and stack.get(roles[0], {}).get("Type") == ROLE:
        return role.complaint(stack, roles[0], one.stack, one.config.credentials)
    return None


@judges("B18")
def base_url_of_the_context(t: SynthTranscript) -> Iterator[Finding]:
    """The handler is given the context's base URL; without one, the default, or none."""
    for item in _published(t):
        if isinstance(item, Blocked):
            yield item
            continue
        record, one, publication = item
        context, environment, have = _urls(t, record, publication)
        if context is None and environment is not None:
            continue
        if have == context or (context is None and have in (None, DEFAULT_URL)):
            yield Upheld(where=record)
        elif have is not None and have == environment:
            yield Blocked(by="B28", where=record)
        else:
            yield _other_url(t, record, one, context or DEFAULT_URL, have)


@judges("B28")
def base_url_of_the_environment(t: SynthTranscript) -> Iterator[Finding]:
    """The environment's base URL overrides the default, and the context's overrides that."""
    for item in _published(t):
        if isinstance(item, Blocked):
            yield item
            continue
        record, one, publication = item
        context, environment, have = _urls(t, record, publication)
        if environment is None:
            continue
        if have == (context or environment):
            yield Upheld(where=record)
        elif context is None or have == environment:
            yield _other_url(t, record, one, context or environment, have)
        else:
            yield Blocked(by="B18", where=record)


def _urls(
    t: SynthTranscript, record: SynthRecord, publication: Publication
) -> tuple[str | None, str | None, str | None]:
    """The base URL of the context, of the environment, and the one that the handler has.

    A slash at the end means nothing.
    """
    have = publication.environment.get(dict(t.names).get(URL, URL))
    found = (dict(t.app(record).context).get(CONTEXT), record.synth.base_url)
    context, environment = (url.rstrip("/") if url else None for url in found)
    return context, environment, text_of(have).rstrip("/") if have else None


def _other_url(
    t: SynthTranscript, record: SynthRecord, one: Expected, want: str, have: str | None
) -> Violation:
    name = dict(t.names).get(URL, URL)
    return Violation(
        expected=f"{one}: {name}={want} in the handler's environment",
        seen=f"no {name}" if have is None else f"{name}={have}",
        where=record,
    )


@judges("B24")
def table_is_untouched(t: SynthTranscript) -> Iterator[Finding]:
    """Tables, and the keys that encrypt them, are the same with and without the binding."""
    for record in t.records:
        app = t.app(record)
        bare = [
            other
            for other in t.records
            if not t.app(other).bound()
            and other.outcome == "synthesized"
            and _tables(t.app(other)) == _tables(app)
        ]
        if not app.bound() or not bare:
            continue
        if blocked := unsuccessful(t, record):
            yield blocked
        elif record.outcome == "synthesized":
            tables = [table for stack in app.stacks for table in stack.tables]
            yield _untouched(record, bare[0], all(table.is_table for table in tables))


def _tables(app: App) -> list[tuple[Any, ...]]:
    return [(s.id, s.name, s.stage, s.account, s.region, s.tables) for s in app.stacks]


def _untouched(record: SynthRecord, bare: SynthRecord, are_tables: bool) -> Finding:
    for stack in bare.stacks:
        now = resources(record, stack.name)
        for name, resource in stack.template.get("Resources", {}).items():
            kind = resource.get("Type")
            if kind not in STORES if are_tables else kind == OF_THE_TOOL:
                continue
            if name not in now:
                return Violation(
                    expected=f"{name} in stack {stack.name}, as in {bare} without the binding",
                    seen="no such resource",
                    where=record,
                )
            for key in {**resource, **now[name]}:
                want, have = resource.get(key), now[name].get(key)
                if key != "Metadata" and not same(want, have):
                    return Violation(
                        expected=f"{name}.{key}: {shown(want)}, as in {bare} without the binding",
                        seen=f"{name}.{key}: {shown(have)}",
                        where=record,
                    )
    return Upheld(where=record)


@judges("B29")
def holds_no_snapshot(t: SynthTranscript) -> Iterator[Finding]:
    """Custom resource and handler environment have nothing of the schema, and are small."""
    for item in _published(t):
        if isinstance(item, Blocked):
            yield item
            continue
        record, one, publication = item
        parts = {
            f"the properties of {publication.logical_id}": publication.properties,
            f"the environment of {publication.function}": publication.environment,
        }
        complaints = (_inline(one, part, name) for name, part in parts.items())
        if complaint := next(filter(None, complaints), None):
            wanted, seen = complaint
            yield Violation(expected=wanted, seen=seen, where=record)
        else:
            yield Upheld(where=record)


def _inline(one: Expected, part: Mapping[str, Any], name: str) -> tuple[str, str] | None:
    """What of a schema stands in a part of the template, and whether that is too large."""
    # Names of tables and keys are no secret of the schema.
    known = repr((one.table, one.stack_name, one.config, one.entity))
    text = json.dumps(part, ensure_ascii=False)
    marks = canaries(one.binding.schema.text or "") - canaries(known)
    if found := sorted(mark for mark in marks if mark in text):
        return f"nothing of the schema in {name}", f"{found[0]} of {one.binding.schema.file}"
    fields = {field["name"] for field in one.document["fields"] if field["name"] not in known}
    if listed := sorted(fields & set(_listed(part))):
        return f"nothing of the schema in {name}", f"the field {shown(listed[0])}"
    if size(part) > LIMIT:
        return f"at most {LIMIT} bytes in {name}", f"{size(part)} bytes"
    return None


def _listed(value: Any, key: str = "") -> Iterator[str]:
    """The texts that a value lists, or calls names: so fields stand in a schema.

    A text that is JSON is looked into.
    """
    match value:
        case str() if value[:1] in ("{", "["):
            try:
                yield from _listed(json.loads(value), key)
            except ValueError:
                return
        case str() if key.lower() == "name":
            yield value
        case dict():
            for inner, one in value.items():
                if not inner.startswith("Fn::"):
                    yield from _listed(one, inner)
        case list():
            for one in value:
                yield from _listed(one, "name")
