"""H30 to H34: the upload, to the right URL, as S3 takes it, once."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qsl, unquote_to_bytes

from chaim_conformance.checks.evidence import (
    is_healthy,
    obstacle,
    presign_of,
    published,
    shown,
    told_plainly,
    unled,
)
from chaim_conformance.checks.registry import judges
from chaim_conformance.plane.wire import path_of, query_of
from chaim_conformance.transcript import AttemptRecord, Exchange, Transcript
from chaim_conformance.verdict import Blocked, Finding, Upheld, Violation

CONTENT_TYPE = "application/json"
OLD_URL = (
    "a URL lives 300 seconds, for the one upload that it was presigned for. Presign in the attempt "
    "that uploads; if one process presigns and another uploads, hand the second a new URL each time"
)
Parameters = list[tuple[bytes, bytes]]


def meaning(target: str) -> tuple[bytes, Parameters]:
    """What S3 makes of a request target: the key's bytes and the query's, order aside.

    Hex case, escaped unreserved characters and the order of parameters make no difference to it.
    """
    query = parse_qsl(query_of(target), keep_blank_values=True, encoding="latin-1")
    pairs = sorted((key.encode("latin-1"), value.encode("latin-1")) for key, value in query)
    return unquote_to_bytes(path_of(target).replace("+", "%20")), pairs


@judges("H30")
def url_is_used_as_given(t: Transcript) -> Iterator[Finding]:
    """The request has the path and the parameters of the upload URL that it belongs to."""
    for item in published(t):
        if isinstance(item, Blocked):
            yield item
            continue
        record, upload = item
        presign = presign_of(record, t, upload)
        if presign is not None and presign.upload_url is None:
            yield Blocked(by="H34", where=record)
            continue
        if presign is None or presign.upload_url is None:
            yield Violation(
                expected="a PUT to the uploadUrl that presign handed out",
                seen=f"{upload.method} {upload.target[:300]}",
                where=record,
                exchange=upload,
            )
            continue
        path, query = meaning(presign.upload_url)
        seen_path, seen_query = meaning(upload.target)
        if (path, query) == (seen_path, seen_query):
            yield Upheld(where=record)
        elif path != seen_path:
            yield _mangled(record, upload, path_of(presign.upload_url), upload.target, "path")
        else:
            name = next(k for k, _ in query + seen_query if _of(query, k) != _of(seen_query, k))
            yield _mangled(
                record,
                upload,
                _as_text(_of(query, name)),
                _as_text(_of(seen_query, name)),
                f"query parameter {name.decode('utf-8', 'replace')}",
            )


def _of(query: Parameters, name: bytes) -> Parameters:
    """The parameters of this name, of which there may be none, or some."""
    return [(key, value) for key, value in query if key == name]


def _as_text(query: Parameters) -> str:
    text = b"&".join(b"=".join(pair) for pair in query).decode("utf-8", "replace")
    return text or "no such parameter"


def _mangled(
    record: AttemptRecord, upload: Exchange, expected: str, seen: str, what: str
) -> Violation:
    refusal = f"; S3 answers {upload.objections[0].code}" if upload.objections else ""
    return Violation(
        expected=f"the {what} of uploadUrl as it is: {expected[:300]}",
        seen=f"{seen.partition('?')[0][:300]}{refusal}",
        where=record,
        hint="hand uploadUrl to the HTTP client whole; taking it apart, unescaping it or building "
        "it anew changes `+`, `%20`, `%25` and non-ASCII characters",
        exchange=upload,
    )


@judges("H31")
def upload_is_one_s3_takes(t: Transcript) -> Iterator[Finding]:
    """A PUT, with Content-Type application/json and its length, in one piece."""
    for item in published(t):
        if isinstance(item, Blocked):
            yield item
            continue
        record, upload = item
        complaint = _form_complaint(upload)
        if complaint is None:
            yield Upheld(where=record)
        else:
            yield Violation(expected=complaint[0], seen=complaint[1], where=record, exchange=upload)


def _form_complaint(upload: Exchange) -> tuple[str, str] | None:
    if upload.method != "PUT":
        return "method PUT", f"method {upload.method}"
    if (coding := upload.header("transfer-encoding")) is not None:
        return "a body in one piece, with its length", f"Transfer-Encoding: {coding}"
    content_type, length = upload.header("content-type"), upload.header("content-length")
    if content_type != CONTENT_TYPE:
        return f"Content-Type: {CONTENT_TYPE}, which is signed", f"Content-Type: {content_type}"
    if length != str(len(upload.body)):
        return f"Content-Length: {len(upload.body)}", f"Content-Length: {length}"
    return None


@judges("H32")
def upload_carries_no_credentials(t: Transcript) -> Iterator[Finding]:
    """The bucket gets neither Authorization nor any of the service's headers."""
    for item in published(t):
        if isinstance(item, Blocked):
            yield item
            continue
        record, upload = item
        named = next(
            (
                name
                for name, value in upload.headers
                if name.lower() == "authorization"
                or name.lower().startswith("x-chaim-")
                or any(k.api_key in value or k.api_secret in value for k in t.secrets)
            ),
            None,
        )
        if named is None:
            yield Upheld(where=record)
        else:
            yield Violation(
                expected="no credentials on the upload: the URL is its own permission",
                seen=f"header {named}",
                where=record,
                exchange=upload,
            )


@judges("H33")
def uploads_once(t: Transcript) -> Iterator[Finding]:
    """After an accepted upload there is no other in the attempt, and no URL of another attempt."""
    for index, record in enumerate(t.attempts):
        accepted = False
        for upload in unled(record, "bucket"):
            if accepted:
                yield Violation(
                    expected="one accepted upload in an attempt",
                    seen=f"{len(record.uploads)} uploads, though the first was accepted",
                    where=record,
                    exchange=upload,
                )
                break
            if upload.upload_of is not None and upload.upload_of[0] != index:
                yield Violation(
                    expected="an upload to the URL that this attempt was given",
                    seen=f"an upload to the URL given in {t.attempts[upload.upload_of[0]]}",
                    where=record,
                    hint=OLD_URL,
                    exchange=upload,
                )
                break
            accepted = told_plainly(upload)
        else:
            if record.uploads:
                yield Upheld(where=record)
            elif is_healthy(t, record) and (clause := obstacle(t, record)):
                yield Blocked(by=clause, where=record)


@judges("H34")
def refused_means_no_upload(t: Transcript) -> Iterator[Finding]:
    """An attempt whose every presign was refused uploads nothing."""
    for record in t.attempts:
        script = t.stimulus(record).presign
        if not script or any(e.accepted for e in record.presigns):
            continue
        if all(e.endpoint != "presign" for e in record.exchanges):
            yield Blocked(by="H20", where=record)
            continue
        if record.uploads:
            yield Violation(
                expected=f"no upload: presign answered {script[-1]}",
                seen=f"{record.uploads[0].method} {shown(record.uploads[0].target[:200])}",
                where=record,
                hint="look at the status of the answer, not only for an uploadUrl in it",
                exchange=record.uploads[0],
            )
        else:
            yield Upheld(where=record)
