"""A bundle that tells: small, with all that careless handling changes, the same for everybody."""

from __future__ import annotations

from typing import Any

from chaim_conformance.scenario import Bundle
from chaim_conformance.strategies.bundles import SNAPSHOT_OF, Format, as_text

SCHEMA: dict[str, Any] = {
    "schemaVersion": 1.0,
    "entityName": "Payment",
    "description": "canary000001 caf\u00e9, cafe\u0301, \u65e5\u672c\u8a9e \U0001f9be",
    "primaryKey": {"partitionKey": "id"},
    "fields": [
        {"name": "id", "type": "string", "required": True},
        {"name": "canary000002Amount", "type": "number", "default": 0.1},
        {"name": "canary000003Note", "type": "string", "default": "canary000004  edges "},
    ],
}
SECOND_SCHEMA = {**SCHEMA, "description": "canary000005 a second version"}
LARGE_SCHEMA = {
    **SCHEMA,
    "fields": [
        *SCHEMA["fields"],
        *({"name": f"canary{n:06d}Field", "type": "string"} for n in range(100000, 100300)),
    ],
}


def example(
    form: Format,
    mode: str | None,
    *,
    schema: dict[str, Any] = SCHEMA,
    app_id: str = "caf\u00e9-app",
) -> Bundle:
    """A small bundle with what tells: non-ASCII text in two forms, edge white space, a fraction."""
    document = SNAPSHOT_OF[form](schema, app_id=app_id, captured_at="2026-01-15T14:30:00Z")
    extra = {"empty": "", "fraction": 1.5, "small": 1e-7, "whole": 2**53 - 1, "nothing": None}
    return Bundle(
        snapshot=as_text({**document, "x-extra": extra, "_private": "note"}, indent=2),
        app_id=app_id,
        failure_mode=mode,
    )
