"""What was synthesized, what surrounded each synth, and how it ended, in a few lines."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from chaim_conformance.bprint_nodes import quoted
from chaim_conformance.bprint_validation import errors, problems
from chaim_conformance.synth_scenario import (
    App,
    Binding,
    Config,
    Index,
    Key,
    Schema,
    Synth,
    SynthStack,
    Table,
)
from chaim_conformance.synth_transcript import SynthRecord, SynthTranscript

PLAIN = re.compile(r"[\w./:@#-]{1,80}")
ERROR_LINES_SHOWN = 8


def synth_story(t: SynthTranscript, guilty: SynthRecord | None = None) -> Iterator[str]:
    """The app of the first synth, what came and went in later ones, and a line for each synth.

    The guilty one is marked, and what the provider said when it refused stands below it.
    """
    told: list[str] | None = None
    for record in t.records:
        lines = list(describe_app(t.app(record)))
        if told is None:
            yield from lines
        else:
            yield from (f"- {line.strip()}" for line in told if line not in lines)
            yield from (f"+ {line.strip()}" for line in lines if line not in told)
        told = lines
        mine = record is guilty or record == guilty
        mark = "   <-- here" if mine else ""
        yield f"{record.number + 1:>2}. synth{_surroundings(t, record)}  ->  {_end(record)}{mark}"
        if mine:
            yield from _error(record)


def describe_app(app: App) -> Iterator[str]:
    """The stacks with their tables and bindings, and the configurations, each in a line."""
    for stack in app.stacks:
        yield f"stack   {_stack(stack)}"
        yield from (f"  table   {_table(table)}" for table in stack.tables)
        yield from (f"  binding {_binding(binding, stack, app)}" for binding in stack.bindings)
    for number, config in enumerate(app.configs):
        which = f" {number + 1}" if len(app.configs) > 1 else ""
        yield f"config{which}  {_config(config)}"
    for key, value in app.context:
        yield f"context {shown(key)}={shown(value)}"


def shown(text: str) -> str:
    """A name as it is where it is plain, else in quotes and not too long."""
    return text if PLAIN.fullmatch(text) else quoted(text)


def entity_of(schema: Schema) -> str | None:
    """The name of the entity, where the file gives one."""
    try:
        document = json.loads(schema.text or "")
    except (ValueError, RecursionError):
        return None
    name = document.get("entityName") if isinstance(document, dict) else None
    return name if isinstance(name, str) else None


def _stack(stack: SynthStack) -> str:
    name = "" if stack.name is None else f" named {shown(stack.name)}"
    stage = "" if stack.stage is None else f" in Stage {shown(stack.stage)}"
    account, region = stack.account or "unknown account", stack.region or "unknown region"
    return f"{shown(stack.id)}{name}{stage}, {account}, {region}"


def _table(table: Table) -> str:
    name = "" if table.name is None else f" named {shown(table.name)}"
    if not table.is_table:
        declared = [f"{key} {json.dumps(value)}" for key, value in table.properties]
        what = ", ".join(declared) or "nothing declared"
        return f"{table.datastore} {_place(table.scopes, table.id)}{name}: {what}"
    parts = [f"key {_key(table.partition_key, table.sort_key)}"]
    parts += [f"GSI {_index(index)}" for index in table.global_indexes]
    parts += [f"LSI {_index(index)}" for index in table.local_indexes]
    if table.ttl_attribute is not None:
        parts.append(f"TTL {shown(table.ttl_attribute)}")
    if table.stream is not None:
        parts.append(f"stream {table.stream}")
    if table.billing != "PAY_PER_REQUEST":
        parts.append(table.billing)
    if table.encryption != "owned":
        parts.append(f"encryption {table.encryption}")
    source = f" of {shown(table.source)}" if table.source else ""
    place = _place(table.scopes, table.id)
    return f"{table.construct} {place}{source}{name}: {', '.join(parts)}"


def _key(*keys: Key | None) -> str:
    return " + ".join(f"{shown(key.name)} {key.type}" for key in keys if key is not None)


def _index(index: Index) -> str:
    projected = " ".join((index.projection, *map(shown, index.non_key_attributes)))
    late = ", added after the binding" if index.late else ""
    return f"{shown(index.name)} ({_key(index.partition_key, index.sort_key)}, {projected}{late})"


def _binding(binding: Binding, stack: SynthStack, app: App) -> str:
    of = stack if binding.table_of is None else app.stacks[binding.table_of]
    table = of.tables[binding.table]
    where = "" if of is stack else f" of stack {shown(of.id)}"
    config = f", config {binding.config + 1}" if len(app.configs) > 1 else ""
    place = _place(binding.scopes, binding.id)
    return f"{place}: {_schema(binding.schema)} on {_place(table.scopes, table.id)}{where}{config}"


def _schema(schema: Schema) -> str:
    file = shown(schema.file)
    if schema.text is None:
        return f"{file} (there is no such file)"
    try:
        document = json.loads(schema.text)
    except (ValueError, RecursionError):
        return f"{file} (no JSON)"
    entity = entity_of(schema)
    named = file if entity is None else f"{shown(entity)} of {file}"
    wrong = errors(problems(document))
    return f"{named} (invalid: {wrong[0].message})" if wrong else named


def _config(config: Config) -> str:
    match config.credentials.kind:
        case "secret":
            credentials = f"secret {shown(config.credentials.secret)}"
        case "keys":
            credentials = "an API key and its secret"
        case _:
            credentials = "no credentials"
    mode = "no failure mode" if config.failure_mode is None else config.failure_mode
    return f"appId {shown(config.app_id)}, {credentials}, {mode}"


def _place(scopes: tuple[str, ...], name: str) -> str:
    return "/".join(map(shown, (*scopes, name)))


def surroundings(synth: Synth) -> list[str]:
    """What is not as usual around a synth."""
    unusual = []
    if synth.elsewhere:
        unusual.append("from another working directory")
    if synth.default_base:
        unusual.append("CHAIM_SNAPSHOT_DIR unset")
    if synth.base_url is not None:
        unusual.append(f"CHAIM_API_BASE_URL={shown(synth.base_url)}")
    return unusual


def _surroundings(t: SynthTranscript, record: SynthRecord) -> str:
    parts = surroundings(record.synth)
    if any(one.synth.process != record.synth.process for one in t.records[: record.number]):
        parts.insert(0, f"in process {record.synth.process + 1}")
    return "".join(f", {part}" for part in parts)


def _end(record: SynthRecord) -> str:
    match record.outcome:
        case "synthesized":
            bundles = sum(one.name == "snapshot.json" for one in record.assets)
            parts = [
                counted(len(record.local), "LOCAL snapshot"),
                counted(bundles, "bundle"),
                counted(len(record.publications), "publication"),
            ]
            parts += [
                counted(count, noun)
                for count, noun in (
                    (len(record.strays), "stray file"),
                    (len(record.calls), "network call"),
                )
                if count
            ]
            return f"synthesized: {', '.join(parts)}"
        case "refused":
            return f"refused{_at(record)}"
        case "crashed":
            return "the process ended"
        case _:
            return "did not end"


def _at(record: SynthRecord) -> str:
    refusal = record.refusal
    if refusal is None:
        return ""
    binding = f"binding {shown(refusal.binding)}" if refusal.binding else "a binding"
    where = f"at {binding}" if refusal.where == "binding" else "at the end"
    return f" {where}: {shown(refusal.type)}" if refusal.type else f" {where}"


def _error(record: SynthRecord) -> Iterator[str]:
    if record.refusal is None:
        return
    lines = record.refusal.message.strip().splitlines()
    yield from (f"      {line}" for line in lines[:ERROR_LINES_SHOWN])
    if lines[ERROR_LINES_SHOWN:]:
        yield f"      (and {counted(len(lines) - ERROR_LINES_SHOWN, 'more line')})"


def counted(count: int, noun: str) -> str:
    """``1 bundle``, ``2 bundles``."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
