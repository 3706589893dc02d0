"""What is read of Terraform's plans and states, and what a plan does not know yet."""

from __future__ import annotations

from typing import Any

import pytest

from chaim_conformance.synth_scenario import Index, Key, Table
from chaim_conformance.table_sources.document import Malformed
from chaim_conformance.table_sources.terraform import is_plan_or_state, read_plan

VALUES: dict[str, Any] = {
    "name": "orders",
    "hash_key": "id",
    "range_key": None,
    "billing_mode": "PAY_PER_REQUEST",
    "attribute": [{"name": "id", "type": "S"}],
    "global_secondary_index": [],
    "local_secondary_index": [],
    "stream_enabled": None,
    "ttl": [],
    "tags": None,
}
ADDRESS = "aws_dynamodb_table.orders"


def resource(address: str = ADDRESS, /, **values: Any) -> dict[str, Any]:
    return {
        "address": address,
        "mode": "managed",
        "type": "aws_dynamodb_table",
        "name": "orders",
        "values": {**VALUES, **values},
    }


def plan(*resources: dict[str, Any], **more: Any) -> dict[str, Any]:
    module = {"resources": list(resources)}
    return {"format_version": "1.2", "planned_values": {"root_module": module}, **more}


def unknown(address: str = ADDRESS, /, **marks: Any) -> dict[str, Any]:
    return {"resource_changes": [{"address": address, "change": {"after_unknown": marks}}]}


def configured(*names: str) -> dict[str, Any]:
    one = {"address": ADDRESS, "expressions": {name: {} for name in names}}
    return {"configuration": {"root_module": {"resources": [one]}}}


def test_everything_that_a_table_has() -> None:
    document = plan(
        resource(
            range_key="day",
            attribute=[{"name": n, "type": t} for n, t in (("id", "S"), ("day", "N"), ("o", "B"))],
            billing_mode="PROVISIONED",
            global_secondary_index=[
                {
                    "name": "by-owner",
                    "hash_key": "o",
                    "range_key": "",
                    "projection_type": "INCLUDE",
                    "non_key_attributes": ["b", "a"],
                    "read_capacity": 5,
                },
                {
                    "name": "by-schema",
                    "hash_key": None,
                    "key_schema": [
                        {"attribute_name": "o", "key_type": "HASH"},
                        {"attribute_name": "day", "key_type": "RANGE"},
                    ],
                    "projection_type": "ALL",
                },
            ],
            local_secondary_index=[
                {"name": "local", "range_key": "o", "projection_type": "KEYS_ONLY"}
            ],
            stream_enabled=True,
            stream_view_type="KEYS_ONLY",
            ttl=[{"attribute_name": "expires", "enabled": True}],
            server_side_encryption=[{"enabled": True, "kms_key_arn": "arn:aws:kms:a:1:key/1"}],
            point_in_time_recovery=[{"enabled": True}],
            deletion_protection_enabled=True,
            table_class="STANDARD_INFREQUENT_ACCESS",
            tags={"team": "payments"},
        )
    )
    (read,) = read_plan(document).tables
    assert read.whole
    day, owner = Key(name="day", type="N"), Key(name="o", type="B")
    assert read.table == Table(
        id="orders",
        name="orders",
        partition_key=Key(name="id"),
        sort_key=day,
        global_indexes=(
            Index(
                name="by-owner",
                partition_key=owner,
                projection="INCLUDE",
                non_key_attributes=("b", "a"),
            ),
            Index(name="by-schema", partition_key=owner, sort_key=day),
        ),
        local_indexes=(Index(name="local", sort_key=owner, projection="KEYS_ONLY"),),
        ttl_attribute="expires",
        stream="KEYS_ONLY",
        billing="PROVISIONED",
        encryption="customer-arn",
        point_in_time_recovery=True,
        deletion_protection=True,
        infrequent_access=True,
        tags=(("team", "payments"),),
    )


def test_tables_of_modules_and_of_each_are_told_apart() -> None:
    document = plan(resource())
    document["planned_values"]["root_module"]["child_modules"] = [
        {
            "address": "module.data",
            "resources": [
                resource('module.data.aws_dynamodb_table.orders["eu"]'),
                resource('module.data.aws_dynamodb_table.orders["us"]'),
            ],
        }
    ]
    from chaim_conformance.table_sources.reading import joined

    tables = [one.table for one in joined([read_plan(document)]).tables]
    assert [one.id for one in tables if one] == ["orders", "orders-2", "orders-3"]


def test_a_state_is_read_too() -> None:
    document = {
        "format_version": "1.0",
        "terraform_version": "1.9.5",
        "values": {"root_module": {"resources": [resource(ttl=[{"enabled": False}])]}},
    }
    assert is_plan_or_state(document)
    (read,) = read_plan(document).tables
    assert read.whole


def test_what_is_known_only_after_apply_is_unread() -> None:
    document = plan(
        resource(billing_mode=None),
        **unknown(billing_mode=True, name=True, arn=True, ttl=[{"attribute_name": True}]),
        **configured("billing_mode", "name", "ttl"),
    )
    document["planned_values"]["root_module"]["resources"][0]["values"]["ttl"] = [{"enabled": True}]
    (read,) = read_plan(document).tables
    assert read.unread == (
        "TTL: it is known only after apply",
        "billing: it is known only after apply",
    )
    assert read.notes == ("name: it is known only after apply",)


def test_what_the_provider_computes_of_nothing_is_what_dynamodb_has_by_default() -> None:
    """A plan marks it like what is not known yet; the program says nothing of it."""
    marks = unknown(
        server_side_encryption=True, point_in_time_recovery=True, stream_view_type=True, id=True
    )
    bare = plan(resource(), **marks, **configured("name", "hash_key"))
    (read,) = read_plan(bare).tables
    assert read.whole
    assert read.table == Table(id="orders", name="orders", partition_key=Key(name="id"))
    (of_nobody_knows_what,) = read_plan(plan(resource(), **marks)).tables
    assert of_nobody_knows_what.unread == ("encryption: it is known only after apply",)


def test_an_unknown_key_of_a_module_is_a_customers() -> None:
    address = 'module.data["a.b"].aws_dynamodb_table.orders[0]'
    marks = unknown(address, server_side_encryption=[{"kms_key_arn": True}], name=True)
    inner = {"address": ADDRESS, "expressions": {"server_side_encryption": [], "name": {}}}
    calls = {"data": {"module": {"resources": [inner]}}}
    document = plan(
        resource(address, server_side_encryption=[{"enabled": True}]),
        **marks,
        configuration={"root_module": {"module_calls": calls}},
    )
    (read,) = read_plan(document).tables
    assert read.whole
    assert read.table is not None
    assert read.table.encryption == "customer"
    assert read.notes == ("name: it is known only after apply",)


def test_a_key_that_the_program_does_not_name_is_the_managed_one() -> None:
    """Once a table is there, values have the ARN of whatever key encrypts it."""
    values = {"server_side_encryption": [{"enabled": True, "kms_key_arn": "arn:aws:kms:a:1:key/1"}]}
    found = []
    for written in ([{"enabled": {}}], [{"enabled": {}, "kms_key_arn": {}}]):
        one = {"address": ADDRESS, "expressions": {"server_side_encryption": written}}
        module = {"root_module": {"resources": [one]}}
        (read,) = read_plan(plan(resource(**values), configuration=module)).tables
        assert read.table is not None
        found.append((read.table.encryption, read.notes))
    assert found == [("managed", ()), ("customer-arn", ())]
    one["expressions"]["server_side_encryption"] = [7]
    (of_nonsense,) = read_plan(plan(resource(**values), configuration=module)).tables
    assert of_nonsense.table is not None
    assert of_nonsense.table.encryption == "managed"
    (of_a_state,) = read_plan(plan(resource(**values))).tables
    assert of_a_state.table is not None
    assert of_a_state.table.encryption == "customer-arn"
    assert "values alone do not tell" in of_a_state.notes[0]


def test_what_is_no_table_of_this_program_is_told() -> None:
    other = {**resource("awscc_dynamodb_table.x"), "type": "awscc_dynamodb_table"}
    looked_up = {**resource("data.aws_dynamodb_table.legacy"), "mode": "data"}
    bucket = {**resource("aws_s3_bucket.b"), "type": "aws_s3_bucket"}
    before = {"values": {"root_module": {"resources": [looked_up]}}}
    reading = read_plan(plan(resource(), other, bucket, prior_state=before))
    assert len(reading.tables) == 1
    assert [note.split(":")[0] for note in reading.notes] == [
        "awscc_dynamodb_table.x",
        "data.aws_dynamodb_table.legacy",
    ]


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"hash_key": None}, ".hash_key: expected a text, found nothing"),
        ({"attribute": [{"name": "id"}]}, ".attribute[0].type: expected one of S, N, B"),
        ({"stream_enabled": True}, ".stream_view_type: expected one of KEYS_ONLY"),
        ({"billing_mode": "ON_DEMAND"}, ".billing_mode: expected one of PAY_PER_REQUEST, PROV"),
    ],
)
def test_malformed(values: dict[str, Any], told: str) -> None:
    with pytest.raises(Malformed) as raised:
        read_plan(plan(resource(**values)))
    place = "planned_values.root_module.resources[0].values"
    assert str(raised.value).startswith(f"{place}{told}")


def test_an_attribute_without_a_type_leaves_the_table_unread() -> None:
    (read,) = read_plan(plan(resource(range_key="day"))).tables
    assert read.table is None
    assert read.unread == ("key: the type of 'day' is not among its attributes",)
