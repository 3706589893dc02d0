"""Why a signature of presign is wrong: tries the ways in which handlers are known to err."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json

from chaim_conformance.checks.evidence import json_object


def explain_signature(signature: str, body: bytes, key: str, secret: bytes) -> str:
    """What was signed instead, or how, where that is certain; else the empty string."""
    right = hmac.new(secret, body, hashlib.sha256).digest()
    if signature in (base64.b64encode(right).decode(), base64.urlsafe_b64encode(right).decode()):
        return "this is the right HMAC in base64; it has to be in hex"
    if hmac.new(key.encode(), body, hashlib.sha256).hexdigest() == signature.lower():
        return "this is signed with the API key; sign with the API secret"
    if hashlib.sha256(secret + body).hexdigest() == signature.lower():
        return "this is a hash of secret and body; HMAC is another thing"
    fields = json_object(body) or {}
    dumps = {
        "the JSON text with its non-ASCII characters escaped": json.dumps(
            fields, separators=(",", ":")
        ),
        "the body parsed and written out anew": json.dumps(
            fields, separators=(",", ":"), ensure_ascii=False
        ),
        "the body written with spaces": json.dumps(fields, ensure_ascii=False),
        "the escaped body written with spaces": json.dumps(fields),
        "the body with its keys sorted": json.dumps(
            fields, separators=(",", ":"), ensure_ascii=False, sort_keys=True
        ),
        "the content hash": str(fields.get("contentHash", "")),
        "an empty text": "",
    }
    for what, text in dumps.items():
        signed = text.encode(errors="replace")
        if hmac.new(secret, signed, hashlib.sha256).hexdigest() == signature.lower():
            return f"this signs {what}; sign the very bytes that are sent"
    return ""
