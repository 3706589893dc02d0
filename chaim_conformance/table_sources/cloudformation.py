"""Tables of a CloudFormation template: ``AWS::DynamoDB::Table`` and ``AWS::DynamoDB::GlobalTable``.

Expressions are resolved as far as a template alone says what they give; what only a deployment
would tell is not known.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from chaim_conformance.intrinsics import Unresolvable, parameters, resolved
from chaim_conformance.synth_scenario import Encryption, Table
from chaim_conformance.table_sources.aws_shape import BILLINGS, STREAMS, keys_and_indexes
from chaim_conformance.table_sources.document import Node, Unknown
from chaim_conformance.table_sources.reading import Gaps, Reading, ReadTable, construct_id

TABLE, GLOBAL_TABLE = "AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable"
# What holds tables, or becomes one, only when it is deployed.
ELSEWHERE = {
    "AWS::CloudFormation::Stack": "a nested stack: give its own template, too",
    "AWS::Serverless::Application": "a nested application: give its own template, too",
    "AWS::Serverless::SimpleTable": "a table of SAM's: give the template that the transform makes",
}
_NOTHING = {"Ref": "AWS::NoValue"}


def is_template(document: Any) -> bool:
    """Whether this looks like a template."""
    if not isinstance(document, dict):
        return False
    return "AWSTemplateFormatVersion" in document or (
        isinstance(resources := document.get("Resources"), dict)
        and any(isinstance(one, dict) and "Type" in one for one in resources.values())
    )


def read_template(document: Any) -> Reading:
    """Every table of the template; their addresses are logical ids."""
    known = parameters(document)
    resources = document.get("Resources") or {}
    tables, notes = [], []
    for logical_id, resource in Node(document)["Resources"].members():
        if logical_id.startswith("Fn::"):
            notes.append(f"{logical_id}: what it makes is not read; give the template it becomes")
            continue
        kind = resource["Type"].needed()
        if kind in (TABLE, GLOBAL_TABLE):
            tables.append(_table(logical_id, resource, known, frozenset(resources)))
        elif kind in ELSEWHERE or kind.endswith("::MODULE"):
            told = ELSEWHERE.get(kind, "a module: give the template that it becomes")
            notes.append(f"{logical_id} ({kind}) is {told}")
    return Reading(tables=tuple(tables), notes=tuple(notes))


def _table(
    logical_id: str, resource: Node, known: Mapping[str, str], in_template: frozenset[str]
) -> ReadTable:
    gaps = Gaps()
    properties = resource["Properties"]
    said = Node(_resolved(properties.value, known), properties.steps)
    is_global = resource["Type"].value == GLOBAL_TABLE
    replicas = gaps.mention("replicas", said["Replicas"].items, []) if is_global else []
    # Some of a global table's properties are each replica's own; those of the first one count.
    own = replicas[0] if replicas else said
    if len(replicas) > 1:
        gaps.notes.append("it has replicas in several regions; the kit plays it in one")
    if resource["Condition"]:
        gaps.notes.append(f"it is made only under the condition {resource['Condition'].text()}")
    keys = keys_and_indexes(said, gaps)
    if keys is None:
        return ReadTable(address=logical_id, table=None, unread=tuple(gaps.unread))
    stream = said["StreamSpecification"]["StreamViewType"]
    table = Table(
        id=construct_id(logical_id),
        construct="TableV2" if is_global else "Table",
        name=gaps.mention("name", said["TableName"].text, None),
        ttl_attribute=gaps.read("TTL", partial(_ttl, said["TimeToLiveSpecification"]), None),
        stream=gaps.read("stream", partial(stream.one_of, *STREAMS), None),  # type: ignore[arg-type]
        billing=gaps.read("billing", partial(said["BillingMode"].one_of, *BILLINGS), None)  # type: ignore[arg-type]
        or "PROVISIONED",
        encryption=gaps.read("encryption", partial(_encryption, said, own, in_template), "owned"),
        **keys,
        **_more(said, own, gaps),
    )
    return ReadTable(
        address=logical_id, table=table, unread=tuple(gaps.unread), notes=tuple(gaps.notes)
    )


def _resolved(value: Any, known: Mapping[str, str]) -> Any:
    """The value; each part that only a deployment would tell is unknown, or absent where it is."""
    if value == _NOTHING:
        return None
    if isinstance(value, list):
        return [_resolved(one, known) for one in value if one != _NOTHING]
    if not isinstance(value, dict):
        return value
    if len(value) == 1 and ((name := next(iter(value))) == "Ref" or name.startswith("Fn::")):
        try:
            return resolved(value, known)
        except Unresolvable as error:
            return Unknown(f"known only when the stack is deployed: {error}", written=value)
    return {name: _resolved(one, known) for name, one in value.items()}


def _ttl(specification: Node) -> str | None:
    return specification["AttributeName"].text() if specification["Enabled"].flag() else None


def _encryption(said: Node, own: Node, in_template: frozenset[str]) -> Encryption:
    """Whose key it is: to tell it takes no more of an expression than what it refers to."""
    specification = said["SSESpecification"]
    if not specification["SSEEnabled"].flag() or specification["SSEType"].text() == "AES256":
        return "owned"
    own_specification = own["SSESpecification"]
    own_specification.known()
    key = own_specification["KMSMasterKeyId"]
    if not key:
        return "managed"
    written = key.value.written if isinstance(key.value, Unknown) else {}
    is_own = "Fn::GetAtt" in written or written.get("Ref") in [*in_template]
    return "customer" if is_own else "customer-arn"


def _more(said: Node, own: Node, gaps: Gaps) -> dict[str, Any]:
    """What no binding is concerned by."""
    recovery = own["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"]
    insights = own["ContributorInsightsSpecification"]["Enabled"]

    def is_rare() -> bool:
        return own["TableClass"].text() == "STANDARD_INFREQUENT_ACCESS"

    def tags() -> tuple[tuple[str, str], ...]:
        return tuple(
            (one["Key"].needed(), one["Value"].text() or "") for one in own["Tags"].items()
        )

    return {
        "point_in_time_recovery": gaps.mention("point-in-time recovery", recovery.flag, False),
        "contributor_insights": gaps.mention("contributor insights", insights.flag, False),
        "deletion_protection": gaps.mention(
            "deletion protection", own["DeletionProtectionEnabled"].flag, False
        ),
        "infrequent_access": gaps.mention("table class", is_rare, False),
        "tags": gaps.mention("tags", tags, ()),
    }
