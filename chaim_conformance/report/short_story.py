"""A transcript's story in a line: what was asked, what went wrong meanwhile, and where it ended."""

from __future__ import annotations

from collections.abc import Iterator

from chaim_conformance.checks.evidence import bundled, ingest_failed, is_sound
from chaim_conformance.checks.troubles import trouble_of
from chaim_conformance.transcript import AttemptRecord, Transcript

CAUSES = {"asked": "", "cleanup": "cleanup ", "rollback": "rollback "}


def short_story(t: Transcript, guilty: AttemptRecord | None = None) -> str:
    """``Create ✓ → Update, upload unheard → Update again (cold)``, up to the guilty attempt."""
    return " → ".join(_chapters(t, guilty))


def _chapters(t: Transcript, guilty: AttemptRecord | None) -> Iterator[str]:
    several = len({operation.resource for operation in t.operations}) > 1
    for record in t.attempts:
        operation = t.operations[record.operation]
        words = CAUSES[operation.cause] + record.request_type
        if several:
            words += f" {_entity(t, record)}"
        if record.attempt:
            words += " again"
        words += {"cold": " (cold)", "beside": " (at the same time)"}.get(record.start, "")
        trouble = ", ".join(_trouble(t, record))
        if guilty is not None and record is guilty:
            yield words + (f", {trouble}" if trouble else "")
            return
        yield f"{words}, {trouble}" if trouble else f"{words} {_mark(record)}"


def _entity(t: Transcript, record: AttemptRecord) -> str:
    document = bundled(t.bundle(record))
    name = (document.get("schema") or {}).get("entityName")
    return str(name or f"resource {t.operations[record.operation].resource + 1}")


def _trouble(t: Transcript, record: AttemptRecord) -> Iterator[str]:
    stimulus = t.stimulus(record)
    for endpoint, script in (
        ("secret", stimulus.secrets),
        ("presign", stimulus.presign),
        ("upload", stimulus.bucket),
    ):
        met = {exchange.fault for exchange in record.exchanges}
        for fault in [step for step in script if step in met][-1:]:
            yield f"{endpoint} unheard" if fault.kind == "lost" else f"{endpoint} {fault}"
    operation = t.operations[record.operation]
    if operation.rotates and not record.attempt:
        yield "the secret rotated before"
    if not is_sound(t.bundle(record)):
        yield trouble_of(t, record)
    sibling = operation.sibling
    if sibling:
        yield f"a sibling {sibling.replace('-', ' ')}"


def _mark(record: AttemptRecord) -> str:
    well = record.answer.status == "SUCCESS" and not ingest_failed(record)
    return "✓" if well else "✗"
