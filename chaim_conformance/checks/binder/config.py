"""B11 to B13: one configuration for a table, its failure mode, and secrets that stay unread."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from chaim_conformance.checks.binder.evidence import (
    Expected,
    ended,
    expected,
    published_of,
    succeeded,
    successes,
    unpublished,
    unsuccessful,
)
from chaim_conformance.checks.binder.grounds import clashes, has_copies, must_refuse
from chaim_conformance.checks.binder.registry import judges
from chaim_conformance.checks.evidence import shown
from chaim_conformance.synth_scenario import App
from chaim_conformance.synth_transcript import Publication, SynthRecord, SynthTranscript
from chaim_conformance.verdict import Blocked, Finding, Upheld, Violation

MODE = "FAILURE_MODE"


@judges("B11")
def one_config_for_a_table(t: SynthTranscript) -> Iterator[Finding]:
    """Bindings of one table in conflict are refused by name; equal ones are not."""
    for record in t.records:
        app = t.app(record)
        blocked = unsuccessful(t, record)
        pairs = clashes(app)
        if not pairs and not has_copies(app):
            continue
        if blocked is not None and blocked.by != "B11":
            yield blocked
        elif not pairs and blocked is not None:
            yield Violation(
                expected="bindings of one table are made: their configurations are equal by value",
                seen=ended(record),
                where=record,
                hint="two objects that say the same are no conflict",
            )
        elif not pairs:
            if succeeded(t, record):
                yield Upheld(where=record)
        elif blocked is not None:
            one, other = pairs[0]
            yield Violation(
                expected=f"an error that names both: {one} and {other} differ in"
                f" {_difference(one, other)}",
                seen=ended(record),
                where=record,
            )
        elif must_refuse(app) == ("B11",):
            yield _named(record, pairs)


def _difference(one: Expected, other: Expected) -> str:
    if one.config.app_id != other.config.app_id:
        return f"appId: {shown(one.config.app_id)} and {shown(other.config.app_id)}"
    return "credentials"


def _named(record: SynthRecord, pairs: tuple[tuple[Expected, Expected], ...]) -> Finding:
    message = record.refusal.message if record.refusal else ""
    if any(_names_both(message, one, other) for one, other in pairs):
        return Upheld(where=record)
    one, other = pairs[0]
    return Violation(
        expected=f"an error that names both, {one.binding.id} and {other.binding.id}, or in what"
        f" they differ: {_difference(one, other)}",
        seen=ended(record),
        where=record,
    )


def _names_both(message: str, one: Expected, other: Expected) -> bool:
    ways = (
        (one.binding.id, other.binding.id),
        (one.config.app_id, other.config.app_id),
        (one.config.credentials.secret, other.config.credentials.secret),
        (one.binding.schema.file, other.binding.schema.file),
        (one.entity, other.entity),
    )
    return any(
        first != second and _holds(message, first) and _holds(message, second)
        for first, second in ways
    )


def _holds(message: str, name: str) -> bool:
    """Whether a name stands in a message as a whole, not as a part of another."""
    return bool(re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", message))


@judges("B12")
def failure_mode_arrives(t: SynthTranscript) -> Iterator[Finding]:
    """The handler of each binding has the failure mode that its configuration names.

    A provider's own way is fine: a name of its own, or a property of the custom resource.
    """
    name = dict(t.names).get(MODE, MODE)
    for record in successes(t):
        if isinstance(record, Blocked):
            yield record
            continue
        published = published_of(record, t.app(record))
        for one in expected(t.app(record)):
            if one in published:
                yield from _arrived(record, one, published[one], name)
            else:
                yield Blocked(by=unpublished(t), where=record)


def _arrived(
    record: SynthRecord, one: Expected, publication: Publication, name: str
) -> Iterator[Finding]:
    wanted, given = one.config.failure_mode or "BEST_EFFORT", publication.environment.get(name)
    default = wanted == "BEST_EFFORT" and given in (None, "")
    if given == wanted or default or _has(publication.properties, wanted):
        yield Upheld(where=record)
    elif not isinstance(given, dict):  # what an expression comes to is seen at deployment
        asked = "" if one.config.failure_mode else ", as the configuration names none"
        yield Violation(
            expected=f"{name} {shown(wanted)} in the handler's environment{asked}",
            seen=f"{name} {shown(given)}, of {one}",
            where=record,
        )


def _has(value: Any, text: str) -> bool:
    match value:
        case dict():
            return any(_has(one, text) for one in value.values())
        case list() | tuple():
            return any(_has(one, text) for one in value)
        case _:
            return bool(value == text)


@judges("B13")
def synth_reads_no_secret(t: SynthTranscript) -> Iterator[Finding]:
    """Where a secret is named, synth asks nobody for it, and its value is nowhere."""
    for record in t.records:
        if not _names_a_secret(t.app(record)):
            continue
        if record.secret_values:
            yield Violation(
                expected="the secret's name or ARN, and nothing of its value",
                seen=f"a value of the secret in {', '.join(record.secret_values[:5])}",
                where=record,
                hint="synth captures a reference; the handler reads the value at deployment",
            )
        elif record.calls:
            yield Violation(
                expected="no network call during synth",
                seen="; ".join(record.calls[:5]),
                where=record,
            )
        elif blocked := unsuccessful(t, record):
            yield blocked
        elif succeeded(t, record):
            yield Upheld(where=record)


def _names_a_secret(app: App) -> bool:
    return any(one.config.credentials.kind == "secret" for one in expected(app))
