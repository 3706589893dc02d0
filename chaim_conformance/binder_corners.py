"""Apps and synths that somebody thought of, each for a reason that its name says.

Scenarios are shared: what was played once is not played again, so a few serve many clauses.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace

from chaim_conformance.binder_examples import (
    ARCHIVE,
    DOCUMENT,
    EDGES,
    ESCAPED,
    FULL,
    INDEXES,
    ITEMS,
    LARGE,
    LOCAL_INDEXES,
    MANY,
    ORDER,
    PAYMENT,
    RICH,
    SK,
    TABLES,
    USER,
    app,
    schema,
    stack,
)
from chaim_conformance.strategies.app_breakages import all_of, invalid
from chaim_conformance.strategies.app_configs import (
    CHINA,
    GOV_CLOUD,
    HOME,
    Environment,
    secret_arn,
)
from chaim_conformance.strategies.app_edits import first_bound
from chaim_conformance.strategies.breakages import PLACES, rules, ways
from chaim_conformance.strategies.changes import changed
from chaim_conformance.synth_scenario import (
    App,
    Binding,
    Config,
    Construct,
    FailureMode,
    Synth,
    SynthCredentials,
    SynthScenario,
    SynthStack,
    Table,
)

Corners = dict[str, SynthScenario]
PLAIN = app(stack(TABLES["plain"]))
NAMED = app(stack(TABLES["named"]))
UNNAMED = app(stack(TABLES["rich-unnamed"], bound=((0, PAYMENT), (0, ORDER))))
KEYS = Config(credentials=SynthCredentials(kind="keys"))
BASE_URL = "https://ingest.example.com/stage"
# One process serves all that wants other surroundings, as to start one takes seconds.
SURROUNDED = Synth(elsewhere=True, default_base=True, base_url=BASE_URL)
FROM_CONTEXT = (("chaimApiBaseUrl", "https://ingest.example.org:8443/from/context"),)


def tables() -> Corners:
    """Each feature of a table alone, all together, and none."""
    return {f"table-{name}": _once(app(stack(table))) for name, table in TABLES.items()}


def schemas() -> Corners:
    """All that a file may hold, as text in other spellings, and very much of it."""
    return {
        "schema-rich": _once(PLAIN),
        "schema-large": _once(app(stack(Table(), bound=((0, LARGE),)))),
        "schema-at-the-edges": _once(app(stack(Table(), bound=((0, EDGES),)))),
        "schema-in-one-line": _once(app(stack(Table(), bound=((0, ESCAPED),)))),
    }


def identities() -> Corners:
    """Tables and entities whose names are alike, or become so when they are joined."""
    short, long = Table(id="a"), Table(id="a__b", sort_key=SK)
    named = Table(id="Other", name="Orders", sort_key=SK)
    made: dict[str, App] = {
        "two-entities": app(stack(Table(), bound=((0, PAYMENT), (0, ORDER)))),
        "one-file-two-tables": app(stack(RICH, Table(), bound=((0, PAYMENT), (1, PAYMENT)))),
        "twins": app(stack(ITEMS, ARCHIVE, bound=((0, PAYMENT), (1, PAYMENT)))),
        "twins-beside-a-numbered-entity": app(
            stack(
                *(ITEMS, ARCHIVE),
                bound=((0, PAYMENT), (1, PAYMENT), (0, schema("Payment__2", 6))),
            )
        ),
        "joined-names": app(
            stack(short, long, bound=((0, schema("b__c", 7)), (1, schema("c", 8))))
        ),
        "a-name-like-an-id": app(
            stack(Table(id="Orders"), named, bound=((0, PAYMENT), (1, PAYMENT)))
        ),
        "stacks-alike": app(stack(Table()), stack(Table(), id="Second")),
        "many": MANY,
    }
    return {name: _once(one) for name, one in made.items()}


def places() -> Corners:
    """Stacks with names given or not, in Stages, in other partitions, or nobody knows where."""
    other_scopes = stack(replace(ITEMS, scopes=("Data", "Inner")))
    binding = replace(other_scopes.bindings[0], scopes=("Api", "Bindings"))
    of_another = Binding(id="Across", schema=ORDER, table=0, table_of=0)
    stacks: dict[str, tuple[SynthStack, ...]] = {
        "stack-name-given": (stack(RICH, name="given-name"),),
        "stage": (stack(Table(), stage="Prod"),),
        "stage-and-name-given": (stack(Table(), stage="Prod", name="given-in-stage"),),
        "two-stages": (stack(Table(), stage="Beta"), stack(Table(), stage="Prod")),
        "unknown-environment": (stack(RICH, account=None, region=None),),
        "unknown-account": (stack(Table(), account=None),),
        "unknown-region": (stack(Table(), region=None),),
        "unknown-and-named": (stack(TABLES["named"], account=None, region=None),),
        "china": (stack(RICH, account=CHINA[0], region=CHINA[1]),),
        "gov-cloud": (stack(RICH, account=GOV_CLOUD[0], region=GOV_CLOUD[1]),),
        "nested": (replace(other_scopes, bindings=(binding,)),),
        "table-of-another-stack": (
            stack(Table()),
            SynthStack(id="Second", bindings=(of_another,)),
        ),
        "two-regions": (stack(Table()), stack(Table(), id="Second", region="eu-west-1")),
    }
    return {f"place-{name}": _once(app(*some)) for name, some in stacks.items()}


def surroundings() -> Corners:
    """A synth from another directory, and without ``CHAIM_SNAPSHOT_DIR``."""
    return {"elsewhere-with-default-base": SynthScenario(apps=(MANY,), synths=(SURROUNDED,))}


def again() -> Corners:
    """The same once more, and a third time."""
    twins = app(stack(ITEMS, ARCHIVE, bound=((0, PAYMENT), (1, PAYMENT))))
    return {
        "again-many": _twice(MANY),
        "again-plain": _twice(PLAIN),
        "three-times-twins": SynthScenario(apps=(twins,), synths=(Synth(), Synth(), Synth())),
    }


def another() -> Corners:
    """One app, and then another one: of another appId, account and stack."""
    other = app(
        stack(TABLES["rich-unnamed"], id="Other", account="210987654321"),
        config=Config(app_id="another-app"),
    )
    return {"another-app": SynthScenario(apps=(MANY, other), synths=(Synth(), Synth(app=1)))}


def credentials() -> Corners:
    """Secrets by name and by ARN in three partitions, and keys; every failure mode, and none."""
    name = "chaim/api-credentials"
    kinds: dict[str, tuple[SynthCredentials, Environment]] = {
        "name": (SynthCredentials(), HOME),
        "odd-name": (SynthCredentials(secret="prod/chaim_keys+v2@eu=1.2"), HOME),
        "arn": (SynthCredentials(secret=secret_arn(name, *HOME)), HOME),
        "arn-unknown-environment": (SynthCredentials(secret=secret_arn(name, *HOME)), (None, None)),
        "keys": (SynthCredentials(kind="keys"), HOME),
        "china-name": (SynthCredentials(), CHINA),
        "china-arn": (SynthCredentials(secret=secret_arn(name, *CHINA)), CHINA),
        "gov-cloud-arn": (SynthCredentials(secret=secret_arn(name, *GOV_CLOUD)), GOV_CLOUD),
    }
    modes: dict[str, FailureMode | None] = {
        "no-mode": None,
        "strict": "STRICT",
        "best-effort": "BEST_EFFORT",
    }
    found = {
        f"credentials-{kind}-{word}": _once(
            app(
                stack(Table(), account=account, region=region),
                config=Config(credentials=given, failure_mode=mode),
            )
        )
        for kind, (given, (account, region)) in kinds.items()
        for word, mode in modes.items()
        if kind in ("name", "keys") or word == "no-mode"
    }
    return {**found, "modes-mixed": _once(_mixed_modes()), **equal_configs()}


def _mixed_modes() -> App:
    """Three entities of a table, each under a mode of its own; and a table of another app."""
    one = stack(Table(), Table(id="Other"), bound=((0, PAYMENT), (0, ORDER), (0, USER), (1, USER)))
    configs = (
        Config(),
        Config(failure_mode="STRICT"),
        Config(failure_mode="BEST_EFFORT"),
        Config(app_id="caf\u00e9 app", credentials=SynthCredentials(kind="keys")),
    )
    bindings = tuple(replace(each, config=n) for n, each in enumerate(one.bindings))
    return App(stacks=(replace(one, bindings=bindings),), configs=configs)


def equal_configs() -> Corners:
    """Two configurations that are equal by value, on one table."""
    one = stack(Table(), bound=((0, PAYMENT), (0, ORDER)))
    bindings = (one.bindings[0], replace(one.bindings[1], config=1))
    both = App(stacks=(replace(one, bindings=bindings),), configs=(Config(), Config()))
    return {
        "equal-configs": _once(both),
        "equal-keys": _once(replace(both, configs=(KEYS, replace(KEYS)))),
    }


def other_keys() -> Corners:
    """Two configurations with keys, on one table, of which a half is the same."""
    (one,) = equal_configs()["equal-keys"].apps
    halves = {"api-key": {"api_key": "chaimkey-2"}, "api-secret": {"api_secret": "chaimsecret-2"}}
    return {
        f"other-{name}": _once(
            replace(one, configs=(KEYS, Config(credentials=SynthCredentials(kind="keys", **half))))
        )
        for name, half in halves.items()
    }


def context() -> Corners:
    """The default base URL, and one from the context."""
    return {
        "base-url-default": _once(PLAIN),
        "base-url-of-context": _once(replace(PLAIN, context=FROM_CONTEXT)),
    }


def environment() -> Corners:
    """A base URL from the environment, alone and beside one from the context."""
    both = replace(PLAIN, context=FROM_CONTEXT)
    return {
        "base-url-of-environment": SynthScenario(apps=(PLAIN,), synths=(SURROUNDED,)),
        "base-url-of-both": SynthScenario(apps=(both,), synths=(SURROUNDED,)),
    }


def changes(*kinds: str) -> Corners:
    """A change of an unnamed table with all features, and of a plain named one."""
    apps = {"rich": UNNAMED, "named": NAMED}
    return {
        f"{kind}-{name}": changed(kind, one).scenario()
        for kind in kinds
        for name, one in apps.items()
    }


def changed_later(kind: str) -> Corners:
    """A change that another process synthesizes, which has not read the files of the first."""
    one = changed(kind, UNNAMED).scenario()
    return {f"{kind}-later": replace(one, synths=(Synth(), Synth(app=1, process=1)))}


def deployed_changes(*kinds: str) -> Corners:
    """A change of what is bound, deployed."""
    one = replace(UNNAMED, configs=(KEYS,))  # with a secret it would take the SDK to deploy
    return {f"deployed-{kind}": changed(kind, one).scenario(deploys=True) for kind in kinds}


def processes() -> Corners:
    """Three synths without a change, each in a process of its own."""
    synths = tuple(Synth(process=number) for number in range(3))
    apps = {"many": MANY, "unknown": app(stack(RICH, account=None, region=None)), "plain": PLAIN}
    return {
        f"processes-{name}": SynthScenario(apps=(a,), synths=synths) for name, a in apps.items()
    }


def invalid_files() -> Corners:
    """Every rule of ``.bprint`` files broken once, after a synth that went well; and at first."""
    found = {
        rule: invalid(first_bound(NAMED), ways(rule, 1)[0].spoil(deepcopy(DOCUMENT), PLACES[1][0]))
        for rule in rules(1)
    }
    return {
        **{f"invalid-{rule}": one.scenario() for rule, one in found.items()},
        "invalid-at-first": found["field-type"].scenario(after_whole=False),
    }


def refused(*kinds: str, after_whole: bool = True) -> Corners:
    """An app broken in every way of these kinds, after a synth of it whole or at first."""
    return {
        f"{kind}-{number}": one.scenario(after_whole=after_whole)
        for kind in kinds
        for number, one in enumerate(all_of(kind, NAMED), 1)
    }


def hostile() -> Corners:
    """Names that would lead out of their directory, are too long, or mean something to a system."""
    over = stack(
        *(Table(id="Other"), Table(id="Mine")),
        bound=((0, PAYMENT), (1, schema("/../Other__Payment", 9))),
    )
    alike = tuple((0, schema(f"a{sign}b", n)) for n, sign in enumerate("_/:\\", 10))
    return {
        **refused(*("hostile-entity", "hostile-table-id", "hostile-table-name"), after_whole=False),
        "hostile-entity-named-like-anothers-file": _once(app(over)),
        "hostile-entities-alike": _once(app(stack(Table(), bound=alike))),
    }


def untouched() -> Corners:
    """An app without its bindings, and then with them."""
    found = {
        **{name: app(stack(TABLES[name])) for name in ("plain", "rich", "customer-key")},
        "many": MANY,
        "stream-old": app(stack(TABLES["stream-old"], bound=((0, PAYMENT), (0, ORDER)))),
        "across": places()["place-table-of-another-stack"].apps[0],
        "keys": app(stack(RICH), config=KEYS),
    }
    return {f"untouched-{name}": without_and_with_bindings(one) for name, one in found.items()}


def without_and_with_bindings(one: App) -> SynthScenario:
    """A synth of the app without its bindings, and then with them.

    A stack of nothing else is missing at first.
    """
    stacks = tuple(replace(each, bindings=()) for each in one.stacks if each.tables)
    unbound = replace(one, stacks=stacks)
    return SynthScenario(apps=(unbound, one), synths=(Synth(), Synth(app=1)))


def lives() -> Corners:
    """Bundles deployed, updated by a second synth, and deleted: credentials of both kinds."""
    apps = {
        "secret": app(stack(RICH, bound=((0, PAYMENT), (0, ORDER)))),
        "secret-strict": app(stack(Table()), config=Config(failure_mode="STRICT")),
        "secret-arn": app(
            stack(Table()),
            config=Config(
                credentials=SynthCredentials(secret=secret_arn("chaim/keys", *HOME)),
                failure_mode="STRICT",
            ),
        ),
        "keys": app(stack(Table()), config=KEYS),
        "keys-strict": app(
            stack(Table(), bound=((0, LARGE),)),
            config=Config(
                app_id="caf\u00e9-app",
                credentials=SynthCredentials(kind="keys"),
                failure_mode="STRICT",
            ),
        ),
    }
    return {
        f"life-{name}": changed("description-changed", one).scenario(deploys=True)
        for name, one in apps.items()
    }


def constructs() -> Corners:
    """Other kinds of tables, and indexes that come after the bindings."""
    imported = Table(id="Imported", construct="imported", name="legacy.orders")
    late_global = replace(INDEXES[0], name="late", late=True)
    late_local = replace(LOCAL_INDEXES[0], name="lateLocal", late=True)
    kinds: tuple[Construct, ...] = ("Table", "TableV2")
    apps = {
        "imported": app(stack(imported)),
        "imported-beside-another": app(stack(imported, RICH, bound=((0, PAYMENT), (1, ORDER)))),
        "imported-unknown-environment": app(stack(imported, account=None, region=None)),
        **{
            f"v2-{name}": app(stack(replace(TABLES[name], construct="TableV2")))
            for name in (
                *("plain", "rich", "rich-unnamed", "provisioned", "key-types"),
                *("managed-key", "customer-arn"),
            )
        },
        "v2-full": app(stack(replace(FULL, construct="TableV2"))),
        **{
            f"late-indexes-{kind}": app(
                stack(
                    Table(
                        construct=kind,
                        sort_key=SK,
                        global_indexes=(INDEXES[1], late_global),
                        local_indexes=(LOCAL_INDEXES[1], late_local),
                    )
                )
            )
            for kind in kinds
        },
    }
    return {f"construct-{name}": _once(one) for name, one in apps.items()}


def _once(one: App) -> SynthScenario:
    return SynthScenario(apps=(one,))


def _twice(one: App) -> SynthScenario:
    return SynthScenario(apps=(one,), synths=(Synth(), Synth()))
