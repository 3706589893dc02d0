"""What is there of each binding after a synth: its LOCAL snapshot, its place in the template."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from chaim_conformance.checks.binder.evidence import (
    Expected,
    absence,
    expected,
    local_of,
    stack_name,
    successes,
)
from chaim_conformance.synth_scenario import App, SynthStack
from chaim_conformance.synth_transcript import SeenFile, SynthRecord, SynthTranscript
from chaim_conformance.verdict import Blocked


@dataclass(frozen=True, kw_only=True)
class Bound:
    """A binding, the synth that made it, and its LOCAL snapshot."""

    record: SynthRecord
    binding: Expected
    file: SeenFile

    @property
    def snapshot(self) -> Mapping[str, Any]:
        """What the file says; a file is a binding's only if that is an object."""
        found: dict[str, Any] = self.file.json
        return found


def snapshots(t: SynthTranscript) -> Iterator[Bound | Blocked]:
    """Every LOCAL snapshot of a binding; a :class:`Blocked` where there should be one."""
    for record in successes(t):
        if isinstance(record, Blocked):
            yield record
            continue
        app = t.app(record)
        found = local_of(record, app)
        for binding in expected(app):
            if binding in found:
                yield Bound(record=record, binding=binding, file=found[binding])
            elif clause := absence(t, record, binding):
                yield Blocked(by=clause, where=record)


def said(snapshot: Any) -> Any:
    """What a snapshot says that two copies of it have in common: no private notes, no moment, and
    none of the publisher's own sections (reading 9).
    """
    if not isinstance(snapshot, dict):
        return snapshot
    passing = {"capturedAt"}
    if "snapshotVersion" in snapshot:
        passing |= {"operation", "hashes", "producer", "resolution"}
    return {k: v for k, v in snapshot.items() if k not in passing and not k.startswith("_")}


def same(one: Any, other: Any) -> bool:
    """Whether two values are the same as JSON values: 1.0 is 1, and true is not."""
    match one, other:
        case dict(), dict():
            return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
        case list(), list():
            return len(one) == len(other) and all(map(same, one, other))
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)


def owner(app: App, binding: Expected) -> SynthStack:
    """The stack that has the binding's table."""
    of = binding.binding.table_of
    return binding.stack if of is None else app.stacks[of]


def resources(record: SynthRecord, stack: str) -> Mapping[str, Any]:
    """The resources in the template of the stack with this deployed name, or this id."""
    named = [one for one in record.stacks if one.name == stack]
    found = named or [one for one in record.stacks if one.id == stack]
    return found[0].template.get("Resources", {}) if found else {}


def names_of(stack: SynthStack) -> tuple[str, str]:
    """The stack's deployed name, and its id."""
    return stack_name(stack), stack.id


def construct_path(resource: Mapping[str, Any]) -> str:
    """The path of the construct that a resource is of; empty where the template does not say."""
    return str((resource.get("Metadata") or {}).get("aws:cdk:path", ""))


def size(value: Any) -> int:
    """How many bytes a value has as JSON."""
    return len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())
