"""Names that stay: what a binding is called from the first deployment to the last."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

from aws_cdk import Stack, Token

# Leaves room in a file name's 255 bytes for `__N`, an extension, and what a temporary file adds.
_LONGEST_NAME = 200
# Separators, what Windows forbids, control characters, lone surrogates; and a dot or space at the
# end, which Windows drops, and which `.` and `..` have.
_UNSAFE = re.compile(r'[/\\:*?"<>|\x00-\x1f\x7f\ud800-\udfff]|[. ]\Z')


def safe_name(name: str) -> str:
    """The name itself where it can be a file's, else one that can, and is no other's (B30)."""
    safe = _UNSAFE.sub("_", name)
    if safe == name and len(name.encode()) <= _LONGEST_NAME:
        return name
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    # Half of the room, in characters of up to four bytes: the rest is the digest's.
    return f"{safe.encode()[: _LONGEST_NAME // 2].decode(errors='ignore')}-{digest}"


def resource_ids(bindings: Iterable[tuple[str, str]]) -> list[str]:
    """The id of each (resource name, entity name) of one stack, in order (B09).

    Which binding comes first decides who has the plain id; the order is the app's own, so each
    synth gives the same ids.
    """
    ids: list[str] = []
    for resource_name, entity_name in bindings:
        plain = safe_name(f"{resource_name}__{entity_name}")
        candidate, number = plain, 1
        while candidate in ids:
            number += 1
            candidate = f"{plain}__{number}"
        ids.append(candidate)
    return ids


def stable_key(
    datastore_type: str, *, physical_name: str | None, logical_id: str | None, path: str
) -> tuple[str, str]:
    """The strategy and the key: the first that is known of the three (B27).

    Nothing of the binding is in it, only of the resource.
    """
    strategy, name = (
        ("tableName", physical_name)
        if physical_name
        else ("logicalId", logical_id)
        if logical_id
        else ("path", path)
    )
    return strategy, f"{datastore_type}:{strategy}:{name}"


def deployed_name(stack: Stack) -> str:
    """The deployed stack's name (B01). CloudFormation makes up a nested one's: its beginning."""
    parent = stack.nested_stack_parent
    return stack.stack_name if parent is None else f"{deployed_name(parent)}-{stack.node.id}"


def known(value: str) -> str:
    """An account or region as it stands in paths and snapshots (B03, B25)."""
    return "unknown" if Token.is_unresolved(value) else value
