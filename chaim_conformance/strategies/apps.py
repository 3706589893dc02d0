"""Whole apps as a synth meets them: stacks, tables, schemas, bindings and their configurations."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cache

from hypothesis import strategies as st

from chaim_conformance.strategies.app_configs import ENVIRONMENTS, HOME, Environment, configs
from chaim_conformance.strategies.app_schemas import Shelf, shelves
from chaim_conformance.strategies.bprint_fields import Dialect, booleans
from chaim_conformance.strategies.tables import CONSTRUCTS, tables
from chaim_conformance.synth_scenario import (
    App,
    Binding,
    Config,
    Construct,
    Encryption,
    FailureMode,
    Synth,
    SynthScenario,
    SynthStack,
    Table,
)

STACK_IDS = ("Stack", "OrdersStack", "Data-Stack", "A")
STACK_NAMES = (None, None, None, "given-name", "Prod-Orders", "N" * 100)
STAGES = (None, None, None, "Prod", "Beta-eu")
BASE_URL = "https://ingest.example.com/stage"
CONTEXTS: tuple[tuple[tuple[str, str], ...], ...] = (
    (),
    (),
    (("chaimApiBaseUrl", BASE_URL),),
    (("owner", "payments"), ("chaimApiBaseUrl", "https://ingest.eu.example.com:8443")),
)
TABLE_SCOPES = ((), (), (), ("Data",), ("Data", "Inner"))
BINDING_SCOPES = ((), (), (), ("Api",), ("Data",))


@dataclass(frozen=True, kw_only=True)
class Layout:
    """What stands in a stack: so many tables, and bindings of (table, schema).

    ``twins``: the first two tables share a construct id, each in a construct of its own.
    """

    tables: int = 1
    bindings: tuple[tuple[int, int], ...] = ((0, 0),)
    twins: bool = False


LAYOUTS = (
    Layout(),
    Layout(bindings=((0, 0), (0, 1))),
    Layout(tables=2, bindings=((0, 0), (1, 1))),
    Layout(tables=2, bindings=((0, 0), (1, 0))),
    Layout(tables=2, bindings=((1, 0),)),
    Layout(tables=2, bindings=((0, 0), (1, 0)), twins=True),
    Layout(bindings=((0, 0), (0, 1), (0, 2))),
    Layout(tables=3, bindings=((0, 0), (0, 1), (1, 0), (2, 2))),
)

environments = st.sampled_from(ENVIRONMENTS)
stack_ids = st.sampled_from(STACK_IDS)
stack_names = st.sampled_from(STACK_NAMES)
stages = st.sampled_from(STAGES)
contexts = st.sampled_from(CONTEXTS)
layouts = st.sampled_from(LAYOUTS)
stack_counts = st.sampled_from((1, 1, 1, 1, 2, 3))
table_scopes = st.sampled_from(TABLE_SCOPES)
binding_scopes = st.sampled_from(BINDING_SCOPES)
# Whether a binding has its table's configuration, one equal to it, or with another failure mode.
likenesses = st.sampled_from(("same", "same", "same", "equal", "other-mode"))


def synth_scenarios(
    drawn: st.SearchStrategy[App] | None = None,
    *,
    synths: tuple[tuple[Synth, ...], ...] = ((Synth(),),),
    deploys: bool = False,
) -> st.SearchStrategy[SynthScenario]:
    """One app each, of :func:`apps` unless others are given, and one of these sequences of synths.

    >>> from hypothesis import given
    >>> from chaim_conformance.strategies import apps, synth_scenarios
    >>> from chaim_conformance.synth_scenario import Synth
    >>> twice = synth_scenarios(apps(dialect=2), synths=((Synth(), Synth()),))
    >>> @given(twice)
    ... def test_my_binder(scenario):
    ...     assert len(scenario.synths) == 2
    >>> test_my_binder()
    """
    return st.builds(
        SynthScenario,
        apps=st.tuples(apps() if drawn is None else drawn),
        synths=st.sampled_from(synths),
        deploys=st.just(deploys),
    )


def apps(
    *,
    constructs: tuple[Construct, ...] = CONSTRUCTS,
    dialect: Dialect = 1,
    late: bool = False,
    most_stacks: int = 3,
) -> st.SearchStrategy[App]:
    """Apps that a conformant binder accepts, as values of :class:`~.synth_scenario.App`.

    Up to ``most_stacks`` stacks in environments of several partitions, known or not, with names
    given or not, some in Stages; tables as of :func:`tables`, of these ``constructs``, some nested,
    two that share an id now and then; several entities on one table, one file on several tables,
    tables bound from another stack. ``late``: indexes that are added after the bindings.

    Schemas are those of :func:`bprints`. Each has an entity of its own, and in its description a
    canary that stands in no other of the app. Nothing in it is hostile, and no table has more than
    one appId. Every app has a binding; shrinks towards one plain table with one.

    >>> from hypothesis import given
    >>> from chaim_conformance.strategies import apps
    >>> @given(apps(constructs=("Table",)))
    ... def test_my_binder(app):
    ...     assert all(table.construct == "Table" for _, _, table in app.bound())
    >>> test_my_binder()
    """
    return _apps(tables(constructs=constructs, long_names=False), dialect, late, most_stacks)


@cache
def _apps(
    drawn: st.SearchStrategy[Table], dialect: Dialect, late: bool, most_stacks: int
) -> st.SearchStrategy[App]:
    return _app(drawn, dialect, late, most_stacks)


@st.composite
def _app(
    draw: st.DrawFn,
    drawn: st.SearchStrategy[Table],
    dialect: Dialect,
    late: bool,
    most_stacks: int,
) -> App:
    parts = _Parts(shelf=draw(shelves(dialect)), tables=drawn, late=late)
    for number in range(min(draw(stack_counts), most_stacks)):
        parts.stacks.append(_stack(draw, parts, number))
    return App(stacks=tuple(parts.stacks), configs=tuple(parts.configs), context=draw(contexts))


@dataclass(kw_only=True)
class _Parts:
    """What an app has so far; ``config_of`` is each table's, by the numbers of stack and table."""

    shelf: Shelf
    tables: st.SearchStrategy[Table]
    late: bool
    stacks: list[SynthStack] = field(default_factory=list)
    configs: list[Config] = field(default_factory=list)
    config_of: dict[tuple[int, int], int] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)

    def add(self, config: Config) -> int:
        self.configs.append(config)
        return len(self.configs) - 1


def _stack(draw: st.DrawFn, parts: _Parts, number: int) -> SynthStack:
    like_first = bool(parts.stacks) and draw(booleans)
    first = parts.stacks[0] if like_first else None
    account, region = (first.account, first.region) if first else draw(environments)
    stage = first.stage if first else draw(stages)
    layout = draw(layouts)
    made = _tables(draw, parts, layout, (account, region))
    for place in range(len(made)):
        shared = place > 0 and draw(booleans)
        parts.config_of[number, place] = (
            parts.config_of[number, 0]
            if shared
            else parts.add(draw(configs(account=account, region=region)))
        )
    bindings = [_binding(draw, parts, number, bound, schema) for bound, schema in layout.bindings]
    if first is not None and draw(booleans):
        bindings.append(replace(_binding(draw, parts, 0, 0, 3 + number), table_of=0))
    name = draw(stack_names)
    return SynthStack(
        id=f"{draw(stack_ids)}{number or ''}",
        name=f"{name}{number or ''}" if name else None,
        stage=stage,
        account=account,
        region=region,
        tables=tuple(made),
        bindings=tuple(
            replace(one, id=f"{one.id}{place or ''}") for place, one in enumerate(bindings)
        ),
    )


def _binding(draw: st.DrawFn, parts: _Parts, stack: int, table: int, schema: int) -> Binding:
    config = parts.config_of[stack, table]
    match draw(likenesses):
        case "equal":
            config = parts.add(parts.configs[config])
        case "other-mode":
            strict = parts.configs[config].failure_mode == "STRICT"
            other: FailureMode | None = None if strict else "STRICT"
            config = parts.add(replace(parts.configs[config], failure_mode=other))
    return Binding(
        id="Binding",
        schema=parts.shelf.schema(draw, schema),
        scopes=draw(binding_scopes),
        table=table,
        config=config,
    )


def _tables(draw: st.DrawFn, parts: _Parts, layout: Layout, at: Environment) -> list[Table]:
    """A stack's tables, each with an id of its own in its scope and a name of its own."""
    made: list[Table] = []
    for place in range(layout.tables):
        table = replace(draw(parts.tables), scopes=draw(table_scopes))
        if layout.twins and place < 2:
            table = replace(
                table,
                name=None,
                construct="Table" if table.construct == "imported" else table.construct,
            )
            if place:
                table = replace(table, id=made[0].id, scopes=(*made[0].scopes, "Twin"))
        elif table.id in {one.id for one in made}:
            table = replace(table, id=f"{table.id}{place}")
        made.append(_named(parts, _encrypted(table, at)))
        if parts.late:
            made[-1] = _with_late_indexes(made[-1])
    return made


def _named(parts: _Parts, table: Table) -> Table:
    """The same table; no two of an account have one name, so none of an app."""
    if table.name is None:
        return table
    name, n = table.name, 1
    while name in parts.names:
        n += 1
        name = f"{table.name}-{n}"
    parts.names.add(name)
    return replace(table, name=name)


def _encrypted(table: Table, at: Environment) -> Table:
    """The same table; with a key that its region has, and CDK can name where it has none."""
    encryption: Encryption = table.encryption
    if encryption == "customer-arn" and at != HOME:
        encryption = "customer"
    if encryption == "customer" and table.construct == "TableV2" and at[1] is None:
        encryption = "managed"
    return replace(table, encryption=encryption)


def _with_late_indexes(table: Table) -> Table:
    """The same table; the last index of each kind comes after the bindings."""
    late = (
        (*some[:-1], replace(some[-1], late=True)) if some else ()
        for some in (table.global_indexes, table.local_indexes)
    )
    global_indexes, local_indexes = late
    return replace(table, global_indexes=global_indexes, local_indexes=local_indexes)
