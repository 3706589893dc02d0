"""B19 to B22 on hand-made transcripts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chaim_conformance.synth_scenario import (
    App,
    Config,
    Index,
    Key,
    Synth,
    SynthCredentials,
    SynthScenario,
    Table,
)
from chaim_conformance.synth_transcript import SeenFile, SynthRecord
from tests.checks.binder_verdicts import failures, verdict, violation
from tests.checks.synths import app_of, bend, bound, bprint, crash, of, refuse, said

FINE = app_of()
FIELD = {"name": "pk", "type": "string"}
INVALID = {
    "no-name": bprint(entityName=""),
    "other-key": bprint(extra=1),
    "type": bprint(fields=[FIELD, {"name": "amount", "type": "integer"}]),
    "range": bprint(
        fields=[FIELD, {"name": "n", "type": "number", "constraints": {"min": 5, "max": 1}}]
    ),
    "twice": bprint(fields=[FIELD, FIELD]),
    "no object": "[]",
}


def invalid(text: str) -> App:
    return app_of(bound(text=text))


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("no-name", "schemas/order.bprint: entityName must not be empty"),
        ("no-name", "/app/schemas/order.bprint: data/entityName must NOT have fewer than 1"),
        ("other-key", "order.bprint: must NOT have additional properties"),
        ("other-key", "order.bprint: unknown key 'extra'"),
        ("type", "order.bprint: field 'amount' has the unsupported type integer"),
        ("type", "in order.bprint: $.fields[1].type is wrong"),
        ("range", "order.bprint: n: min is more than max"),
        ("twice", "order.bprint: duplicate pk"),
        ("twice", "order.bprint: names have to be unique"),
        ("no object", "order.bprint should hold a JSON object"),
        ("no object", "order.bprint: kein Objekt"),
        ("type", "order.bprint: fields[1].type ist falsch"),
    ],
)
def test_an_invalid_schema_is_refused(kind: str, message: str) -> None:
    t = bend(of(invalid(INVALID[kind])), refuse(message))
    assert verdict("B19", t) == "pass"
    assert failures(t) == set()
    for clause in ("B01", "B04", "B09", "B20", "B22"):
        assert verdict(clause, t) == "nothing"


@pytest.mark.parametrize(
    ("message", "hint"),
    [
        ("order.bprint: invalid schema", "what is wrong"),
        ("Schema validation failed for schemas/order.bprint with 1 error", "what is wrong"),
        ("entityName must not be empty", "not named"),
        ("", "not named"),
    ],
)
def test_an_invalid_schema_is_refused_without_saying_why(message: str, hint: str) -> None:
    t = bend(of(invalid(INVALID["no-name"])), refuse(message))
    assert failures(t) == {"B19"}
    assert hint in violation("B19", t).hint


@pytest.mark.parametrize("kind", INVALID)
def test_an_invalid_schema_is_accepted(kind: str) -> None:
    t = of(FINE)
    wrong = replace(t, scenario=SynthScenario(apps=(invalid(INVALID[kind]),)))
    assert failures(wrong) == {"B19"}
    assert verdict("B01", wrong) == "blocked by B19"


def test_a_crash_is_no_refusal() -> None:
    t = bend(of(invalid(INVALID["range"])), crash)
    assert failures(t) == {"B19"}
    assert "no refusal" in violation("B19", t).hint


def test_a_valid_schema_is_refused() -> None:
    t = bend(of(FINE), refuse("order.bprint: description is too short"))
    assert failures(t) == {"B19"}


REASON = refuse("order.bprint: min is more than max")
THEN_INVALID = bend(of(FINE, invalid(INVALID["range"])), REASON, 1)


def test_an_earlier_snapshot_stays() -> None:
    assert verdict("B19", THEN_INVALID) == "pass"
    gone = bend(THEN_INVALID, lambda r: replace(r, local=()), 1)
    assert "gone: aws/" in violation("B19", gone).seen
    newer = bend(THEN_INVALID, said(capturedAt="2030-01-01T00:00:00Z"), 1)
    assert "written: aws/" in violation("B19", newer).seen


def test_half_a_bundle_is_written() -> None:
    half = SeenFile(path="Stack/Shop__Order/index.js", content=b"//")
    t = bend(of(invalid(INVALID["range"])), REASON)
    t = bend(t, lambda r: replace(r, assets=(half,)))
    assert failures(t) == {"B19"}


def test_what_is_sound_beside_may_be_written() -> None:
    app = app_of(bound("Item", "A"), bound(id="B", text=INVALID["range"]))
    t = bend(of(app), REASON)
    sound = of(app_of(bound("Item", "A"))).records[0]
    written = bend(t, lambda r: replace(r, local=sound.local, assets=sound.assets))
    assert verdict("B19", written) == "pass"


@pytest.mark.parametrize(
    ("app", "message", "expected"),
    [
        (invalid("{"), "order.bprint: Unexpected end of JSON input", "pass"),
        (invalid("{"), "order.bprint: Expecting property name: line 1 column 2", "pass"),
        (invalid("{"), "order.bprint is wrong", "fail"),
        (invalid('{"a": NaN}'), "order.bprint: Unexpected token N", "pass"),
        (app_of(bound(file="a/order.json")), "order.json: expected a .bprint file", "pass"),
        (app_of(bound(file="a/order.json")), "order.json: falsche Endung", "pass"),
        (app_of(bound(file="a/order.json")), "order.json: no", "fail"),
        (app_of(bound(file="a/order.json")), "wrong extension", "fail"),
    ],
)
def test_a_file_that_cannot_be_read(app: App, message: str, expected: str) -> None:
    t = bend(of(app), refuse(message))
    assert verdict("B20", t) == expected
    assert failures(t) == ({"B20"} if expected == "fail" else set())


def test_a_file_that_is_not_there() -> None:
    binding = replace(bound(), schema=replace(bound().schema, text=None))
    t = of(app_of(binding))
    assert verdict("B20", t) == "pass"
    enoent = "ENOENT: no such file or directory, open '/app/schemas/order.bprint'"
    for words in (enoent, "order.bprint: Datei nicht gefunden", "order.bprint introuvable"):
        assert verdict("B20", bend(t, refuse(words))) == "pass"
    assert failures(bend(t, crash)) == {"B20"}


BAD = {
    "blank": Config(app_id=" "),
    "none": Config(credentials=SynthCredentials(kind="none")),
    "no key": Config(credentials=SynthCredentials(kind="keys", api_key="")),
    "no secret": Config(credentials=SynthCredentials(secret="")),
    "arn": Config(credentials=SynthCredentials(secret="arn:aws:s3:::bucket")),
}


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_configuration_is_an_error(kind: str) -> None:
    t = of(app_of(configs=(BAD[kind],)))
    assert verdict("B21", t) == "pass"
    assert failures(t) == set()
    accepted = replace(of(FINE), scenario=t.scenario)
    assert failures(accepted) == {"B21"}
    assert failures(bend(t, crash)) == {"B21"}


@pytest.mark.parametrize(
    "secret",
    [
        "arn:aws:secretsmanager:us-east-1:123456789012:secret:chaim/api-AbCdEf",
        "arn:aws-cn:secretsmanager:cn-north-1:123456789012:secret:chaim",
        "two words",
    ],
)
def test_a_reference_that_is_no_error(secret: str) -> None:
    config = Config(credentials=SynthCredentials(secret=secret))
    assert verdict("B21", of(app_of(configs=(config,)))) == "nothing"


SAME = of(FINE, synths=(Synth(), Synth(process=1), Synth(process=2, elsewhere=True)))
OTHER_SCHEMA = of(FINE, app_of(bound(text=bprint(description="new"))))
INDEXED = (Table(name="Shop", ttl_attribute="until"),)
OTHER_TABLE = of(FINE, app_of(tables=INDEXED))


def properties(**given: object) -> object:
    def change(record: SynthRecord) -> SynthRecord:
        return replace(
            record,
            publications=tuple(
                replace(p, properties={**p.properties, **given}) for p in record.publications
            ),
        )

    return change


@pytest.mark.parametrize("t", [SAME, OTHER_SCHEMA])
def test_properties_change_with_what_is_bound(t: object) -> None:
    assert verdict("B22", t) == "pass"  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given", "hint"),
    [
        ("${Token[TOKEN.7]}", "token of this process"),
        ("2027-01-15T08:00:02Z", "time of the synth"),
        ("0123456789abcdef" * 4, "asset's hash"),
        ("third", ""),
    ],
)
def test_properties_change_without_reason(given: str, hint: str) -> None:
    first = bend(SAME, properties(ContentHash="fedcba9876543210" * 4))  # type: ignore[arg-type]
    if "T08" in given:
        first = bend(SAME, properties(ContentHash="2027-01-15T08:00:00Z"))  # type: ignore[arg-type]
    first = replace(first, records=(first.records[0], SAME.records[2]))
    t = bend(first, properties(ContentHash=given), 1)  # type: ignore[arg-type]
    assert failures(t) == {"B22"}
    assert hint in violation("B22", t).hint


def test_a_logical_id_changes_without_reason() -> None:
    def renamed(record: SynthRecord) -> SynthRecord:
        return replace(record, publications=(replace(record.publications[0], logical_id="Other"),))

    assert failures(bend(SAME, renamed, 1)) == {"B22"}


def test_a_change_that_nobody_hears_of() -> None:
    for t in (OTHER_SCHEMA, OTHER_TABLE):
        assert failures(bend(t, properties(ContentHash="x"))) == set()  # type: ignore[arg-type]
        both = bend(bend(t, properties(ContentHash="x")), properties(ContentHash="x"), 1)  # type: ignore[arg-type]
        assert failures(both) == {"B22"}
        assert "the schema" in violation("B22", both).expected or t is OTHER_TABLE


def test_what_a_snapshot_does_not_tell_is_no_change() -> None:
    late = Index(name="late", partition_key=Key(name="a"), late=True)
    quiet = Table(name="Shop", tags=(("a", "b"),), point_in_time_recovery=True)
    for app in (
        app_of(tables=(Table(name="Shop", global_indexes=(late,)),)),
        app_of(tables=(quiet,)),
        app_of(bound(text=bprint(fields=[{**FIELD, "required": True}]).replace(":", " : "))),
    ):
        assert verdict("B22", of(FINE, app)) == "nothing"
