"""Every vector, recomputed: what the files say is what the rules give."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import uuid
from typing import Any

import pytest

from chaim_conformance import contract
from chaim_conformance.checks.content import first_difference
from chaim_conformance.checks.upload import meaning
from tests.bprint_rules import DIALECTS, broken_beyond, rules


def vectors(name: str) -> list[dict[str, Any]]:
    path = contract.contract_directory() / "vectors" / f"{name}.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    assert set(document) == {"contract", "about", "how", "vectors"}
    return list(document["vectors"])


@pytest.mark.parametrize("vector", vectors("content-hash"), ids=lambda v: v["name"])
def test_content_hash(vector: dict[str, Any]) -> None:
    digest = hashlib.sha256(base64.b64decode(vector["bodyBase64"])).hexdigest()
    assert vector["contentHash"] == f"sha256:{digest}"


@pytest.mark.parametrize("vector", vectors("signature"), ids=lambda v: v["name"])
def test_signature(vector: dict[str, Any]) -> None:
    body = base64.b64decode(vector["bodyBase64"])
    signature = hmac.new(vector["apiSecret"].encode(), body, hashlib.sha256).hexdigest()
    assert vector["signature"] == signature


@pytest.mark.parametrize("vector", vectors("event-id"), ids=lambda v: v["requestId"])
def test_event_id(vector: dict[str, Any]) -> None:
    digest = hashlib.sha256(f"chaim:eventId:{vector['requestId']}".encode()).digest()
    assert vector["eventId"] == str(uuid.UUID(bytes=digest[:16], version=4))


@pytest.mark.parametrize("vector", vectors("delete-transformation"), ids=lambda v: v["name"])
def test_delete_transformation(vector: dict[str, Any]) -> None:
    changed = {"action": "DELETE", "schema": None, "capturedAt": vector["capturedAt"]}
    kept = {key: value for key, value in vector["bundled"].items() if not key.startswith("_")}
    assert first_difference({**kept, **changed}, vector["published"]) is None
    form = vector["published"].get("snapshotVersion", "1.0")
    contract.validator(f"delete-snapshot-{form}").validate(vector["published"])


@pytest.mark.parametrize("vector", vectors("upload-url"), ids=lambda v: v["name"])
def test_upload_url(vector: dict[str, Any]) -> None:
    same = meaning(vector["uploadTarget"]) == meaning(vector["sentTarget"])
    assert same is vector["same"]


@pytest.mark.parametrize("vector", vectors("bprint-valid"), ids=lambda v: v["name"])
def test_valid_bprints(vector: dict[str, Any]) -> None:
    contract.validator(DIALECTS[vector["dialect"]]).validate(vector["document"])
    assert list(broken_beyond(vector["document"])) == []


@pytest.mark.parametrize("vector", vectors("bprint-invalid"), ids=lambda v: v["rule"])
def test_invalid_bprints(vector: dict[str, Any]) -> None:
    by_schema = contract.validator(DIALECTS[vector["dialect"]]).is_valid(vector["document"])
    if rules()[vector["rule"]]["by"] == "schema":
        assert not by_schema
    else:
        assert by_schema
        assert list(broken_beyond(vector["document"])) == [vector["rule"]]


def test_every_rule_has_a_document_that_breaks_it() -> None:
    assert {vector["rule"] for vector in vectors("bprint-invalid")} == set(rules())
