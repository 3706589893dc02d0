"""B07 and B08: the table's metadata is the truth, and claims nothing that the table has not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain, islice
from typing import Any

from chaim_conformance.checks.binder.bound import Bound, owner, snapshots
from chaim_conformance.checks.binder.complaints import (
    GUESSED,
    WRONG,
    Complaint,
    is_open,
)
from chaim_conformance.checks.binder.evidence import is_stale, metadata
from chaim_conformance.checks.binder.facts import (
    KINDS,
    Facts,
    IndexFacts,
    Kind,
    declared,
    described,
    description_of,
    key_name,
    late,
    read_indexes,
    table_description,
)
from chaim_conformance.checks.binder.placeholders import OPEN, is_left_open, is_token
from chaim_conformance.checks.binder.registry import judges
from chaim_conformance.checks.binder.resource_metadata import complaints, form_complaint
from chaim_conformance.checks.evidence import shown
from chaim_conformance.intrinsics import Place
from chaim_conformance.synth_scenario import KEY_ARN, SynthStack, Table
from chaim_conformance.synth_transcript import SynthTranscript
from chaim_conformance.verdict import Blocked, Finding, Upheld, Violation

MANAGED_KEY = "alias/aws/dynamodb"

# A construct's attributes refer to what is deployed, whatever was declared.
TOKEN_OF_NAME = (
    "the construct's own name is a token within its stack; the name that was declared is in the"
    " table's definition: its `tableName`, on `node.defaultChild`"
)
OBJECT_IN_TEXT = "that is an object of the tool's, turned into text; leave out what is not known"
NAME_IS_KNOWN = "the name was declared, so it is known"


@judges("B07")
def metadata_is_true(t: SynthTranscript) -> Iterator[Finding]:
    """What the table has stands in the snapshot: as declared, and as the deployed table has it."""
    yield from _judge(t, WRONG)


@judges("B08")
def metadata_is_not_guessed(t: SynthTranscript) -> Iterator[Finding]:
    """What the table lacks is absent, or false, in the snapshot."""
    yield from _judge(t, GUESSED)


def _judge(t: SynthTranscript, clause: str) -> Iterator[Finding]:
    for item in snapshots(t):
        if isinstance(item, Blocked):
            yield item
            continue
        if form_complaint(t, item):
            yield Blocked(by="B05", where=item.record)
            continue
        about = metadata(item.snapshot)
        found = [one for one in _complaints(t, item, about) if one[0].clause == clause]
        if not found:
            yield Upheld(where=item.record)
        elif is_stale(t, item.record, item.binding):
            yield Blocked(by="B04", where=item.record)
        else:
            complaint, witness = found[0]
            yield Violation(
                expected=f"{item.binding}: {complaint.expected}, {witness}",
                seen=f"{item.file.path}: {complaint.seen}",
                where=item.record,
                hint=complaint.hint,
            )


def _complaints(
    t: SynthTranscript, item: Bound, about: Mapping[str, Any]
) -> Iterator[tuple[Complaint, str]]:
    """What is wrong, with who says so."""
    table, app = item.binding.table, t.app(item.record)
    if not table.is_table:
        yield from ((one, "as declared") for one in complaints(t, table, about))
        return
    seen = description_of(item.record, app, item.binding)
    real = None if seen is None else described(seen)
    names = {} if seen is None else table_description(seen)
    witness = "as declared" if table.construct != "imported" else "since nothing more is known"
    of_the_real = list(_against(real, about, late(table))) if real else []
    for complaint in _against(declared(table), about, late(table)):
        # What the deployed table has is no guess; a binding that switched it on is B24's matter.
        if complaint.clause == WRONG or not real or complaint in of_the_real:
            yield complaint, witness
    for found in (
        _encryption(table, about.get("encryptionKeyArn"), names),
        _name(table, about, names.get("TableName")),
        _arn(table, owner(app, item.binding), about.get("tableArn"), names),
    ):
        if found is not None:
            yield found, witness
    for complaint in of_the_real:
        yield complaint, "as the deployed table is described"


def _against(
    want: Facts, about: Mapping[str, Any], late: Mapping[Kind, set[str]]
) -> Iterator[Complaint]:
    partition, sort = about.get("partitionKey"), about.get("sortKey")
    yield from _first(
        _compared("partitionKey", want.partition_key, key_name(partition), partition),
        _compared("sortKey", want.sort_key, key_name(sort), sort),
    )
    yield from _indexes(want, about, late)
    ttl = about.get("ttlAttribute")
    yield from _compared("ttlAttribute", want.ttl_attribute, ttl, ttl)
    enabled = about.get("streamEnabled")
    yield from _compared("streamEnabled", want.stream and True, enabled, enabled)
    view = about.get("streamViewType")
    yield from _compared("streamViewType", want.stream, view, view)
    billing = about.get("billingMode")
    if want.billing is not None or want.partition_key is None:
        yield from _compared("billingMode", want.billing, billing, billing)


def _compared(path: str, want: Any, have: Any, raw: Any) -> Iterator[Complaint]:
    """One fact: ``raw`` is how the snapshot writes what it has."""
    seen = f"`{path}`: {shown(raw)}" if raw is not None else f"no `{path}`"
    if want is None:
        if have and have != "unknown":
            yield Complaint(GUESSED, f"no `{path}`", seen)
    elif have != want or isinstance(have, bool) != isinstance(want, bool):
        yield Complaint(WRONG, f"`{path}`: {shown(want)}", seen)


def _first(*parts: Iterator[Complaint]) -> Iterator[Complaint]:
    """The first complaint alone: what follows it may be another side of the same fault."""
    yield from islice(chain(*parts), 1)


def _indexes(
    want: Facts, about: Mapping[str, Any], late: Mapping[Kind, set[str]]
) -> Iterator[Complaint]:
    lost, claimed = [], []
    for kind in KINDS:
        wanted, raw = want.indexes[kind], about.get(kind)
        have = read_indexes(raw)
        for name in wanted.keys() & have.keys():
            is_local = kind == "localSecondaryIndexes"
            yield from _first(*_index(f"{kind}.{name}", wanted[name], have[name], is_local))
        there = ", ".join(map(repr, have)) or ("none" if raw is None else shown(raw))
        lost += [
            Complaint(WRONG, f"index {name!r} in `{kind}`", f"`{kind}`: {there}")
            for name in wanted
            if name not in have and name not in late[kind]  # the late ones are B33's
        ]
        listed = ", ".join(map(repr, wanted)) or "none"
        claimed += [
            Complaint(GUESSED, f"in `{kind}`: {listed}", f"index {name!r} in `{kind}`")
            for name in have
            if name not in wanted
        ]
    # One that is lost may be there under another name, or among the indexes of the other kind.
    yield from lost or claimed


def _index(
    path: str, want: IndexFacts, have: IndexFacts, is_local: bool
) -> Iterator[Iterator[Complaint]]:
    # A local index has the table's own partition key, which need not be said again.
    if not (is_local and have.partition_key is None):
        key = have.partition_key
        yield _compared(f"{path}.partitionKey", want.partition_key, key, key)
    yield _compared(f"{path}.sortKey", want.sort_key, have.sort_key, have.sort_key)
    yield _compared(f"{path}.projection", want.projection, have.projection, have.projection)
    yield _non_keys(f"{path}.nonKeyAttributes", want, have)


def _non_keys(path: str, want: IndexFacts, have: IndexFacts) -> Iterator[Complaint]:
    wanted, found = sorted(want.non_key_attributes), sorted(have.non_key_attributes)
    if wanted != found:
        clause = WRONG if wanted else GUESSED
        yield Complaint(clause, f"`{path}`: {shown(wanted)}", f"`{path}`: {shown(found)}")


def _encryption(table: Table, have: Any, real: Mapping[str, Any]) -> Complaint | None:
    seen = f"`encryptionKeyArn`: {shown(have)}" if have else "no `encryptionKeyArn`"
    if table.construct == "imported" or table.encryption == "owned":
        nothing = not have or have == "unknown"
        return None if nothing else Complaint(GUESSED, "no `encryptionKeyArn`", seen)
    if table.encryption == "customer-arn":
        wanted = f"`encryptionKeyArn`: {shown(KEY_ARN)}"
        return None if have == KEY_ARN else Complaint(WRONG, wanted, seen)
    if is_open(have) or have == (real.get("SSEDescription") or {}).get("KMSMasterKeyArn"):
        return None
    if table.encryption == "managed":
        wanted = f"no `encryptionKeyArn`, or that of {MANAGED_KEY}"
        return None if str(have).endswith(MANAGED_KEY) else Complaint(GUESSED, wanted, seen)
    return Complaint(
        WRONG, "an `encryptionKeyArn` that is left open: the stack makes the key", seen
    )


def _name(table: Table, about: Mapping[str, Any], real: Any) -> Complaint | None:
    # A 3.0 snapshot has a name of the resource beside it, which is the table's if it has one.
    have = about.get("tableName", about.get("name") if table.name is not None else None)
    seen = f"`tableName`: {shown(have)}" if have is not None else "no `tableName`"
    if table.name is not None:
        wanted = f"`tableName`: {shown(table.name)}"
        return None if have == table.name else Complaint(WRONG, wanted, seen, _name_hint(have))
    if is_open(have) or have == real:
        return None
    return Complaint(WRONG, "a `tableName` that is left open: CloudFormation makes it", seen)


def _name_hint(have: Any) -> str:
    if is_left_open(have):
        return TOKEN_OF_NAME if "${Token[" in have else NAME_IS_KNOWN
    return OBJECT_IN_TEXT if is_token(have) else ""


def _arn(table: Table, stack: SynthStack, have: Any, real: Mapping[str, Any]) -> Complaint | None:
    if not have or isinstance(have, dict) or have == real.get("TableArn"):
        return None
    parts = OPEN.sub("\0", str(have)).split(":")
    wanted = ("arn", partition(stack), "dynamodb", stack.region, stack.account)
    name = None if table.name is None else f"table/{table.name}"
    right = f"{':'.join(part or '…' for part in wanted)}:{name or 'table/…'}"
    fits = len(parts) == 6 and all(
        "\0" in part or part == want or (want is None and place != 5)
        for place, (part, want) in enumerate(zip(parts, (*wanted, name), strict=True))
    )
    if fits or (len(parts) < 6 and is_open(have)):
        return None
    return Complaint(
        WRONG,
        f"`tableArn`: {shown(right)}, or left open",
        f"`tableArn`: {shown(have)}",
        OBJECT_IN_TEXT if is_token(have) and not is_left_open(have) else "",
    )


def partition(stack: SynthStack) -> str | None:
    """AWS's partition that a stack's region is in; ``None`` where the region is not known."""
    return None if stack.region is None else Place(stack=stack.id, region=stack.region).partition
