"""B01 to B04, B26, B30 and B32 on hand-made transcripts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chaim_conformance.synth_scenario import App, Config, Synth, SynthScenario, SynthStack, Table
from chaim_conformance.synth_transcript import SeenFile, SynthRecord, SynthTranscript
from tests.checks.binder_verdicts import failures, verdict, violation
from tests.checks.perfect_binder import synthesized
from tests.checks.placeholders import EVERY
from tests.checks.synths import app_of, bend, bound, bprint, crash, moved, of, refuse, said, twice

ONE = app_of()
STAGED = app_of(stage="Beta")
NAMED = app_of(name="shop-prod")
UNKNOWN = app_of(account=None, region=None)
TWO_STACKS = App(
    stacks=(
        SynthStack(id="A", tables=(Table(name="Shop"),), bindings=(bound(),)),
        SynthStack(id="B", bindings=(bound("Item", table_of=0),)),
    )
)
RENAMED = of(ONE, app_of(bound("Purchase")))
VARIETY = {
    "one": ONE,
    "staged": STAGED,
    "named": NAMED,
    "unknown": UNKNOWN,
    "two stacks": TWO_STACKS,
    "no bindings": App(stacks=(SynthStack(tables=(Table(),)),)),
    "alike": app_of(
        bound(),
        bound(id="Others", table=1),
        tables=(Table(id="T", scopes=("A",)), Table(id="T", scopes=("B",))),
    ),
    "unnamed": app_of(tables=(Table(),)),
    "hostile": app_of(bound("Order", text=bprint("Order:1"))),
}


def with_files(*files: SeenFile) -> object:
    return lambda record: replace(record, local=(*record.local, *files))


@pytest.mark.parametrize("form", ["1.0", "3.0"])
@pytest.mark.parametrize("name", VARIETY)
def test_a_perfect_binder_violates_nothing(name: str, form: str) -> None:
    app = VARIETY[name]
    changed = replace(app, stacks=tuple(replace(s, bindings=()) for s in app.stacks))
    scenario = SynthScenario(
        apps=(app, changed), synths=(Synth(), Synth(process=1), Synth(app=1), Synth())
    )
    assert failures(synthesized(scenario, form)) == set()


@pytest.mark.parametrize("app", [ONE, STAGED, NAMED, UNKNOWN, TWO_STACKS])
def test_snapshots_at_their_path(app: App) -> None:
    t = of(app)
    assert [verdict(clause, t) for clause in ("B01", "B02", "B26")] == ["pass"] * 3


@pytest.mark.parametrize(
    ("app", "old", "new", "hint"),
    [
        (NAMED, "shop-prod", "Stack", "construct id, not its name"),
        (STAGED, "Beta-Stack", "Stack", "construct id, not its name"),
        (ONE, "123456789012", "unknown", "the stack's environment was given"),
        (ONE, "us-east-1/", "", ""),
        (ONE, "dynamodb", "DynamoDB", ""),
        (ONE, "Shop__Order", "Order", "not named after the resourceId"),
        *((ONE, "us-east-1", token, "known at deployment") for token in EVERY.values()),
    ],
)
def test_snapshots_elsewhere_than_at_their_path(app: App, old: str, new: str, hint: str) -> None:
    t = bend(of(app), moved(old, new))
    assert failures(t) == {"B01"}
    assert hint in violation("B01", t).hint


def test_no_snapshot_at_all() -> None:
    t = bend(of(ONE), lambda record: replace(record, local=()))
    assert failures(t) == {"B01"}
    assert violation("B01", t).seen == "no file"
    assert verdict("B26", t) == verdict("B02", t) == "blocked by B01"


def test_no_snapshot_at_all_where_the_base_is_the_default() -> None:
    t = of(ONE, synths=(Synth(default_base=True),))
    nowhere = bend(t, lambda record: replace(record, local=()))
    assert failures(nowhere) == {"B02"}
    assert verdict("B01", nowhere) == "blocked by B02"


def test_the_stack_has_the_name_that_was_synthesized() -> None:
    def renamed(record: SynthRecord) -> SynthRecord:
        return replace(record, stacks=(replace(record.stacks[0], name="other"),))

    t = bend(bend(of(ONE), renamed), said(stackName="other"))
    assert verdict("B01", bend(t, moved("/Stack/", "/other/"))) == "pass"
    assert verdict("B01", t) == "fail"


@pytest.mark.parametrize("default_base", [False, True])
def test_snapshots_below_another_base(default_base: bool) -> None:
    t = of(ONE, synths=(Synth(default_base=default_base),))
    stray = f"home/.chaim/cache/snapshots/{t.records[0].local[0].path}"
    astray = bend(t, lambda record: replace(record, local=(), strays=(stray,)))
    assert failures(astray) == {"B02"}
    assert verdict("B01", astray) == "blocked by B02"
    both = bend(t, lambda record: replace(record, strays=(stray,)))
    assert failures(both) == {"B02"}
    assert ("overrides" in violation("B02", both).hint) is not default_base
    cache = bend(t, lambda record: replace(record, strays=("home/.cache/x.log",)))
    assert verdict("B02", cache) == "pass"


def test_what_is_unknown_is_called_so() -> None:
    assert verdict("B03", of(UNKNOWN)) == "pass"
    assert verdict("B03", of(ONE)) == "nothing"


@pytest.mark.parametrize("word", ["${Token[AWS.AccountId.4]}", "[object Object]", "none"])
def test_what_is_unknown_is_called_otherwise(word: str) -> None:
    t = bend(of(UNKNOWN), moved("aws/unknown", f"aws/{word}"))
    assert failures(t) == {"B03"}
    assert verdict("B01", t) == "pass"


def test_another_synth_overwrites() -> None:
    assert verdict("B04", twice(ONE)) == "pass"
    assert verdict("B04", of(ONE)) == "nothing"


def test_a_file_more_each_time() -> None:
    def more(record: SynthRecord) -> SynthRecord:
        again = replace(record.local[0], path=record.local[0].path.replace(".json", "-2.json"))
        return replace(record, local=(*record.local, again))

    t = bend(twice(ONE), more, 1)
    assert failures(t) == {"B04"}
    assert "new: aws/" in violation("B04", t).seen


def test_a_copy_of_what_was_is_not_taken_for_what_is() -> None:
    def kept(record: SynthRecord) -> SynthRecord:
        old = RENAMED.records[0].local[0]
        copies = (replace(old, path=old.path.replace(".json", f"{n}.json")) for n in (".1", "1"))
        return replace(record, local=tuple(sorted((old, *copies), key=lambda file: file.path)))

    t = bend(twice(ONE), kept, 1)
    assert failures(t) == {"B04"}
    assert verdict("B01", t) == "pass"


def test_tokens_make_other_files_each_time() -> None:
    t = bend(twice(UNKNOWN), moved("aws/unknown", "aws/${Token[AWS.AccountId.4]}"), 1)
    assert failures(t) == {"B03"}
    assert verdict("B04", t) == "blocked by B03"


def test_an_older_snapshot_is_no_new_one() -> None:
    t = bend(twice(ONE), said(capturedAt="2020-01-01T00:00:00Z"), 1)
    assert failures(t) == {"B04"}


def test_a_changed_schema_takes_the_place_of_the_old() -> None:
    changed = of(ONE, app_of(bound(text=bprint(description="another"))))
    assert verdict("B04", changed) == "pass"
    kept = bend(changed, lambda record: replace(record, local=changed.records[0].local), 1)
    assert verdict("B04", kept) == "fail"


def temporary_copy(record: SynthRecord) -> SynthRecord:
    left = replace(record.local[0], path=record.local[0].path.replace("Shop__", ".tmp-") + ".tmp")
    return replace(record, local=(left, *record.local))


def test_the_consumer_reads_every_file() -> None:
    path = "aws/123456789012/us-east-1/Stack/dynamodb"
    broken = bend(of(ONE), with_files(SeenFile(path=f"{path}/X.json", content=b"{")))  # type: ignore[arg-type]
    assert failures(broken) == {"B26"}
    left = bend(of(ONE), with_files(SeenFile(path=f"{path}/X.json.tmp", content=b"{")))  # type: ignore[arg-type]
    assert failures(left) == {"B26"}
    t = bend(twice(ONE), temporary_copy, 1)
    assert failures(t) == {"B26"}
    listed = bend(of(ONE), with_files(SeenFile(path=f"{path}/index.json", content=b'{"n": 1}')))  # type: ignore[arg-type]
    assert failures(listed) == {"B26"}
    index = bend(of(ONE), with_files(SeenFile(path="README", content=b"about")))  # type: ignore[arg-type]
    assert verdict("B26", index) == "pass"


@pytest.mark.parametrize("content", [b'{"ids": []}', b"[]"])
def test_json_that_is_no_snapshot_is_taken_for_one(content: bytes) -> None:
    path = "aws/123456789012/us-east-1/Stack/dynamodb/index.json"
    beside = with_files(SeenFile(path=path, content=content))
    assert failures(bend(of(ONE), beside)) == {"B26"}  # type: ignore[arg-type]


def test_a_broken_snapshot_is_the_consumers_affair() -> None:
    def half(record: SynthRecord) -> SynthRecord:
        file = record.local[0]
        return replace(record, local=(replace(file, content=file.content[:40]),))

    t = bend(of(ONE), half)
    assert failures(t) == {"B26"}
    assert verdict("B01", t) == "blocked by B26"


@pytest.mark.parametrize(
    ("captured", "expected"),
    [
        ("2026-01-15T14:30:00Z", "pass"),
        ("2026-01-15T14:30:00.123456789+02:00", "pass"),
        ("2026-01-15T14:30:00", "pass"),
        ("yesterday", "fail"),
        ("2026-01-15", "fail"),
        ("Thu, 15 Jan 2026 14:30:00 GMT", "fail"),
        (1768487400, "blocked by B05"),
    ],
)
def test_when_a_snapshot_was_captured(captured: object, expected: str) -> None:
    assert verdict("B26", bend(of(ONE), said(capturedAt=captured))) == expected


def test_what_other_apps_wrote_stays() -> None:
    other = app_of(name="Elsewhere", configs=(Config(app_id="another-app"),))
    t = of(ONE, other)
    assert failures(t) == {"B26"}  # only what it wrote itself is there
    assert "another app" in violation("B26", t).expected
    kept = bend(t, with_files(*t.records[0].local), 1)  # type: ignore[arg-type]
    assert verdict("B26", kept) == "pass"
    of_one_app = of(ONE, app_of(name="Elsewhere"))
    assert verdict("B26", of_one_app) == "pass"


def test_the_consumer_filters_by_stack() -> None:
    assert failures(bend(of(ONE), said(stackName="Other"))) == {"B26"}
    nested = bend(
        synthesized(SynthScenario(apps=(ONE,)), "3.0"), said(providerIdentity__deploymentId="X")
    )
    assert verdict("B26", nested) == "fail"


def hostile(entity: str) -> App:
    return app_of(bound(text=bprint(entity)))


@pytest.mark.parametrize("entity", ["a/b", "../../../../../../etc/x", "nul\0", "x" * 300])
def test_a_name_is_made_safe_or_refused(entity: str) -> None:
    t = of(hostile(entity))
    path = "aws/123456789012/us-east-1/Stack/dynamodb/Shop__safe-1234.json"

    def safe(record: SynthRecord) -> SynthRecord:
        file = replace(record.local[0], path=path)
        bundle = tuple(
            replace(one, path=f"Stack/Shop__safe-1234/{one.name}") for one in record.assets
        )
        return replace(record, local=(file,), assets=bundle)

    made = bend(bend(t, safe), said(resourceId="Shop__safe-1234"))
    assert verdict("B30", made) == "pass"
    assert failures(made) == set()
    refused = bend(t, lambda r: replace(refuse("no such name")(r), local=(), assets=()))
    assert verdict("B30", refused) == "pass"
    assert failures(refused) == set()
    assert verdict("B01", refused) == "nothing"


def test_a_name_leads_elsewhere() -> None:
    deeper = of(hostile("a/b"))
    assert failures(deeper) == {"B30"}
    t = of(hostile("../../x"))

    def climbed(record: SynthRecord) -> SynthRecord:
        file = replace(record.local[0], path="aws/123456789012/us-east-1/x.json")
        return replace(record, local=(file,), assets=())

    assert failures(bend(t, climbed)) == {"B30"}
    outside = bend(t, lambda r: replace(r, local=(), assets=(), strays=("etc/x.json",)))
    assert failures(outside) == {"B30"}
    named = bend(t, lambda r: replace(r, strays=("elsewhere/x/snapshot.json",)))
    assert failures(named) == {"B30"}
    assert failures(bend(t, crash)) == {"B30"}


def test_a_file_called_otherwise_than_its_resource_id() -> None:
    path = "aws/123456789012/us-east-1/Stack/dynamodb/Shop__a-b.json"
    t = bend(of(hostile("a/b")), lambda r: replace(r, assets=()))
    t = bend(t, lambda r: replace(r, local=(replace(r.local[0], path=path),)))
    assert verdict("B30", t) == "pass"
    assert verdict("B01", t) == "fail"
    own = bend(t, lambda r: replace(r, strays=("project/cdk.context.json", "home/.tool/x.log")))
    assert verdict("B30", own) == "pass"


def test_a_name_that_leads_to_anothers_file() -> None:
    over = bound("Over", "B", text=bprint("/../Other__Order"), table=1)
    app = app_of(bound(), over, tables=(Table(name="Other"), Table(name="Mine")))
    t = of(app)
    whole = t.records[0].local
    own, led = (next(f for f in whole if f.json["resourceId"][0] == letter) for letter in "OM")
    apart = replace(led, path=own.path.replace("Other__Order", "Mine__-1234"))

    def with_local(*files: SeenFile) -> SynthTranscript:
        return bend(t, lambda r: replace(r, local=files, assets=()))

    assert verdict("B30", with_local(own, apart)) == "pass"
    assert failures(with_local(replace(led, path=own.path))) == {"B30"}


def test_two_safe_names_stay_two() -> None:
    app = app_of(bound("A", text=bprint("a:b")), bound("B", id="B", text=bprint("a|b")))
    t = of(app)
    assert verdict("B30", t) == "pass"
    one = bend(t, lambda r: replace(r, local=r.local[:1]))
    assert failures(one) == {"B30"}


def test_what_is_no_longer_bound_goes() -> None:
    assert verdict("B32", RENAMED) == "pass"
    assert verdict("B32", twice(ONE)) == "nothing"
    old = RENAMED.records[0].local
    t = bend(RENAMED, lambda record: replace(record, local=(*record.local, *old)), 1)
    assert failures(t) == {"B32"}
    assert "Shop__Order.json" in violation("B32", t).seen


def test_a_stack_without_bindings_runs_no_binder() -> None:
    t = of(ONE, App(stacks=(SynthStack(tables=(Table(name="Shop"),)),)))
    kept = bend(t, lambda record: replace(record, local=t.records[0].local), 1)
    assert verdict("B32", kept) == "nothing"


@pytest.mark.parametrize(
    ("change", "clause"),
    [
        (crash, "B05"),
        (refuse("TypeError: undefined is not a function"), "B05"),
        (refuse("order.bprint: fields[0] is strange"), "B19"),
    ],
)
def test_a_valid_app_that_fails_blocks_the_others(change: object, clause: str) -> None:
    t = bend(of(ONE), change)  # type: ignore[arg-type]
    assert failures(t) <= {clause}
    for one in ("B01", "B02", "B09", "B12", "B25", "B26"):
        assert verdict(one, t) == f"blocked by {clause}"
