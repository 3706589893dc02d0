"""Stories of synths tell what was synthesized, what changed, what surrounded it, how it ended."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from chaim_conformance import contract
from chaim_conformance.examples import example
from chaim_conformance.report.short_synth_story import short_synth_story
from chaim_conformance.report.synth_story import synth_story
from chaim_conformance.report.violation import violation_text
from chaim_conformance.scenario import Operation, Scenario
from chaim_conformance.strategies.stories import about
from chaim_conformance.synth_scenario import (
    App,
    Binding,
    Config,
    Index,
    Key,
    Schema,
    Synth,
    SynthCredentials,
    SynthScenario,
    SynthStack,
    Table,
)
from chaim_conformance.synth_transcript import (
    Publication,
    Refusal,
    SeenFile,
    SynthRecord,
    SynthTranscript,
)
from chaim_conformance.transcript import Credentials
from chaim_conformance.verdict import Verdict, Violation
from tests.checks.transcripts import perfect


def bound(entity: str, **more: Any) -> Binding:
    """A binding of a small valid schema."""
    text = json.dumps(
        {
            "schemaVersion": 1.0,
            "entityName": entity,
            "description": "text",
            "primaryKey": {"partitionKey": "pk"},
            "fields": [{"name": "pk", "type": "string"}],
        }
    )
    schema = Schema(file=f"schemas/{entity}.bprint", text=text)
    return Binding(**{"id": f"{entity}Binding", "schema": schema, **more})


def app(*bindings: Binding, **more: Any) -> App:
    """An app of one stack with one table."""
    return App(stacks=(SynthStack(tables=(Table(),), bindings=bindings),), **more)


def seen(*apps: App, synths: tuple[Synth, ...] | None = None) -> SynthTranscript:
    """Each app, synthesized once and without trouble."""
    synths = synths or tuple(Synth(app=number) for number in range(len(apps)))
    return SynthTranscript(
        scenario=SynthScenario(apps=apps, synths=synths),
        capabilities=("core", "aws-cdk"),
        records=tuple(
            SynthRecord(number=number, synth=synth, outcome="synthesized")
            for number, synth in enumerate(synths)
        ),
        secret=Credentials(api_key="key", api_secret="secret"),
    )


def bent(t: SynthTranscript, number: int, **changes: Any) -> SynthTranscript:
    """The transcript with one record changed."""
    records = list(t.records)
    records[number] = replace(records[number], **changes)
    return replace(t, records=tuple(records))


ORDER, CUSTOMER = bound("Order"), bound("Customer")


def test_an_app_is_told_with_its_tables_bindings_and_config() -> None:
    table = Table(
        id="Orders",
        construct="TableV2",
        name="orders",
        sort_key=Key(name="at", type="N"),
        global_indexes=(
            Index(
                name="byDay",
                partition_key=Key(name="day"),
                projection="INCLUDE",
                non_key_attributes=("a", "b c"),
                late=True,
            ),
        ),
        local_indexes=(Index(name="bySize", sort_key=Key(name="size", type="N")),),
        ttl_attribute="expires",
        stream="NEW_IMAGE",
        encryption="managed",
    )
    stack = SynthStack(name="shop", stage="Prod", account=None, tables=(table,), bindings=(ORDER,))
    whole = App(stacks=(stack,), context=(("chaimApiBaseUrl", "https://x.example"),))
    t = seen(whole)
    files = (SeenFile(path="a/snapshot.json", content=b"{}"),)
    published = Publication(
        stack="shop", logical_id="A", properties={}, environment={}, files=files
    )
    t = bent(t, 0, local=files, assets=files, publications=(published,), strays=("x",))
    assert list(synth_story(t)) == [
        "stack   Stack named shop in Stage Prod, unknown account, us-east-1",
        "  table   TableV2 Orders named orders: key pk S + at N, "
        'GSI byDay (day S, INCLUDE a "b c", added after the binding), '
        "LSI bySize (size N, ALL), TTL expires, stream NEW_IMAGE, encryption managed",
        "  binding OrderBinding: Order of schemas/Order.bprint on Orders",
        "config  appId my-app, secret chaim/api-credentials, no failure mode",
        "context chaimApiBaseUrl=https://x.example",
        " 1. synth  ->  synthesized: 1 LOCAL snapshot, 1 bundle, 1 publication, 1 stray file",
    ]


def test_what_is_alike_in_the_next_app_is_not_told_again() -> None:
    t = seen(app(ORDER, CUSTOMER), app(ORDER))
    assert list(synth_story(t, t.records[1]))[-2:] == [
        "- binding CustomerBinding: Customer of schemas/Customer.bprint on Table",
        " 2. synth  ->  synthesized: 0 LOCAL snapshots, 0 bundles, 0 publications   <-- here",
    ]


def test_two_configs_are_told_apart_and_keys_are_not_told() -> None:
    keys = SynthCredentials(kind="keys", api_key="chaimkey-1", api_secret="chaimsecret-1")
    second = Config(app_id="caf\u00e9 app", credentials=keys, failure_mode="STRICT")
    lines = list(synth_story(seen(app(ORDER, bound("Item", config=1), configs=(Config(), second)))))
    assert "  binding ItemBinding: Item of schemas/Item.bprint on Table, config 2" in lines
    assert 'config 2  appId "caf\u00e9 app", an API key and its secret, STRICT' in lines


def test_what_is_wrong_with_a_schema_is_told() -> None:
    def of(text: str | None) -> str:
        schema = Schema(file="a.bprint", text=text)
        return list(synth_story(seen(app(Binding(id="A", schema=schema)))))[2].strip()

    assert of(None) == "binding A: a.bprint (there is no such file) on Table"
    assert of("{") == "binding A: a.bprint (no JSON) on Table"
    assert of("[]") == (
        "binding A: a.bprint (invalid: the document is a list, expected an object) on Table"
    )


def test_what_surrounded_a_synth_is_told() -> None:
    synths = (
        Synth(),
        Synth(process=1, elsewhere=True, default_base=True, base_url="https://x.example"),
    )
    t = seen(app(ORDER), synths=synths)
    assert list(synth_story(t))[-1].startswith(
        " 2. synth, in process 2, from another working directory, CHAIM_SNAPSHOT_DIR unset, "
        "CHAIM_API_BASE_URL=https://x.example  ->  synthesized"
    )
    assert short_synth_story(t) == (
        "synth Order ✓ → synth in another process, from another working directory, "
        "CHAIM_SNAPSHOT_DIR unset, CHAIM_API_BASE_URL=https://x.example ✓"
    )


def test_what_the_provider_said_stands_below_the_guilty_synth() -> None:
    refusal = Refusal(where="binding", binding="OrderBinding", type="Error", message="no\nway")
    t = bent(seen(app(ORDER)), 0, outcome="refused", refusal=refusal)
    assert list(synth_story(t, t.records[0]))[-3:] == [
        " 1. synth  ->  refused at binding OrderBinding: Error   <-- here",
        "      no",
        "      way",
    ]
    assert list(synth_story(t))[-1] == " 1. synth  ->  refused at binding OrderBinding: Error"


def test_an_endless_error_is_cut() -> None:
    refusal = Refusal(where="synth", type="Error", message="\n".join(map(str, range(100))))
    t = bent(seen(app(ORDER)), 0, outcome="refused", refusal=refusal)
    told = list(synth_story(t, t.records[0]))
    assert told[-1] == "      (and 92 more lines)"


def test_a_story_in_a_line_tells_what_changed_and_ends_with_the_guilty_synth() -> None:
    synths = (Synth(), Synth(app=1), Synth(app=1))
    t = seen(app(ORDER, CUSTOMER), app(ORDER), synths=synths)
    assert short_synth_story(t) == "synth Order, Customer ✓ → Customer removed → synth ✓ → synth ✓"
    guilty = "synth Order, Customer ✓ → Customer removed → synth"
    assert short_synth_story(t, t.records[1]) == guilty
    assert short_synth_story(bent(t, 0, outcome="refused")).startswith(
        "synth Order, Customer refused →"
    )


def test_each_kind_of_change_has_its_words() -> None:
    def change(before: App, after: App) -> str:
        return short_synth_story(seen(before, after)).split(" → ")[1]

    one = app(ORDER)
    assert change(one, app(ORDER, CUSTOMER)) == "Customer added"
    assert change(one, app(replace(CUSTOMER, id="OrderBinding"))) == "Order becomes Customer"
    assert change(one, app(replace(ORDER, scopes=("Shop",)))) == "Order moved"
    other = replace(ORDER, schema=replace(ORDER.schema, text=f"{ORDER.schema.text} "))
    assert change(one, app(other)) == "Order changed"
    assert change(one, app(ORDER, configs=(Config(app_id="b"),))) == "config changed"
    assert change(one, app(ORDER, context=(("a", "b"),))) == "context changed"
    stack = replace(one.stacks[0], tables=(Table(ttl_attribute="at"),))
    assert change(one, replace(one, stacks=(stack,))) == "table Table changed"
    assert change(one, replace(one, stacks=(replace(stack, region="x", tables=(Table(),)),))) == (
        "the app changed"
    )
    many = app(*(bound(f"E{number}") for number in range(6)))
    assert change(many, app()) == "E0 removed, E1 removed, E2 removed, E3 removed and 2 more"


def text_of(t: SynthTranscript, violation: Violation) -> str:
    clause = contract.clause("B04")
    verdict = Verdict(clause="B04", status="fail", violation=violation, transcript=t)
    return violation_text(clause, verdict, replay="replay it")


def test_a_violation_tells_the_story_and_the_log_of_its_synth() -> None:
    t = bent(seen(app(ORDER), app()), 1, stdout="said\n")
    text = text_of(t, Violation(expected="this", seen="that", where=t.records[1]))
    assert "  Story     synth Order ✓ → Order removed → synth\n" in text
    assert "  What was synthesized\n    stack   Stack, 123456789012, us-east-1\n" in text
    assert "<-- here\n\n  Log of that synth\n    said\n\n  Replay    replay it" in text


def test_a_violation_of_a_deployment_tells_its_story_too() -> None:
    life = Scenario(
        bundles=(about(example("1.0", "STRICT"), "Order", 0),),
        operations=(Operation(request_type="Create"), Operation(request_type="Delete")),
    )
    deployment = perfect(life)
    t = replace(seen(app(ORDER)), deployment=deployment)
    text = text_of(t, Violation(expected="x", seen="y", where=deployment.attempts[1]))
    assert "  In        operation 2 (Delete" in text
    assert "  What was deployed\n    deploy  snapshot.json" in text
    assert "   <-- here" in text
    t = replace(seen(app(ORDER)), undeployable="there is no handler")
    assert "  Deployed  not: there is no handler" in text_of(t, Violation(expected="x", seen="y"))
