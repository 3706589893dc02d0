"""Tables as DynamoDB describes them: answers of DescribeTable, and of DescribeTimeToLive."""

from __future__ import annotations

from functools import partial
from typing import Any

from chaim_conformance.synth_scenario import Billing, Encryption, Table
from chaim_conformance.table_sources.aws_shape import BILLINGS, STREAMS, keys_and_indexes
from chaim_conformance.table_sources.document import Node
from chaim_conformance.table_sources.reading import Gaps, Reading, ReadTable, construct_id

TTL = "TimeToLiveDescription"
ON = ("ENABLED", "ENABLING")


def is_description(document: Any) -> bool:
    """Whether this looks like an answer of DescribeTable, or a list of such."""
    if isinstance(document, list):
        return bool(document) and all(map(is_description, document))
    return isinstance(document, dict) and isinstance(document.get("Table"), dict)


def read_description(document: Any) -> Reading:
    """Every table that is described; their addresses are their names."""
    if isinstance(document, list):
        return Reading(tables=tuple(_table(Node(one, (n,))) for n, one in enumerate(document)))
    return Reading(tables=(_table(Node(document)),))


def _table(answer: Node) -> ReadTable:
    gaps = Gaps()
    said = answer["Table"]
    name = said["TableName"].needed()
    keys = keys_and_indexes(said, gaps)
    if keys is None:
        return ReadTable(address=name, table=None, unread=tuple(gaps.unread))
    if not answer[TTL]:
        gaps.notes.append(
            "TTL: an answer of describe-table does not tell it, so it is taken to have none; put"
            f" what describe-time-to-live answers ({TTL}) beside Table"
        )
    rare = said["TableClassSummary"]["TableClass"].text() == "STANDARD_INFREQUENT_ACCESS"
    table = Table(
        id=construct_id(name),
        name=name,
        ttl_attribute=_ttl(answer[TTL]),
        stream=_stream(said["StreamSpecification"]),
        billing=_billing(said["BillingModeSummary"]["BillingMode"]),
        encryption=gaps.read("encryption", partial(_encryption, said, gaps), "owned"),
        deletion_protection=said["DeletionProtectionEnabled"].flag(),
        infrequent_access=rare,
        **keys,
    )
    return ReadTable(address=name, table=table, unread=tuple(gaps.unread), notes=tuple(gaps.notes))


def _ttl(description: Node) -> str | None:
    is_on = description["TimeToLiveStatus"].text() in ON
    return description["AttributeName"].text() if is_on else None


def _stream(specification: Node) -> Any:
    if not specification["StreamEnabled"].flag():
        return None
    return specification["StreamViewType"].one_of(*STREAMS)


def _billing(mode: Node) -> Billing:
    """A table that was never anything but provisioned has no summary of it."""
    return "PAY_PER_REQUEST" if mode.one_of(*BILLINGS) == BILLINGS[0] else "PROVISIONED"


def _encryption(said: Node, gaps: Gaps) -> Encryption:
    description = said["SSEDescription"]
    if description["Status"].text() not in ("ENABLED", "UPDATING"):
        return "owned"
    if description["SSEType"].text() != "KMS":
        return "owned"
    gaps.notes.append(
        "encryption: whether its key is the account's managed one, describe-table does not tell;"
        " it is taken for a customer's"
    )
    return "customer-arn"
