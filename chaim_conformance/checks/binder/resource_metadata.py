"""B05, B07 and B08 of kinds of data stores that come with a schema of their own.

What a resource declares is what the kit asked for, by the names of the schema: all of that stands
in the snapshot, and nothing else that the schema has a name for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from chaim_conformance.checks.binder.bound import Bound, same
from chaim_conformance.checks.binder.complaints import GUESSED, WRONG, Complaint, is_open
from chaim_conformance.checks.binder.evidence import metadata
from chaim_conformance.checks.evidence import shown
from chaim_conformance.datastores import DataStore
from chaim_conformance.synth_scenario import Table
from chaim_conformance.synth_transcript import SynthTranscript

# So many complaints of a JSON Schema are told at once.
MOST_SHOWN = 8


def form_complaint(t: SynthTranscript, item: Bound) -> tuple[str, str, str] | None:
    """What is expected and seen where a snapshot's metadata is not valid against its kind's schema.

    DynamoDB's is judged fact by fact, in whatever spelling.
    """
    if item.binding.table.is_table or not t.datastore:
        return None
    section = "resource" if "snapshotVersion" in item.snapshot else "dataStore"
    problems = DataStore(text=t.datastore).problems(metadata(item.snapshot))
    if not problems:
        return None
    expected = f"`{section}` valid against the schema of {item.binding.datastore}"
    return expected, f"`{section}`: {'; '.join(problems[:MOST_SHOWN])}", ""


def complaints(t: SynthTranscript, table: Table, about: Mapping[str, Any]) -> Iterator[Complaint]:
    """What is wrong with the metadata of a resource, one property after the other."""
    store = DataStore(text=t.datastore)
    declared: dict[str, Any] = dict(table.properties)
    if store.name_property and table.name is not None:
        declared[store.name_property] = table.name
    for name in dict.fromkeys((*declared, *store.metadata)):
        yield from _complaint(name, declared.get(name), about.get(name), store, table)


def _complaint(
    name: str, want: Any, have: Any, store: DataStore, table: Table
) -> Iterator[Complaint]:
    seen = f"no `{name}`" if have is None else f"`{name}`: {shown(have)}"
    unsaid = store.silence(name)
    if want is not None:
        if not same(want, unsaid if have is None else have):
            yield Complaint(WRONG, f"`{name}`: {shown(want)}", seen)
    elif store.metadata.get(name, {}).get("readOnly"):
        # Of a resource that has a name much can be told; nobody else knows before it is deployed.
        if table.name is None and not is_open(have):
            yield Complaint(GUESSED, f"no `{name}`, which a deployment alone can tell", seen)
    elif _claims(have, unsaid):
        yield Complaint(GUESSED, f"no `{name}`", seen)


def _claims(have: Any, unsaid: Any) -> bool:
    """Whether a value says what silence does not; one that is open says nothing."""
    if have is None or same(have, unsaid):
        return False
    return not is_open(have) if have else bool(unsaid)
