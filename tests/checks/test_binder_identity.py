"""B09, B10, B25, B27 and B31 on hand-made transcripts."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from chaim_conformance.scenario import Bundle, Operation, RequestType, Scenario
from chaim_conformance.synth_scenario import App, Index, Key, Synth, SynthScenario, Table
from chaim_conformance.synth_transcript import Planned, SeenFile, SynthRecord, SynthTranscript
from chaim_conformance.transcript import Transcript
from tests.checks import transcripts
from tests.checks.binder_verdicts import failures, verdict, violation
from tests.checks.perfect_binder import synthesized
from tests.checks.placeholders import EVERY, NAMES
from tests.checks.synths import app_of, bend, bound, of, refuse, said, twice
from tests.checks.test_entities import processed

UNNAMED = (Table(),)
ALIKE = app_of(
    bound(id="A", table=0),
    bound(id="B", table=1),
    bound(id="C", table=2),
    tables=(
        Table(id="T", scopes=("A",), partition_key=Key(name="a")),
        Table(id="T", scopes=("B",), partition_key=Key(name="b")),
        Table(name="T"),
    ),
)
SEVERAL = app_of(bound("Order", "A"), bound("Item", "B"), bound("Customer", "C"))


def called(old: str, new: str, number: int = 0) -> SynthTranscript:
    """Two synths of the three tables that are alike, one with a resourceId called otherwise."""

    def rename(file: SeenFile) -> SeenFile:
        path = file.path.replace(f"/{old}.json", f"/{new}.json")
        path = path.replace(f"/{old}/", f"/{new}/")
        content = file.content.replace(
            f'"resourceId": "{old}"'.encode(), f'"resourceId": "{new}"'.encode()
        )
        return SeenFile(path=path, content=content)

    def change(record: SynthRecord) -> SynthRecord:
        return replace(
            record,
            local=tuple(map(rename, record.local)),
            assets=tuple(map(rename, record.assets)),
        )

    return bend(twice(ALIKE), change, number)


def test_collisions_are_counted_from_two() -> None:
    t = twice(ALIKE)
    assert verdict("B09", t) == "pass"
    names = {file.name for file in t.records[0].local}
    assert names == {"T__Order.json", "T__Order__2.json", "T__Order__3.json"}


@pytest.mark.parametrize("name", ["T__Order__1", "T__Order__4", "T__Order_3", "T__Order__03", "T"])
def test_a_number_that_is_not_the_next(name: str) -> None:
    assert verdict("B09", called("T__Order__3", name)) == "fail"


def test_a_number_where_nothing_collides() -> None:
    t = bend(of(app_of()), said(resourceId="Shop__Order__2"))
    assert "Shop__Order, which no other" in violation("B09", t).expected


def test_a_resource_id_of_two_bindings() -> None:
    assert "has not" in violation("B09", called("T__Order__3", "T__Order__2")).expected
    lost = bend(of(ALIKE), lambda r: replace(r, local=r.local[:1]))
    assert failures(lost) == {"B09"}
    assert verdict("B01", lost) == "blocked by B09"


def test_namesakes_are_numbered_and_not_refused() -> None:
    collides = bend(of(ALIKE), refuse("section 'Resources' already contains 'ChaimRole0f0e'"))
    assert failures(collides) == {"B09"}
    assert verdict("B05", collides) == "blocked by B09"
    assert failures(bend(of(ALIKE), refuse("no room for it"))) == {"B05"}


def test_what_lies_there_is_no_collision() -> None:
    t = bend(twice(app_of()), lambda r: r, 1)

    def counted(record: SynthRecord) -> SynthRecord:
        path = record.local[0].path.replace(".json", "__2.json")
        again = replace(said(resourceId="Shop__Order__2")(record).local[0], path=path)
        return replace(record, local=(*record.local, again))

    t = bend(t, counted, 1)
    assert verdict("B04", t) == "fail"
    assert verdict("B09", t) == "pass"


@pytest.mark.parametrize("token", EVERY.values(), ids=EVERY)
def test_a_name_made_of_a_token(token: str) -> None:
    t = bend(of(app_of()), said(resourceId=f"{token}__Order"))
    assert failures(t) == {"B09"}
    assert verdict("B25", t) == "blocked by B09"


def test_one_table_and_entity_twice_may_share_or_be_refused() -> None:
    app = app_of(bound(id="A"), bound(id="B"))
    t = of(app)
    assert failures(t) == set()
    shared = bend(t, lambda r: replace(r, local=r.local[:1]))
    assert failures(shared) == set()
    refused = bend(t, refuse("Shop has an Order already"))
    assert failures(refused) == set()


@pytest.mark.parametrize("form", ["1.0", "3.0"])
def test_each_entity_of_a_table_has_its_own(form: str) -> None:
    t = synthesized(SynthScenario(apps=(SEVERAL,)), form)
    assert verdict("B10", t) == "pass"
    assert verdict("B10", of(app_of())) == "nothing"


def test_an_entity_without_a_snapshot_bundle_or_publication() -> None:
    t = of(SEVERAL)
    assert failures(bend(t, lambda r: replace(r, local=r.local[:2]))) == {"B10"}
    fewer = bend(t, lambda r: replace(r, publications=r.publications[:2]))
    assert verdict("B10", fewer) == "fail"
    bundles = bend(
        t, lambda r: replace(r, assets=tuple(a for a in r.assets if "Item" not in a.path))
    )
    assert verdict("B10", bundles) == "fail"


def test_a_folder_that_entities_share_is_for_others() -> None:
    def shared(record: SynthRecord) -> SynthRecord:
        last = replace(record.assets[-2], path="Stack/Shop/snapshot.json")
        return replace(record, assets=(last,))

    assert verdict("B10", bend(of(SEVERAL), shared)) == "blocked by B15"


@pytest.mark.parametrize("token", EVERY.values(), ids=EVERY)
def test_no_token_in_an_identity(token: str) -> None:
    app = app_of(account=None)
    assert verdict("B25", of(app)) == "pass"
    t = bend(of(app), said(accountId=token))
    assert failures(t) == {"B25"}


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_looks_like_a_token_is_none(name: str) -> None:
    assert verdict("B25", bend(of(app_of(account=None)), said(accountId=name))) == "pass"


def test_no_token_in_what_identifies_a_nested_snapshot() -> None:
    app = app_of(account=None)
    nested = synthesized(SynthScenario(apps=(app,)), "3.0")
    assert failures(bend(nested, said(identity__entityId="${Token[A.1]}:Order"))) == {"B25"}
    unknown = bend(of(app_of(tables=UNNAMED)), said(dataStore__tableArn="${Token[TOKEN.9]}"))
    assert failures(unknown) == set()


@pytest.mark.parametrize("form", ["1.0", "3.0"])
@pytest.mark.parametrize("tables", [UNNAMED, (Table(name="Shop"),), (Table(scopes=("Data",)),)])
def test_a_stable_key_is_the_tables(form: str, tables: tuple[Table, ...]) -> None:
    here = app_of(tables=tables)
    there = app_of(bound(id="Moved", scopes=("Bindings",)), tables=tables)
    t = synthesized(SynthScenario(apps=(here, there), synths=(Synth(), Synth(app=1))), form)
    assert verdict("B27", t) == "pass"
    key = "dynamodb:path:Stack/Bindings/Moved"
    t = bend(t, said(identity__stableResourceKey=key), 1)
    assert failures(t) == {"B27"}
    assert "not the binding's" in violation("B27", t).hint


def test_a_stable_key_of_another_table() -> None:
    tables = (Table(), Table(id="Other"))
    t = of(app_of(tables=tables))
    other = [n for n in t.records[0].stacks[0].template["Resources"] if n.startswith("Other")]
    wrong = said(identity__stableResourceKey=f"dynamodb:logicalId:{other[0]}")
    assert verdict("B27", bend(t, wrong)) == "fail"


def test_a_stable_key_is_one_key_where_no_path_tells_which_resource_is_the_table() -> None:
    t = of(app_of(tables=UNNAMED), app_of(bound(id="Moved"), tables=UNNAMED))
    for record in t.records:
        for resource in record.stacks[0].template["Resources"].values():
            resource.pop("Metadata", None)
            resource["Type"] = "AWS::DynamoDB::Table"
    assert verdict("B27", t) == "pass"
    ours = [name for name in t.records[1].stacks[0].template["Resources"] if "Moved" in name]
    moved = bend(t, said(identity__stableResourceKey=f"dynamodb:logicalId:{ours[0]}"), 1)
    assert verdict("B27", moved) == "fail"
    assert "as in synth" in violation("B27", moved).expected


def test_a_stable_key_with_a_token_is_told_once() -> None:
    t = bend(of(app_of()), said(identity__stableResourceKey="dynamodb:tableName:${Token[T.1]}"))
    assert failures(t) == {"B27"}
    assert verdict("B25", t) == "blocked by B27"


def test_no_stable_key_is_fine() -> None:
    assert verdict("B27", bend(of(app_of()), said(identity={}))) == "nothing"


def deployed(t: SynthTranscript, *steps: tuple[int, int, RequestType, int]) -> SynthTranscript:
    """The life of publications: after which synth, which of which synth's, what, and how often.

    Each step is (synth, number of the publication in that synth, request, resource).
    """
    bundles, operations, planned = [], [], []
    for synth, number, kind, resource in steps:
        publication = t.records[synth].publications[number]
        snapshot = publication.snapshot
        assert snapshot is not None
        text = json.dumps(snapshot.json)
        bundles.append(Bundle(snapshot=text, app_id="my-app", failure_mode=None))
        operations.append(Operation(request_type=kind, bundle=len(bundles) - 1, resource=resource))
        planned.append(
            Planned(
                synth=synth,
                stack=publication.stack,
                logical_id=publication.logical_id,
                request_type=kind,
            )
        )
    life = transcripts.perfect(
        Scenario(bundles=tuple(bundles), operations=tuple(operations), stack=True)
    )
    return replace(
        t,
        scenario=replace(t.scenario, deploys=True),
        deployment=processed(life),
        planned=tuple(planned),
    )


ADDED = of(app_of(bound("Order", "A")), app_of(bound("Order", "A"), bound("Item", "B")))
RENAMED = of(app_of(bound("Order", "A")), app_of(bound("Purchase", "A")))


def test_active_is_what_is_bound() -> None:
    t = deployed(ADDED, (0, 0, "Create", 0), (1, 1, "Create", 1), (1, 1, "Delete", 1))
    assert verdict("B31", t) == "pass"
    assert verdict("B31", ADDED) == "nothing"


def test_an_entity_that_was_renamed_leaves_the_old_one() -> None:
    t = deployed(RENAMED, (0, 0, "Create", 0), (1, 0, "Update", 0))
    assert failures(t) == {"B31"}
    assert "active too: Shop__Order" in violation("B31", t).seen
    assert "another one" in violation("B31", t).hint


def test_a_construct_that_was_renamed_is_beyond_any_handler() -> None:
    t = of(app_of(bound(id="A")), app_of(bound(id="B")))
    life = deployed(t, (0, 0, "Create", 0), (1, 0, "Create", 1), (0, 0, "Delete", 0))
    last = replace(life.planned[2], synth=1)
    assert verdict("B31", replace(life, planned=(*life.planned[:2], last))) == "pass"


def test_what_cannot_be_deployed_is_for_others() -> None:
    t = deployed(ADDED, (0, 0, "Create", 0), (1, 1, "Create", 1))
    assert verdict("B31", replace(t, undeployable="no handler")) == "blocked by B23"
    assert isinstance(t.deployment, Transcript)
    silent = replace(t.deployment, tolerant_ledger=())
    assert verdict("B31", replace(t, deployment=silent)) == "blocked by B23"


def test_a_table_with_another_index_is_the_same_table() -> None:
    index = Index(name="byA", partition_key=Key(name="a"))
    before: App = app_of(tables=UNNAMED)
    after = app_of(tables=(Table(global_indexes=(index,)),))
    assert verdict("B27", of(before, after)) == "pass"


ODD = [None, 1, "", [], {}, [{}], "\0", "${Token[", {"a": []}]


@pytest.mark.parametrize("field", ["resourceId", "identity", "schema", "dataStore", "stackName"])
def test_odd_snapshots_are_judged_without_a_fall(field: str) -> None:
    for value in ODD:
        t = bend(twice(SEVERAL), said(**{field: value}), 1)
        assert failures(t) is not None
    for content in (b"", b"[]", b"null", b"\xff"):
        t = bend(
            twice(SEVERAL),
            lambda r, c=content: replace(  # type: ignore[misc]
                r, local=tuple(replace(file, content=c) for file in r.local)
            ),
        )
        assert "B26" in failures(t)


def test_what_follows_from_another_resource_id_is_told_once() -> None:
    def renamed(record: SynthRecord) -> SynthRecord:
        (publication,) = record.publications
        return replace(record, publications=(replace(publication, logical_id="Other"),))

    t = bend(bend(twice(app_of()), said(resourceId="Shop__Order__2"), 1), renamed, 1)
    assert verdict("B09", t) == "fail"
    assert verdict("B22", t) == verdict("B15", t) == "blocked by B09"
