"""Apps that have to be refused, and what the error has to name."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from hypothesis import strategies as st

from chaim_conformance.errors import UsageError
from chaim_conformance.strategies.app_edits import Spot, first_bound
from chaim_conformance.strategies.apps import apps
from chaim_conformance.strategies.bprint_fields import Dialect
from chaim_conformance.strategies.breakages import Breakage, breakages
from chaim_conformance.strategies.pools import HOSTILE_NAMES, HOSTILE_TABLE_NAMES
from chaim_conformance.synth_scenario import (
    App,
    Synth,
    SynthCredentials,
    SynthScenario,
    SynthStack,
)


@dataclass(frozen=True, kw_only=True)
class AppBreakage:
    """An app that is to be refused by a clause, and the same app ``whole``.

    ``names`` is what the error has to name, each of it. ``may_refuse``: to make do with the app in
    a safe way is as good as to refuse it (B30).
    """

    kind: str
    clause: str
    app: App
    whole: App
    names: tuple[str, ...] = ()
    may_refuse: bool = False

    def scenario(self, *, after_whole: bool = True) -> SynthScenario:
        """A synth of it, after one of the whole app, or with nothing there."""
        if not after_whole:
            return SynthScenario(apps=(self.app,))
        return SynthScenario(apps=(self.whole, self.app), synths=(Synth(), Synth(app=1)))


# Makes of an app, and of a value that is drawn, one that is broken.
Break = Callable[[Spot, Any], AppBreakage]


@dataclass(frozen=True, kw_only=True)
class _Way:
    clause: str
    spoil: Break
    values: tuple[Any, ...] = (None,)


def _file(at: Spot) -> tuple[str, ...]:
    return (at.bound.schema.file.rpartition("/")[2],)


def invalid(at: Spot, document: Any) -> AppBreakage:
    """The first binding's file holds this document, which is none."""
    return AppBreakage(
        kind="invalid-bprint",
        clause="B19",
        app=at.with_text(json.dumps(document, indent=2)),
        whole=at.app,
        names=_file(at),
    )


def _missing(at: Spot, file: str | None) -> AppBreakage:
    app = at.with_text(None, file=file)
    return _of_file("missing-file", at, app, names=_file(first_bound(app)))


def _extension(at: Spot, extension: str) -> AppBreakage:
    schema = at.bound.schema
    app = at.with_text(schema.text, file=schema.file.removesuffix(".bprint") + extension)
    return _of_file("wrong-extension", at, app, names=_file(first_bound(app)))


def _broken_json(at: Spot, spoil: Callable[[str], str]) -> AppBreakage:
    text = at.bound.schema.text or ""
    return _of_file("broken-json", at, at.with_text(spoil(text)), names=_file(at))


def _of_file(kind: str, at: Spot, app: App, *, names: tuple[str, ...]) -> AppBreakage:
    return AppBreakage(kind=kind, clause="B20", app=app, whole=at.app, names=names)


def _with_other_config(at: Spot, other: SynthCredentials | None) -> Spot:
    """The app with one configuration more, for another binding to have."""
    config = (
        replace(at.config, app_id=f"other-{at.config.app_id}")
        if other is None
        else replace(at.config, credentials=other)
    )
    return replace(at, app=replace(at.app, configs=(*at.app.configs, config)))


def _disagreeing(at: Spot, other: SynthCredentials | None) -> AppBreakage:
    """A second binding of the table, with another appId or these credentials."""
    added = at.another()
    wide = _with_other_config(at, other)
    return AppBreakage(
        kind="other-app-id" if other is None else "other-credentials",
        clause="B11",
        app=wide.with_another(replace(added, config=len(wide.app.configs) - 1)),
        whole=at.with_another(added),
        names=(at.bound.id, added.id),
    )


def _disagreeing_across_stacks(at: Spot, other: SynthCredentials | None) -> AppBreakage:
    """Likewise, from another stack."""
    added = replace(at.another(), table_of=at.table_of)
    wide = _with_other_config(at, other)
    stack = replace(
        at.app.stacks[at.table_of], id="OtherStack", name=None, tables=(), bindings=(added,)
    )
    return AppBreakage(
        kind=f"{'other-app-id' if other is None else 'other-credentials'}-across-stacks",
        clause="B11",
        app=_and(wide.app, stack, len(wide.app.configs) - 1),
        whole=_and(at.app, stack, added.config),
        names=(at.bound.id, added.id),
    )


def _and(app: App, stack: SynthStack, config: int) -> App:
    binding = replace(stack.bindings[0], config=config)
    return replace(app, stacks=(*app.stacks, replace(stack, bindings=(binding,))))


def _app_id(at: Spot, app_id: str) -> AppBreakage:
    return _of_config("empty-app-id", at, replace(at.config, app_id=app_id))


def _credentials(kind: str) -> Break:
    return lambda at, some: _of_config(kind, at, replace(at.config, credentials=some))


def _of_config(kind: str, at: Spot, config: Any) -> AppBreakage:
    """For every binding that had the configuration: or its table would have two."""
    old = at.config
    configs = tuple(
        replace(one, app_id=config.app_id, credentials=config.credentials)
        if (one.app_id, one.credentials) == (old.app_id, old.credentials)
        else one
        for one in at.app.configs
    )
    return AppBreakage(kind=kind, clause="B21", app=replace(at.app, configs=configs), whole=at.app)


def _hostile(kind: str, at: Spot, app: App) -> AppBreakage:
    return AppBreakage(kind=kind, clause="B30", app=app, whole=at.app, may_refuse=True)


def _hostile_entity(at: Spot, name: str) -> AppBreakage:
    return _hostile("hostile-entity", at, at.with_document({**at.document, "entityName": name}))


def _hostile_id(at: Spot, name: str) -> AppBreakage:
    # Only an unnamed table's id is part of a path.
    return _hostile("hostile-table-id", at, at.with_table(replace(at.of, id=name, name=None)))


def _hostile_name(at: Spot, name: str) -> AppBreakage:
    return _hostile("hostile-table-name", at, at.with_table(replace(at.of, name=name)))


OTHER_CREDENTIALS = (
    SynthCredentials(secret="chaim/of-another"),
    SynthCredentials(kind="keys", api_key="chaimkey-of-another"),
    SynthCredentials(kind="keys", api_secret="chaimsecret-of-another"),
)
MALFORMED_SECRETS = (
    "",
    "   ",
    "arn:aws:s3:::chaim-credentials",
    "arn:aws:kms:us-east-1:123456789012:key/0f0e0d0c-0b0a-4908-8706-050403020100",
    "arn:aws:secretsmanager:us-east-1:123456789012",
    "arn:aws:secretsmanager:us-east-1:123456789012:secret:",
    "arn:aws",
)
WAYS: dict[str, _Way] = {
    "missing-file": _Way(
        clause="B20", spoil=_missing, values=(None, "schemas/nowhere/to-be-found.bprint")
    ),
    "wrong-extension": _Way(
        clause="B20", spoil=_extension, values=(".json", ".bprint.txt", "", ".bprints")
    ),
    "broken-json": _Way(
        clause="B20",
        spoil=_broken_json,
        values=(
            lambda text: "",
            lambda text: text[: len(text) // 2],
            lambda text: text.rstrip()[:-1] + ",}",
            lambda text: text.replace('"', "'"),
            lambda text: f"{text}}}",
            lambda text: f"// a comment\n{text}",
        ),
    ),
    "other-app-id": _Way(clause="B11", spoil=_disagreeing),
    "other-app-id-across-stacks": _Way(clause="B11", spoil=_disagreeing_across_stacks),
    "other-credentials": _Way(clause="B11", spoil=_disagreeing, values=OTHER_CREDENTIALS),
    "other-credentials-across-stacks": _Way(
        clause="B11", spoil=_disagreeing_across_stacks, values=OTHER_CREDENTIALS
    ),
    "empty-app-id": _Way(clause="B21", spoil=_app_id, values=("",)),
    "no-credentials": _Way(
        clause="B21",
        spoil=_credentials("no-credentials"),
        values=(SynthCredentials(kind="none"),),
    ),
    "malformed-secret": _Way(
        clause="B21",
        spoil=_credentials("malformed-secret"),
        values=tuple(SynthCredentials(secret=secret) for secret in MALFORMED_SECRETS),
    ),
    "empty-key": _Way(
        clause="B21",
        spoil=_credentials("empty-key"),
        values=(
            SynthCredentials(kind="keys", api_key=""),
            SynthCredentials(kind="keys", api_secret=""),
        ),
    ),
    "hostile-entity": _Way(clause="B30", spoil=_hostile_entity, values=HOSTILE_NAMES),
    "hostile-table-id": _Way(clause="B30", spoil=_hostile_id, values=HOSTILE_NAMES),
    "hostile-table-name": _Way(clause="B30", spoil=_hostile_name, values=HOSTILE_TABLE_NAMES),
}
KINDS = ("invalid-bprint", *WAYS)


def all_of(kind: str, app: App) -> tuple[AppBreakage, ...]:
    """This app, broken in every way that a kind other than ``invalid-bprint`` has."""
    return tuple(WAYS[kind].spoil(first_bound(app), value) for value in WAYS[kind].values)


def app_breakages(
    *, kinds: tuple[str, ...] = KINDS, rule: str | None = None, dialect: Dialect = 1
) -> st.SearchStrategy[AppBreakage]:
    """Drawn apps that are to be refused, and which clause says so.

    ``kinds`` are some of ``invalid-bprint`` (of :func:`breakages`, by this ``rule`` or any),
    ``missing-file``, ``wrong-extension``, ``broken-json``, ``other-app-id``, ``other-credentials``,
    both also ``...-across-stacks``, ``empty-app-id``, ``no-credentials``, ``malformed-secret``,
    ``empty-key``, ``hostile-entity``, ``hostile-table-id`` and ``hostile-table-name``. What CDK
    or DynamoDB alone would refuse, a TTL on a key say, is not among them: the contract is silent.

    >>> from hypothesis import given
    >>> from chaim_conformance.strategies import app_breakages
    >>> @given(app_breakages(kinds=("missing-file",)))
    ... def test_my_errors(breakage):
    ...     assert breakage.names[0].endswith(".bprint")
    >>> test_my_errors()
    """
    unknown = [kind for kind in kinds if kind not in KINDS]
    if unknown or not kinds:
        raise UsageError(f"app_breakages(kinds={kinds!r}): expected some of {', '.join(KINDS)}")
    return _breakages(tuple(kinds), dialect, breakages(dialect=dialect, rule=rule))


@cache
def _breakages(
    kinds: tuple[str, ...], dialect: Dialect, broken: st.SearchStrategy[Breakage]
) -> st.SearchStrategy[AppBreakage]:
    whole = apps(constructs=("Table",), dialect=dialect, most_stacks=2)
    ways = tuple((kind, value) for kind in kinds if kind in WAYS for value in WAYS[kind].values)
    strategies = []
    if "invalid-bprint" in kinds:
        documents = broken.map(lambda one: one.document)
        strategies.append(st.builds(invalid, whole.map(first_bound), documents))
    if ways:
        strategies.append(st.builds(_broken, st.sampled_from(ways), whole))
    return st.one_of(strategies)


def _broken(way: tuple[str, Any], app: App) -> AppBreakage:
    kind, value = way
    return WAYS[kind].spoil(first_bound(app), value)
