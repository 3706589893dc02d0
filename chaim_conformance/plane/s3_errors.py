"""S3's refusals of a PUT to a presigned URL, as one table, and the document that says so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from chaim_conformance.plane.wire import Response

if TYPE_CHECKING:
    from chaim_conformance.plane.bucket import Upload

MAX_OBJECT = 5 * 1024**3
MAX_EXPIRES = 604_800

Detail = Callable[["Upload"], str]


@dataclass(frozen=True, kw_only=True)
class S3Error:
    """One refusal: what S3 answers, with the elements that stand beside Code and Message.

    An element is a detail of the refused upload by name, or literal text.
    """

    status: int
    code: str
    message: str
    details: tuple[tuple[str, Detail | str], ...] = ()
    headers: tuple[tuple[str, str], ...] = ()


def _fact(*names: str) -> tuple[tuple[str, Detail | str], ...]:
    """Elements whose values the upload itself knows under the same names."""

    def of(name: str) -> Detail:
        return lambda upload: upload.detail(name)

    return tuple((name, of(name)) for name in names)


def _query_error(message: str) -> S3Error:
    return S3Error(status=400, code="AuthorizationQueryParametersError", message=message)


_MISMATCH = (
    "The request signature we calculated does not match the signature you provided. "
    "Check your key and signing method."
)
_CLOSE = (("Connection", "close"),)

# By case. Where several have one Code, a script that names the Code gets the first of them.
S3_ERRORS: dict[str, S3Error] = {
    "expired": S3Error(
        status=403,
        code="AccessDenied",
        message="Request has expired",
        details=_fact("X-Amz-Expires", "Expires", "ServerTime"),
    ),
    "anonymous": S3Error(status=403, code="AccessDenied", message="Access Denied"),
    "unsigned-headers": S3Error(
        status=403,
        code="AccessDenied",
        message="There were headers present in the request which were not signed",
        details=_fact("HeadersNotSigned"),
    ),
    "signature": S3Error(
        status=403,
        code="SignatureDoesNotMatch",
        message=_MISMATCH,
        details=_fact(
            "AWSAccessKeyId",
            "StringToSign",
            "SignatureProvided",
            "StringToSignBytes",
            "CanonicalRequest",
            "CanonicalRequestBytes",
        ),
    ),
    "access-key": S3Error(
        status=403,
        code="InvalidAccessKeyId",
        message="The AWS Access Key Id you provided does not exist in our records.",
        details=_fact("AWSAccessKeyId"),
    ),
    "parameter-missing": _query_error(
        "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, "
        "X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters."
    ),
    "algorithm": _query_error(
        'X-Amz-Algorithm only supports "AWS4-HMAC-SHA256 and AWS4-ECDSA-P256-SHA256"'
    ),
    "credential": _query_error(
        "Error parsing the X-Amz-Credential parameter; the Credential is mal-formed; expecting "
        '"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".'
    ),
    "date": _query_error("X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\""),
    "expires-text": _query_error("X-Amz-Expires should be a number"),
    "expires-negative": _query_error("X-Amz-Expires must be non-negative"),
    "expires-long": _query_error(
        "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires "
        "must be less than 604800 seconds"
    ),
    "two-mechanisms": S3Error(
        status=400,
        code="InvalidArgument",
        message="Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, "
        "Signature query string parameter or the Authorization header should be specified",
        details=(("ArgumentName", "Authorization"), *_fact("ArgumentValue")),
    ),
    "post": S3Error(
        status=405,
        code="MethodNotAllowed",
        message="The specified method is not allowed against this resource.",
        details=(*_fact("Method"), ("ResourceType", "OBJECT")),
        headers=(("Allow", "HEAD, DELETE, GET, PUT"),),
    ),
    "chunked": S3Error(
        status=501,
        code="NotImplemented",
        message="A header you provided implies functionality that is not implemented",
        details=(("Header", "Transfer-Encoding"),),
        headers=_CLOSE,
    ),
    "no-length": S3Error(
        status=411,
        code="MissingContentLength",
        message="You must provide the Content-Length HTTP header.",
        headers=_CLOSE,
    ),
    "too-large": S3Error(
        status=400,
        code="EntityTooLarge",
        message="Your proposed upload exceeds the maximum allowed size",
        details=(*_fact("ProposedSize"), ("MaxSizeAllowed", str(MAX_OBJECT))),
        headers=_CLOSE,
    ),
    "md5-wrong": S3Error(
        status=400,
        code="BadDigest",
        message="The Content-MD5 you specified did not match what we received.",
        details=_fact("ExpectedDigest", "CalculatedDigest"),
    ),
    "md5-malformed": S3Error(
        status=400,
        code="InvalidDigest",
        message="The Content-MD5 you specified was invalid.",
        details=_fact("Content-MD5"),
    ),
    "checksum-wrong": S3Error(
        status=400,
        code="BadDigest",
        message="The SHA256 you specified did not match the calculated checksum.",
    ),
    "checksum-malformed": S3Error(
        status=400,
        code="InvalidRequest",
        message="Value for x-amz-checksum-sha256 header is invalid.",
    ),
    "exists": S3Error(
        status=412,
        code="PreconditionFailed",
        message="At least one of the pre-conditions you specified did not hold",
        details=(("Condition", "If-None-Match"),),
    ),
    "if-none-match": S3Error(
        status=501,
        code="NotImplemented",
        message="A header you provided implies functionality that is not implemented",
        details=(
            ("Header", "If-None-Match"),
            (
                "additionalMessage",
                "We don't accept the provided value of If-None-Match header for this API",
            ),
        ),
    ),
    "throttled": S3Error(
        status=503,
        code="SlowDown",
        message="Please reduce your request rate.",
        headers=_CLOSE,
    ),
    "unavailable": S3Error(
        status=503,
        code="ServiceUnavailable",
        message="Service is unable to handle request.",
        headers=_CLOSE,
    ),
    "internal": S3Error(
        status=500,
        code="InternalError",
        message="We encountered an internal error. Please try again.",
        headers=_CLOSE,
    ),
    "no-bucket": S3Error(
        status=404,
        code="NoSuchBucket",
        message="The specified bucket does not exist",
        details=(("BucketName", "chaim-ingest"),),
    ),
}


def scripted_error(code: str, status: int) -> S3Error:
    """The table's error for a Code, else for a status; else one that S3 might have."""
    for error in S3_ERRORS.values():
        if error.code == code or (not code and error.status == status):
            return error
    return S3Error(status=status or 400, code=code or "InternalError", message="")


def refusal(
    error: S3Error, upload: Upload, request_id: str, *, retry_after: int | None = None
) -> Response:
    """The answer as S3 writes it, for this upload."""
    elements = [("Code", error.code), ("Message", error.message)]
    elements += [
        (name, detail if isinstance(detail, str) else detail(upload))
        for name, detail in error.details
    ]
    elements += [("RequestId", request_id), ("HostId", host_id(request_id))]
    body = "".join(f"<{name}>{_xml(value)}</{name}>" for name, value in elements)
    document = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error>{body}</Error>'
    later = () if retry_after is None else (("Retry-After", str(retry_after)),)
    return Response(
        status=error.status,
        headers=(
            *s3_headers(request_id),
            ("Content-Type", "application/xml"),
            *error.headers,
            *later,
        ),
        body=document.encode(),
    )


def s3_headers(request_id: str) -> tuple[tuple[str, str], ...]:
    """The headers that every answer of S3 carries."""
    return (
        ("x-amz-request-id", request_id),
        ("x-amz-id-2", host_id(request_id)),
        ("Server", "AmazonS3"),
    )


def host_id(request_id: str) -> str:
    """The long identifier beside the short one."""
    return (request_id * 4)[:60] + "="


def _xml(text: str) -> str:
    """Text that an XML 1.0 document may hold, whatever the request held."""
    return escape("".join(c if c >= " " or c in "\t\n" else "\ufffd" for c in text))
