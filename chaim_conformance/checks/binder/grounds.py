"""Which apps have to be refused, which may be, and whose violation a synth is that went wrong."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Literal

from chaim_conformance.bprint_validation import Problem, errors, problems
from chaim_conformance.checks.binder.expected import Expected, expected
from chaim_conformance.synth_scenario import App, Config, Schema, SynthCredentials
from chaim_conformance.synth_transcript import SynthRecord, SynthTranscript
from chaim_conformance.verdict import Blocked

# What no name of a file may hold everywhere, and how many bytes of one are no trouble (B30): files
# of 255 bytes can be, with ``.json``, a number, and what a temporary one has for a moment.
UNSAFE = re.compile(r'[/\\\x00-\x1f\x7f:*?"<>|]|\.\.')
LONGEST = 255 - len(".json") - 16
# Of a table's or an entity's name alone: what some system hides, strips, or takes for a device.
PECULIAR = re.compile(r"[. ].*|.*[. ]|(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.I | re.S)
SECRET_ARN = re.compile(r"arn:[^:]+:secretsmanager:[^:]+:[^:]+:secret:.+")
SECRET_REFERENCE = re.compile(
    r"arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:[\w/+=.@-]+|[\w/+=.@-]{1,512}",
    re.ASCII,
)
# By which words a refusal shows what it is about.
ABOUT_SCHEMAS = re.compile(r"\bschema\b|bprint|entityName|primaryKey", re.IGNORECASE)
ABOUT_PLACES = re.compile(r"cdk\.(?:json|out)|\bcwd\b|working dir|root of", re.IGNORECASE)
ABOUT_NAMESAKES = re.compile(r"already|duplicate|collision|collides|not unique", re.IGNORECASE)
ABOUT_CONFIGS = re.compile(r"app.?id|credential|secret|config|conflict|same table", re.IGNORECASE)


def is_hostile(one: Expected) -> bool:
    """Whether a name may be made safe, or refused (B30)."""
    name = one.resource_id
    peculiar = any(PECULIAR.fullmatch(part) for part in (one.resource_name, one.entity))
    return peculiar or bool(UNSAFE.search(name)) or len(name.encode()) > LONGEST


def acts_as_path(one: Expected, place: str) -> bool:
    """Whether a separator in a binding's name separates in a path, which has no ``.json`` here."""
    name = one.resource_id
    if "/" not in name:
        return False
    return name in place or place.rpartition("/")[2] == name.rpartition("/")[2]


def table_of(app: App, one: Expected) -> tuple[int, int]:
    """Which table a binding is of: the number of its stack, and its own there."""
    stack = one.binding.table_of
    return app.stacks.index(one.stack) if stack is None else stack, one.binding.table


def is_twin(app: App, one: Expected, other: Expected) -> bool:
    """Whether stack, table and entity are the same: two such may share, or be refused."""
    return (
        one.stack == other.stack
        and table_of(app, one) == table_of(app, other)
        and one.entity == other.entity
    )


def same_config(one: Config, other: Config) -> bool:
    """Whether two configurations have the same appId and credentials, by value (B11)."""
    return one.app_id == other.app_id and _value(one.credentials) == _value(other.credentials)


def _value(credentials: SynthCredentials) -> tuple[str, ...]:
    match credentials.kind:
        case "secret":
            return ("secret", credentials.secret)
        case "keys":
            return ("keys", credentials.api_key, credentials.api_secret)
        case "none":
            return ("none",)


def conflicts(app: App) -> tuple[tuple[Expected, Expected], ...]:
    """The pairs of bindings of one table that differ in appId or credentials (B11)."""
    bindings = expected(app)
    return tuple(
        (one, other)
        for number, one in enumerate(bindings)
        for other in bindings[number + 1 :]
        if table_of(app, one) == table_of(app, other) and not same_config(one.config, other.config)
    )


def clashes(app: App) -> tuple[tuple[Expected, Expected], ...]:
    """Of the conflicts those that are none of spelling: these have to be refused."""
    return tuple(pair for pair in conflicts(app) if not _may_be_one(*pair))


def has_copies(app: App) -> bool:
    """Whether bindings of one table have configurations that are equal, and not the same one."""
    bindings = expected(app)
    return any(
        table_of(app, one) == table_of(app, other)
        and one.binding.config != other.binding.config
        and same_config(one.config, other.config)
        for number, one in enumerate(bindings)
        for other in bindings[number + 1 :]
    )


def config_complaint(config: Config) -> str:
    """What is wrong with a configuration beyond doubt: ``appId``, ``credentials``, ``secret``."""
    credentials = config.credentials
    if not config.app_id.strip():
        return "appId"
    if credentials.kind == "none":
        return "credentials"
    if credentials.kind == "keys":
        keys = credentials.api_key, credentials.api_secret
        return "" if all(keys) else "credentials"
    secret = credentials.secret
    is_wrong = secret.startswith("arn:") and not SECRET_ARN.fullmatch(secret)
    return "secret" if is_wrong or not secret.strip() else ""


def unreadable(schema: Schema) -> Literal["", "missing", "extension", "json"]:
    """What keeps a schema's file from being read (B20)."""
    if schema.text is None:
        return "missing"
    if not schema.file.lower().endswith(".bprint"):
        return "extension"
    return "" if _is_json(schema.text) else "json"


def _is_json(text: str) -> bool:
    def refuse(name: str) -> None:
        raise ValueError(f"JSON has no {name}")

    try:
        json.loads(text.removeprefix("\ufeff"), parse_constant=refuse)
    except (ValueError, RecursionError):
        return False
    return True


@lru_cache(maxsize=512)
def faults(text: str) -> tuple[Problem, ...]:
    """What makes a ``.bprint`` document invalid in either dialect (B19); ``text`` is JSON."""
    document = json.loads(text.removeprefix("\ufeff"))
    first, second = (errors(problems(document, dialect=dialect)) for dialect in (1, 2))
    return tuple(errors(problems(document))) if first and second else ()


@lru_cache(maxsize=512)
def _is_doubtful(text: str) -> bool:
    """Whether a binder may have something against a document that is valid."""
    return text.startswith("\ufeff") or bool(
        problems(json.loads(text)) or problems(json.loads(text), dialect=1)
    )


@lru_cache(maxsize=256)
def must_refuse(app: App) -> tuple[str, ...]:
    """The clauses that want this app refused."""
    bindings = expected(app)
    found = []
    if any(unreadable(one.binding.schema) for one in bindings):
        found.append("B20")
    if any(is_invalid(one) for one in bindings):
        found.append("B19")
    if any(config_complaint(one.config) for one in bindings):
        found.append("B21")
    if clashes(app):
        found.append("B11")
    return tuple(found)


def is_invalid(one: Expected) -> bool:
    """Whether a binding's ``.bprint`` file can be read, and is none (B19)."""
    schema = one.binding.schema
    return not unreadable(schema) and schema.text is not None and bool(faults(schema.text))


def _may_be_one(one: Expected, other: Expected) -> bool:
    """Whether two credentials that are written differently may be the same secret."""
    names = {
        c.config.credentials.secret for c in (one, other) if c.config.credentials.kind == "secret"
    }
    if one.config.app_id != other.config.app_id or len(names) < 2:
        return False
    first, second = sorted(names, key=len)
    return second.startswith("arn:") and f":secret:{first}" in second


@lru_cache(maxsize=256)
def may_refuse(app: App) -> tuple[str, ...]:
    """The clauses that leave it to the binder whether it refuses this app; ``""`` where none says
    anything. Whatever has to be refused is no matter here.
    """
    found = []
    bindings = [one for one in expected(app) if one.entity]
    if any(map(is_hostile, bindings)):
        found.append("B30")
    if any(table.construct != "Table" for stack in app.stacks for table in stack.tables):
        found.append("B33")
    if (
        conflicts(app)
        or any(map(_is_odd, app.configs))
        or any(not one.binding.schema.file.endswith(".bprint") for one in bindings)
        or any(_is_doubtful(one.binding.schema.text or "{}") for one in bindings)
        or _has_twins(app, bindings)
    ):
        found.append("")
    return tuple(found)


def _is_odd(config: Config) -> bool:
    """Whether a configuration is not clearly right; one that nothing uses may be looked at, too."""
    secret = config.credentials.secret
    return bool(config_complaint(config)) or (
        config.credentials.kind == "secret" and not SECRET_REFERENCE.fullmatch(secret)
    )


def _has_twins(app: App, bindings: list[Expected]) -> bool:
    return any(is_twin(app, a, b) for n, a in enumerate(bindings) for b in bindings[n + 1 :])


def succeeded(t: SynthTranscript, record: SynthRecord) -> bool:
    """Whether a synth was done, of an app that did not have to be refused: there are snapshots."""
    return record.outcome == "synthesized" and not must_refuse(t.app(record))


def unsuccessful(t: SynthTranscript, record: SynthRecord) -> Blocked | None:
    """The one clause that is violated where a synth ended otherwise than it has to.

    ``None`` where it was done, or refused with right: then there is nothing to judge, or
    :func:`succeeded` is true. What ``by`` names is violated by this, and that check says so; all
    others are blocked.
    """
    app = t.app(record)
    if must := must_refuse(app):
        return None if record.outcome == "refused" else Blocked(by=must[0], where=record)
    if record.outcome == "synthesized" or (record.outcome == "refused" and may_refuse(app)):
        return None
    if record.calls and any(one.config.credentials.kind == "secret" for one in expected(app)):
        return Blocked(by="B13", where=record)  # it asked, and the answer was not what it needs
    if record.refusal is not None:
        message = record.refusal.message
        is_lost = record.synth.elsewhere and ABOUT_PLACES.search(message)
        return Blocked(by="B14" if is_lost else _blamed(app, message), where=record)
    return Blocked(by=next(filter(None, may_refuse(app)), _unbound(app)), where=record)


def _unbound(app: App) -> str:
    """The clause that a valid app is to be bound by; late indexes are B33's."""
    tables = (table for _, _, table in app.bound())
    indexes = (index for table in tables for index in (*table.global_indexes, *table.local_indexes))
    return "B33" if any(index.late for index in indexes) else "B05"


def _blamed(app: App, message: str) -> str:
    """The clause by which a valid app is to be accepted that this message is about."""
    bindings = expected(app)
    if has_copies(app) and ABOUT_CONFIGS.search(message):
        return "B11"
    files = {one.binding.schema.file.rpartition("/")[2] for one in bindings}
    about = ABOUT_SCHEMAS.search(message) or any(file in message for file in files)
    if not about and _has_namesakes(bindings) and ABOUT_NAMESAKES.search(message):
        return "B09"
    return "B19" if about else _unbound(app)


def _has_namesakes(bindings: tuple[Expected, ...]) -> bool:
    """Whether bindings of a stack have to be numbered, as table and entity are called alike."""
    names = [(one.stack, one.resource_id) for one in bindings]
    return len(set(names)) < len(names)


def successes(
    t: SynthTranscript, about: Callable[[App], bool] = lambda app: True
) -> Iterator[SynthRecord | Blocked]:
    """Every synth that succeeded; a :class:`Blocked` for each that should have, or should not.

    ``about`` says whether an app puts the clause to the test.
    """
    for record in t.records:
        if not about(t.app(record)):
            continue
        if blocked := unsuccessful(t, record):
            yield blocked
        elif succeeded(t, record):
            yield record
