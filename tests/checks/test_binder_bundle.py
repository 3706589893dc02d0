"""Bundles: where they lie, whose they are, what they say, and whether they run."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from chaim_conformance.synth_scenario import Synth, Table
from chaim_conformance.synth_transcript import Refusal, SeenFile, SynthTranscript
from chaim_conformance.transcript import Objection
from tests.checks import transcripts
from tests.checks.binder_verdicts import failures, verdict, violation
from tests.checks.synthesized import (
    ORDER,
    USER,
    app,
    bend,
    deployed,
    edit_local,
    edit_publication,
    edit_resource,
    edit_snapshot,
    edited,
    perfect,
)

TWO = app(Table(), documents=(USER, ORDER))
CHANGED = {**USER, "description": "canary000009 changed"}


def moved(t: SynthTranscript, old: str, new: str) -> SynthTranscript:
    """The transcript with assets of its last synth elsewhere."""
    assets = t.records[-1].assets
    return bend(t, assets=tuple(replace(one, path=one.path.replace(old, new, 1)) for one in assets))


# B14


@pytest.mark.parametrize("form", ["1.0", "3.0"])
def test_bundles_of_a_binder_without_fault(form: str) -> None:
    t = perfect(TWO, app(Table(), documents=(CHANGED, ORDER)), form=form)
    assert failures(t) == set()
    assert {verdict(clause, t) for clause in ("B14", "B15", "B16")} == {"pass"}


@pytest.mark.parametrize(
    ("old", "new"), [("Stack/", ""), ("Stack/", "Other/"), ("Table__User/", "User/")]
)
def test_a_bundle_has_its_place(old: str, new: str) -> None:
    assert verdict("B14", moved(perfect(app()), old, new)) == "fail"


def test_a_stack_that_goes_by_another_name_everywhere_is_the_local_paths_affair() -> None:
    t = moved(perfect(app(name="given")), "given/", "Stack/")
    local = t.records[-1].local
    other = tuple(replace(one, path=one.path.replace("/given/", "/Stack/")) for one in local)
    assert verdict("B14", t) == "fail"
    assert verdict("B14", bend(t, local=other)) == "blocked by B01"


def test_a_bundle_below_the_working_directory_is_out_of_place() -> None:
    t = perfect(app(), synths=(Synth(elsewhere=True),))
    stray = "elsewhere/cdk.out/chaim/assets/Stack/Table__User/snapshot.json"
    t = bend(t, assets=(), strays=(stray,))
    assert "B14" in failures(t)
    assert violation("B14", t).hint.startswith("written below the working directory")
    assert verdict("B16", t) == "pass"  # what is deployed says what LOCAL says


def test_a_stacks_name_that_is_wrong_everywhere_is_told_once() -> None:
    t = moved(perfect(app()), "Stack/", "Other/")
    (local,) = t.records[0].local
    t = bend(t, local=(replace(local, path=local.path.replace("/Stack/", "/Other/")),))
    assert failures(t) == {"B01"}
    assert verdict("B14", t) == "blocked by B01"


def test_an_app_that_is_found_from_its_own_directory_alone() -> None:
    t = perfect(app(), synths=(Synth(elsewhere=True),))
    refusal = Refusal(where="binding", type="Error", message="no cdk.json above /elsewhere")
    t = bend(t, outcome="refused", refusal=refusal, local=(), assets=(), publications=())
    assert failures(t) == {"B14"}
    assert verdict("B05", t) == "blocked by B14"


def test_a_bundle_has_a_handler() -> None:
    t = perfect(app())
    t = bend(t, assets=t.records[0].assets[:1])
    assert failures(t) == {"B14"}


def test_a_handler_may_be_in_a_folder_and_have_company() -> None:
    t = perfect(app())
    files = ("lib/index.mjs", "node_modules/x/index.js")
    more = tuple(SeenFile(path=f"Stack/Table__User/{name}", content=b"x") for name in files)
    assert failures(bend(t, assets=(*t.records[0].assets[:1], *more))) == set()


# B15


def test_two_bindings_that_share_a_directory() -> None:
    t = perfect(TWO)
    kept = tuple(one for one in t.records[0].assets if "Order" in one.path)
    t = moved(bend(t, assets=kept), "Table__Order", "Table")
    assert verdict("B15", t) == "fail"
    assert verdict("B16", t) == verdict("B10", t) == "blocked by B15"


def test_a_bundle_that_was_not_written_anew() -> None:
    t = perfect(app(), app(documents=(CHANGED,)))
    t = bend(t, assets=t.records[0].assets)
    assert failures(t) == {"B15"}
    assert verdict("B16", t) == "blocked by B15"


def test_a_bundle_that_was_not_written_anew_and_need_not_be() -> None:
    t = perfect(app(), app())
    assert failures(bend(t, assets=t.records[0].assets)) == set()


def elsewhere(t: SynthTranscript) -> SynthTranscript:
    """As if what publishes were not inside the binding's construct."""
    for name in ("UserBinding", "OrderBinding"):
        if resource := t.records[-1].stacks[0].template["Resources"].get(name):
            t = edit_resource(t, name, {**resource, "Metadata": {}})
    return t


def test_a_publication_that_bundles_another_bindings_snapshot() -> None:
    t = perfect(TWO)
    user, order = t.records[0].publications
    t = bend(t, publications=(replace(user, files=order.files), order))
    for one in (t, elsewhere(t)):
        assert failures(one) == {"B15"}
        assert "UserBinding" in violation("B15", one).expected
        assert verdict("B17", one) == "blocked by B15"
        assert verdict("B31", deployed(one)).startswith("blocked by")
    assert failures(elsewhere(perfect(TWO))) == set()


@pytest.mark.parametrize(("process", "found"), [(1, {"B15"}), (0, set())])
def test_a_publication_that_bundles_what_was(process: int, found: set[str]) -> None:
    # Within one process CDK itself does not look again at a folder that it has seen.
    apps = app(), app(documents=(CHANGED,))
    t = perfect(*apps, synths=(Synth(), Synth(app=1, process=process)))
    old = t.records[0].publications[0].files
    assert failures(edit_publication(t, files=old)) == found
    assert failures(elsewhere(edit_publication(t, files=old))) == found


# B16


@pytest.mark.parametrize("form", ["1.0", "3.0"])
def test_what_two_copies_may_differ_in(form: str) -> None:
    t = perfect(app(), form=form)
    passing = {"capturedAt": "2026-01-15T14:31:00Z", "_source": "local"}
    if form == "3.0":
        passing |= {"hashes": {"content": "x"}, "operation": {"id": None}}
    assert failures(edit_local(t, lambda d: {**d, **passing})) == set()
    assert failures(edit_local(t, lambda d: {"x": 1, **d})) == {"B16"}


@pytest.mark.parametrize(
    "change", [{"accountId": 123456789012}, {"resourceName": None}, {"schema": None}]
)
def test_a_bundle_that_says_something_else(change: dict[str, Any]) -> None:
    t = perfect(app())
    first, *others = t.records[0].assets
    t = bend(t, assets=(edited(first, lambda d: {**d, **change}), *others))
    assert failures(t) == {"B16"}
    assert next(iter(change)) in violation("B16", t).seen


def test_who_is_no_cdk_has_bundles_too() -> None:
    t = replace(bend(perfect(TWO), assets=(), stacks=(), tables=()), capabilities=("core",))
    assert verdict("B16", t) == "pass"
    assert verdict("B16", bend(t, publications=())) == "blocked by B23"
    assert verdict("B23", bend(t, publications=())) == "fail"


# B23


def life(t: SynthTranscript, position: int, change: transcripts.Bend) -> SynthTranscript:
    assert t.deployment is not None
    return replace(t, deployment=transcripts.bend(t.deployment, position, change))


def test_bundles_that_run() -> None:
    t = deployed(perfect(TWO))
    assert failures(t) == set()
    assert verdict("B23", t) == "pass"
    assert verdict("B23", perfect(TWO)) == "nothing"


@pytest.mark.parametrize("position", [0, 3])
@pytest.mark.parametrize("status", ["SUCCESS", "FAILED"])
def test_a_bundle_that_publishes_nothing_does_not_run(status: str, position: int) -> None:
    t = life(deployed(perfect(TWO)), position, lambda r: transcripts.failing(r, status=status))
    assert verdict("B23", t) == "fail"
    kind = "Create of UserBinding" if position == 0 else "Delete of OrderBinding"
    assert violation("B23", t).expected.startswith(kind)


@pytest.mark.parametrize(
    "change",
    [{"action": "DELETE"}, {"resourceId": "Table__Other"}],
    ids=lambda change: next(iter(change)),
)
def test_a_bundle_that_publishes_something_else_does_not_run(change: dict[str, Any]) -> None:
    t = life(deployed(perfect(app())), 0, lambda r: transcripts.edit(r, **change))
    assert verdict("B23", t) == "fail"


def test_how_it_publishes_is_the_handlers_affair() -> None:
    t = life(deployed(perfect(app())), 0, lambda r: transcripts.resend(r, eventId=None))
    assert verdict("B23", t) == "pass"


def test_a_key_that_the_service_does_not_know_publishes_nothing() -> None:
    refused = Objection(status=401, code="UNAUTHORIZED", message="x-chaim-key is unknown")

    def with_another_key(record: Any) -> Any:
        presign, upload = record.exchanges
        return replace(record, exchanges=(replace(presign, objections=(refused,)), upload))

    t = life(deployed(perfect(app())), 0, with_another_key)
    assert violation("B23", t).seen.endswith("401 x-chaim-key is unknown")


@pytest.mark.parametrize("wrong", [{"appId": None}, {"appId": "other"}, {"action": "CREATE"}])
def test_a_snapshot_that_misleads_the_handler_is_another_clauses_fault(
    wrong: dict[str, Any],
) -> None:
    t = edit_snapshot(perfect(app()), lambda one: {**one, **wrong})
    t = life(deployed(t), 0, lambda r: transcripts.failing(r, status="SUCCESS"))
    assert verdict("B05", t) == "fail"
    assert verdict("B23", t) == "blocked by B05"
    right = perfect(app()).records[0].local
    assert verdict("B23", bend(t, local=right)) == "blocked by B16"


def test_what_cannot_be_deployed_does_not_run() -> None:
    t = deployed(perfect(app()))
    t = replace(t, deployment=None, planned=(), undeployable="SECRET_NAME: only AWS knows it")
    assert verdict("B23", t) == "fail"
    assert violation("B23", t).seen == "SECRET_NAME: only AWS knows it"


def test_without_a_handler_nothing_runs_and_it_is_told_once() -> None:
    t = deployed(perfect(app()))
    snapshots = tuple(one for one in t.records[0].assets if one.name == "snapshot.json")
    t = replace(bend(t, assets=snapshots), undeployable="there is no handler in the bundle")
    assert verdict("B14", t) == "fail"
    assert verdict("B23", t) == "blocked by B14"


def test_where_nothing_is_bundled_nothing_runs() -> None:
    t = replace(deployed(perfect(app())), deployment=None, planned=())
    assert verdict("B23", bend(t, publications=())) == "blocked by B17"
    assert verdict("B23", bend(t, publications=(), assets=())) == "blocked by B14"


def test_a_bundle_in_the_packages_own_folder_is_explained() -> None:
    stray = "project/node_modules/it/cdk.out/chaim/assets/Stack/Table__User/snapshot.json"
    hint = violation("B14", bend(perfect(app()), assets=(), strays=(stray,))).hint
    assert "cdk.json" in hint
    assert "`files`" in hint


def test_a_bundle_is_looked_for_where_its_resource_id_says() -> None:
    def older(one: SeenFile) -> SeenFile:
        content = one.content.replace(b"Table__User", b"Table__User__2")
        return replace(one, path=one.path.replace("__User", "__User__2"), content=content)

    t = perfect(TWO, app())
    first, second = t.records
    old = tuple(map(older, first.assets))
    published = tuple(replace(p, files=tuple(map(older, p.files))) for p in first.publications)
    local = tuple(map(older, first.local))
    first = replace(first, assets=old, local=local, publications=published)
    second = replace(second, assets=(*old, *second.assets))
    assert verdict("B15", replace(t, records=(first, second))) == "pass"
