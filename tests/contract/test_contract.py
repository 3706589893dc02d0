"""The contract's own consistency: entries, schemas, and what the kit says it checks."""

from __future__ import annotations

import json
import re

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate as validate_openapi
from openapi_spec_validator.readers import read_from_filename

from chaim_conformance import contract
from chaim_conformance.binder_suite import BINDER_SUITE
from chaim_conformance.checks import CHECKS
from chaim_conformance.checks.binder import BINDER_CHECKS
from chaim_conformance.counting import is_newer
from chaim_conformance.errors import UsageError
from chaim_conformance.suite import SUITE

SCHEMAS = sorted(
    path.name.removesuffix(".schema.json")
    for path in (contract.contract_directory() / "schemas").iterdir()
)


def test_clauses_are_as_their_schema_says() -> None:
    path = contract.contract_directory() / "clauses.json"
    contract.validator("clauses").validate(json.loads(path.read_text(encoding="utf-8")))


def test_ids_and_slugs_are_unique() -> None:
    for names in ([c.id for c in contract.clauses()], [c.slug for c in contract.clauses()]):
        assert len(names) == len(set(names))


@pytest.mark.parametrize("clause", contract.clauses(), ids=lambda clause: clause.name)
def test_clauses_say_their_level_and_are_none_of_the_future(clause: contract.Clause) -> None:
    assert clause.id[0] == "P" or clause.level in clause.text
    assert not is_newer(clause, contract.contract_version())
    assert 1 <= len(re.findall(r"[.?!](?= |$)", clause.advice)) <= 4
    assert clause.advice.endswith(".")
    for file in clause.files:
        assert (contract.contract_directory() / file).is_file()


def test_what_is_said_to_be_checked_is_checked() -> None:
    said = {c.id for c in contract.clauses() if c.check == "yes" and c.id[0] != "P"}
    assert said == {*CHECKS, *BINDER_CHECKS} == {*SUITE, *BINDER_SUITE}


def test_readings_exist() -> None:
    for number in {reading for clause in contract.clauses() for reading in clause.readings}:
        assert contract.reading(number).title
        assert "\n#" not in contract.reading(number).text


def test_a_reading_is_read_as_it_stands() -> None:
    reading = contract.reading(7)
    assert reading.title == "The default failure mode"
    assert reading.text.startswith("BEST_EFFORT: when `FAILURE_MODE` is unset")


def test_every_clause_that_is_checked_has_a_sample_violation() -> None:
    assert set(contract.samples()) == {*CHECKS, *BINDER_CHECKS}
    ids = {clause.id for clause in contract.clauses()}
    for sample in contract.samples().values():
        assert sample.fault
        assert sample.expected
        assert sample.seen
        assert sample.story
        assert sample.clause not in sample.blocks
        assert ids.issuperset(sample.blocks)


@pytest.mark.parametrize("name", SCHEMAS)
def test_schemas_are_valid(name: str) -> None:
    Draft202012Validator.check_schema(contract.schema(name))
    assert contract.schema(name)["$id"] == f"{contract.BASE}{name}.schema.json"
    list(contract.validator(name).iter_errors({}))  # every reference resolves, offline


def test_openapi_is_valid() -> None:
    path = contract.contract_directory() / "openapi.yaml"
    document, url = read_from_filename(str(path))
    validate_openapi(document, base_uri=url)


PRESIGN = {
    "appId": "a",
    "eventId": "9f8b2c1e-5d4a-4e3b-8a7c-0123456789ab",
    "contentHash": "sha256:" + "0" * 64,
    "timestamp": "2026-01-15T14:30:00Z",
    "nonce": "9F8B2C1E-5D4A-4E3B-8A7C-0123456789AB",
}


@pytest.mark.parametrize(
    ("changes", "valid"),
    [
        ({}, True),
        ({"resourceId": "further small fields are fine"}, True),
        ({"timestamp": "2026-01-15T14:30:00.123456789+02:00"}, True),
        ({"timestamp": "2026-01-15T14:30:00"}, False),
        ({"nonce": "9f8b2c1e-5d4a-1e3b-8a7c-0123456789ab"}, False),
        ({"contentHash": "0" * 64}, False),
        ({"appId": ""}, False),
    ],
)
def test_presign_request(changes: dict[str, str], valid: bool) -> None:
    assert contract.validator("presign-request").is_valid({**PRESIGN, **changes}) is valid


def test_legacy_snapshots_may_lack_the_action_alone() -> None:
    path = contract.contract_directory() / "vectors" / "delete-transformation.json"
    flat = json.loads(path.read_text(encoding="utf-8"))["vectors"][0]["bundled"]
    validator = contract.validator("snapshot-1.0")
    for key in ("appId", "resourceId", "schema", "dataStore", "capturedAt", "stackName"):
        assert not validator.is_valid({k: v for k, v in flat.items() if k != key})
    assert validator.is_valid({k: v for k, v in flat.items() if k != "action"})
    assert not validator.is_valid({**flat, "action": "DELETE"})


def test_a_clause_is_found_by_any_of_its_names() -> None:
    assert {contract.clause(n).id for n in ("H10", "h10", "content-hash", "H10-content-hash")} == {
        "H10"
    }


def test_an_unknown_clause_shows_the_nearest() -> None:
    with pytest.raises(UsageError, match=r"unknown clause 'content-hsh'; did you mean .*H10"):
        contract.clause("content-hsh")


def test_a_family_names_its_clauses() -> None:
    assert [c.id for c in contract.clauses_named("Failure-Modes")] == [
        c.id for c in contract.clauses() if c.family == "failure_modes"
    ]
    assert [c.id for c in contract.clauses_named("h10")] == ["H10"]
    with pytest.raises(UsageError, match=r"did you mean hashing?"):
        contract.clauses_named("hashin")


def test_the_beginning_of_an_id_shows_what_there_is() -> None:
    with pytest.raises(UsageError, match=r"did you mean H10-content-hash, H11.*, H12"):
        contract.clause("h1")
