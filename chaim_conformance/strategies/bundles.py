"""Snapshots of both formats as a binder would bundle them, and bundles around them."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, Literal

from hypothesis import strategies as st

from chaim_conformance.scenario import Bundle
from chaim_conformance.strategies.bprints import bprints
from chaim_conformance.strategies.pools import (
    APP_IDS,
    NUMBERS,
    ODD_NUMBERS,
    ODD_TEXTS,
    TEXTS,
    TIMES,
)

Format = Literal["1.0", "3.0"]
Document = dict[str, Any]

ACCOUNT = "123456789012"
REGION = "us-east-1"
STACK = "PaymentsStack"
TABLE = "CustomerTable"
ARN = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{TABLE}"


def flat_snapshot(schema: Document, *, app_id: str, captured_at: str) -> Document:
    """A snapshot of format 1.0 around this schema, with an action."""
    return {
        "schemaVersion": "1.0",
        "action": "UPSERT",
        "provider": "aws",
        "accountId": ACCOUNT,
        "region": REGION,
        "stackName": STACK,
        "appId": app_id,
        "datastoreType": "dynamodb",
        "resourceName": TABLE,
        "resourceId": f"{TABLE}__{schema['entityName']}",
        "schema": schema,
        "dataStore": {
            "type": "dynamodb",
            "tableName": TABLE,
            "tableArn": ARN,
            "partitionKey": "pk",
            "sortKey": "sk",
            "globalSecondaryIndexes": [
                {"indexName": "byDate", "partitionKey": "day", "projectionType": "ALL"}
            ],
            "billingMode": "PAY_PER_REQUEST",
            "streamEnabled": False,
        },
        "capturedAt": captured_at,
    }


def nested_snapshot(schema: Document, *, app_id: str, captured_at: str) -> Document:
    """A snapshot of format 3.0 around this schema."""
    entity = schema["entityName"]
    stable_key = f"dynamodb:tableName:{TABLE}"
    return {
        "snapshotVersion": "3.0",
        "action": "UPSERT",
        "capturedAt": captured_at,
        "providerIdentity": {
            "cloud": "aws",
            "accountId": ACCOUNT,
            "region": REGION,
            "deploymentSystem": "cloudformation",
            "deploymentId": STACK,
        },
        "identity": {
            "appId": app_id,
            "entityName": entity,
            "stableResourceKeyStrategy": "tableName",
            "stableResourceKey": stable_key,
            "resourceId": f"{TABLE}__{entity}",
            "entityId": f"{app_id}:{entity}",
            "bindingId": f"{app_id}:{stable_key}:{entity}",
        },
        "resolution": {"mode": "static", "hasTokens": False},
        "schema": schema,
        "resource": {
            "type": "dynamodb",
            "kind": "table",
            "id": TABLE,
            "name": TABLE,
            "region": REGION,
            "tableName": TABLE,
            "tableArn": ARN,
            "partitionKey": "pk",
            "billingMode": "PAY_PER_REQUEST",
        },
        "producer": {"component": "some-binder", "version": "0.1.0", "runtime": "python3.11"},
    }


app_ids = st.sampled_from(APP_IDS)
# Most snapshots have some kilobytes; a few are larger than any buffer on their way.
paddings = st.sampled_from((*(0,) * 14, 5_000, 70_000))

SNAPSHOT_OF = {"1.0": flat_snapshot, "3.0": nested_snapshot}


@st.composite
def snapshots(
    draw: st.DrawFn,
    *,
    formats: tuple[Format, ...] = ("1.0", "3.0"),
    app_ids: st.SearchStrategy[str] = app_ids,
    odd: bool = False,
) -> Document:
    """A bundled snapshot as plain JSON data, valid in its format, with an action.

    Fields that no reader knows, private ``_`` keys, nulls, empty and non-ASCII texts, fractions and
    large numbers stand beside the known ones. ``odd`` is that of :func:`bprints`, and holds for
    the further fields too.

    >>> from hypothesis import given
    >>> from chaim_conformance.strategies import snapshots
    >>> @given(snapshots(formats=("3.0",)))
    ... def test_my_reader(document):
    ...     assert document["identity"]["appId"]
    >>> test_my_reader()
    """
    make = SNAPSHOT_OF[draw(st.sampled_from(formats))]
    document = make(
        draw(bprints(odd=odd)),
        app_id=draw(app_ids),
        captured_at=draw(st.sampled_from(TIMES)),
    )
    if draw(st.booleans()):
        document["x-extra"] = {
            "text": draw(st.sampled_from((*TEXTS, *ODD_TEXTS) if odd else TEXTS)),
            "number": draw(st.sampled_from((*NUMBERS, *ODD_NUMBERS) if odd else NUMBERS)),
            "nothing": None,
            "list": [True, [], {}],
        }
    if draw(st.booleans()):
        document["_notes"] = {"source": "binder"}
    if size := draw(paddings):
        document["x-padding"] = "p" * size
    return document


def as_text(document: Document, *, indent: int | None = 2, ascii_only: bool = False) -> str:
    """The document as a binder writes it to ``snapshot.json``."""
    return json.dumps(document, indent=indent, ensure_ascii=ascii_only)


@st.composite
def bundles(
    draw: st.DrawFn,
    *,
    formats: tuple[Format, ...] = ("1.0", "3.0"),
    failure_modes: tuple[str | None, ...] = ("BEST_EFFORT", "STRICT"),
    app_ids: st.SearchStrategy[str] = app_ids,
    odd: bool = False,
) -> Bundle:
    """A deployment: a snapshot in one of the spellings that binders use, and its failure mode.

    Keys come in any order, with and without indentation, non-ASCII characters escaped or not.
    :func:`without_action` makes a bundle of old of one in format 1.0.

    >>> from hypothesis import given
    >>> from chaim_conformance.strategies import bundles
    >>> @given(bundles(formats=("1.0",), failure_modes=("STRICT",)))
    ... def test_my_handler(bundle):
    ...     assert bundle.failure_mode == "STRICT"
    >>> test_my_handler()
    """
    document = draw(snapshots(formats=formats, app_ids=app_ids, odd=odd))
    keys = draw(st.permutations(list(document)))
    text = as_text(
        {key: document[key] for key in keys},
        indent=draw(st.sampled_from((2, None, 4))),
        ascii_only=draw(st.booleans()),
    )
    return Bundle(
        snapshot=text,
        app_id=app_id_of(document),
        failure_mode=draw(st.sampled_from(failure_modes)),
    )


def without_action(bundle: Bundle) -> Bundle:
    """The same bundle as a binder of old wrote it (reading 6); only format 1.0 has such.

    >>> from chaim_conformance.strategies import bundles, without_action
    >>> old = bundles(formats=("1.0",)).map(without_action)
    """
    document = json.loads(bundle.snapshot or "{}")
    del document["action"]
    return replace(bundle, snapshot=as_text(document))


def app_id_of(document: Document) -> str:
    """Where either format keeps the appId."""
    identity = document.get("identity", {})
    return str(document["appId"] if "appId" in document else identity["appId"])
