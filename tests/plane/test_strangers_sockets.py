"""Bytes that no client should send: the plane answers or hangs up, and goes on."""

from __future__ import annotations

import json
import socket
import ssl
import struct
import uuid
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Literal
from urllib.parse import urlsplit

import h11
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chaim_conformance.plane import Plane, PlaneServer, Policy, Tenant
from chaim_conformance.plane.presign import ERROR_CODES
from chaim_conformance.plane.s3_errors import S3_ERRORS
from chaim_conformance.plane.wire import Listener
from tests.plane.customer import CREDENTIALS, Customer, content_hash, snapshot, target

TIMEOUT = 20
MIB = 1024 * 1024
BODY = snapshot()
# What is answered before there is a request to hand to the plane.
BELOW = {400, 413, 431, 501}
DOCUMENTED: dict[Listener, set[int]] = {
    "api": {200, *BELOW, *(status for status in ERROR_CODES if status < 500)},
    "bucket": {200, *BELOW, *(e.status for e in S3_ERRORS.values() if e.status not in (500, 503))},
}
LISTENERS: tuple[Listener, ...] = ("api", "bucket")


@pytest.fixture(scope="module", params=list(Policy), ids=lambda policy: policy.value)
def service(request: pytest.FixtureRequest) -> Iterator[Customer]:
    """A strict and a tolerant plane that live through everything that is sent to them here."""
    with PlaneServer(Plane()) as server:
        tenant = open_tenant(server, request.param)
        yield Customer(plane=server.plane, tenant=tenant, now=server.clock())


@pytest.fixture(autouse=True)
def still_serves(request: pytest.FixtureRequest) -> Iterator[None]:
    """Whatever a test did: a good request is granted afterwards, and the plane did not fail."""
    yield
    if "service" in request.fixturenames:
        c: Customer = request.getfixturevalue("service")
        assert_unharmed(c)


def assert_unharmed(c: Customer) -> None:
    assert [a.status_code for a in answers(exchange(c, "api", presign(c)))] == [200]
    tenant = c.tenant
    assert tenant.end_attempt()  # raises where the plane failed
    assert tenant.ledger is not None
    assert tenant.tolerant_ledger is not None


def open_tenant(server: PlaneServer, policy: Policy) -> Tenant:
    tenant = server.plane.open_tenant(credentials=CREDENTIALS, app_ids=None, policy=policy)
    tenant.begin_attempt()
    return tenant


def dial(url: str) -> socket.socket:
    parts = urlsplit(url)
    return socket.create_connection((parts.hostname, parts.port), timeout=TIMEOUT)


def url_of(c: Customer, listener: Listener) -> str:
    return c.plane.api_url if listener == "api" else c.plane.bucket_url


def everything(connection: socket.socket) -> bytes:
    """What comes until the connection ends, in whatever way; TimeoutError where it hangs."""
    received = b""
    with suppress(ConnectionError):
        while chunk := connection.recv(65536):
            received += chunk
    return received


def exchange(c: Customer, listener: Listener, sent: bytes) -> bytes:
    """Sends, says that this was all, and reads to the end."""
    with dial(url_of(c, listener)) as connection:
        with suppress(ConnectionError):
            connection.sendall(sent)
            connection.shutdown(socket.SHUT_WR)
        return everything(connection)


def answers(received: bytes) -> list[h11.Response]:
    """The responses that these bytes are, each whole; h11 raises where they are none."""
    responses = []
    while received:
        client = h11.Connection(h11.CLIENT)
        client.send(h11.Request(method="GET", target="/", headers=[("Host", "a")]))
        client.send(h11.EndOfMessage())
        client.receive_data(received)
        body = b""
        while not isinstance(event := client.next_event(), h11.EndOfMessage):
            if event is h11.NEED_DATA:
                raise AssertionError(f"a response was cut short: {received[-200:]!r}")
            if isinstance(event, h11.Response):
                responses.append(event)
            elif isinstance(event, h11.Data):
                body += event.data
        assert_has_document(responses[-1], body)
        received, _ = client.trailing_data
    return responses


def assert_has_document(response: h11.Response, body: bytes) -> None:
    kind = dict(response.headers).get(b"content-type")
    if kind == b"application/json":
        names = {"errorCode", "errorMessage"}
        granted = {"uploadUrl", "s3Key", "expiresAt"}
        assert set(json.loads(body)) == (granted if response.status_code == 200 else names)
    elif kind == b"application/xml":
        assert ET.fromstring(body).findtext("Code")
    else:
        assert body == b""


def head(*lines: str, line: str = "PUT /x HTTP/1.1") -> bytes:
    return "\r\n".join((line, "Host: a", *lines, "", "")).encode("latin-1")


def chunked(body: bytes) -> bytes:
    return head("Transfer-Encoding: chunked") + body


Spoil = Callable[[bytes], bytes]


def presign(c: Customer, spoil: Spoil = bytes) -> bytes:
    """A right presign request, whole; what is made of its body is signed."""
    fields = c.fields(
        nonce=str(uuid.uuid4()), eventId=str(uuid.uuid4()), contentHash=content_hash(BODY)
    )
    request = c.presign_request(spoil(json.dumps(fields).encode()))
    lines = [f"{name}: {value}" for name, value in request.headers]
    length = f"Content-Length: {len(request.body)}"
    return head(*lines, length, line="POST /ingest/presign HTTP/1.1") + request.body


def put(c: Customer, spoil: Spoil = bytes) -> bytes:
    """A right upload, whole; what is made of its body has the hash that was presigned."""
    body = spoil(BODY)
    url = c.upload_url(
        nonce=str(uuid.uuid4()), eventId=str(uuid.uuid4()), contentHash=content_hash(body)
    )
    lines = (
        f"PUT {target(url)} HTTP/1.1",
        f"Host: {urlsplit(url).netloc}",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
    )
    return "\r\n".join((*lines, "", "")).encode() + body


REFUSED: dict[str, tuple[bytes, int]] = {
    "text": (b"hello\r\n\r\n", 400),
    "zeros": (bytes(1000), 400),
    "a TLS hello": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(512), 400),
    "HTTP/0.9": (b"GET /\r\n\r\n", 400),
    "an answer": (b"HTTP/1.1 200 OK\r\n\r\n", 400),
    "no target": (head(line="GET  HTTP/1.1"), 400),
    "NUL in the target": (head(line="GET /\0 HTTP/1.1"), 400),
    "NUL in a header": (head("X-Chaim-Key: \0"), 400),
    "NUL in a name": (head("X-\0: a"), 400),
    "a raw byte in the target": (head(line="GET /\xff HTTP/1.1"), 400),
    "a space in the target": (head(line="GET /a b HTTP/1.1"), 400),
    "a control character in the method": (head(line="G\x01T / HTTP/1.1"), 400),
    "no colon": (head("Content-Length 1"), 400),
    "a space before the colon": (head("Content-Length : 1"), 400),
    "no host": (b"GET / HTTP/1.1\r\n\r\n", 400),
    "two hosts": (head("Host: b"), 400),
    "a huge header": (head(f"X: {'x' * MIB}"), 431),
    "a huge target": (head(line=f"GET /{'x' * MIB} HTTP/1.1"), 431),
    "a head without an end": (b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * (MIB // 6), 431),
    "a header without an end": (b"GET / HTTP/1.1\r\nX: " + b"x" * MIB, 431),
    "a length that is negative": (head("Content-Length: -1"), 400),
    "a length that is no number": (head("Content-Length: 0x10"), 400),
    "a length that is no number to HTTP": (head("Content-Length: ²"), 400),
    "a length with a sign": (head("Content-Length: +1"), 400),
    "a length of nothing": (head("Content-Length:"), 400),
    "a length of 20 digits": (head(f"Content-Length: {'9' * 20}"), 413),
    "a length of 5,000 digits": (head(f"Content-Length: {'9' * 5000}"), 400),
    "a length of 65 MiB": (head(f"Content-Length: {65 * MIB}"), 413),
    "two lengths": (head("Content-Length: 1", "Content-Length: 2") + b"ab", 400),
    "two lengths in one": (head("Content-Length: 1, 2") + b"ab", 400),
    "an unknown encoding": (head("Transfer-Encoding: gzip, chunked"), 501),
    "chunked twice": (head("Transfer-Encoding: chunked", "Transfer-Encoding: chunked"), 501),
    "a chunk size that is none": (chunked(b"zz\r\n\r\n"), 400),
    "a negative chunk size": (chunked(b"-1\r\n\r\n"), 400),
    "a chunk size of 5,000 digits": (chunked(b"f" * 5000 + b"\r\nx"), 400),
    "a chunk longer than its size": (chunked(b"2\r\nabcd\r\n0\r\n\r\n"), 400),
    "trailers that are none": (chunked(b"0\r\nnonsense\r\n\r\n"), 400),
}


@pytest.mark.parametrize("listener", LISTENERS)
@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_http_is_refused(service: Customer, listener: Listener, case: str) -> None:
    """The client waits for the answer with its half of the connection open."""
    sent, status = REFUSED[case]
    with dial(url_of(service, listener)) as connection:
        with suppress(ConnectionError):  # it may be refused before all is sent
            connection.sendall(sent)
        received = everything(connection)
    seen = [a.status_code for a in answers(received)]
    # An answer may be lost to a sender who goes on sending, as in life.
    assert seen == [status] or (seen == [] and len(sent) > MIB // 2)
    assert service.tenant.exchanges == ()


ODD: dict[str, bytes] = {
    "absolute form": head(line="GET http://a/x?y=z HTTP/1.1"),
    "absolute form that is no URL": head(line="POST http://[x/ingest/presign HTTP/1.1"),
    "absolute form with nothing behind it": head(line="GET http:// HTTP/1.1"),
    "two slashes and a bracket": head(line="PUT //[x/y?X-Amz-Credential=a%2F HTTP/1.1"),
    "asterisk form": head(line="OPTIONS * HTTP/1.1"),
    "authority form": head(line="CONNECT a:443 HTTP/1.1"),
    "an upgrade": head("Connection: upgrade", "Upgrade: h2c"),
    "HTTP/1.0": b"GET / HTTP/1.0\r\n\r\n",
    "HTTP/9.9": head(line="GET / HTTP/9.9"),
    "lines that end with LF": b"GET / HTTP/1.1\nHost: a\n\n",
    "a folded header": head("X: a", "  b"),
    "control characters in a header": head("X-Chaim-Key: \x01\x7f\xff", "X-Amz-Acl: \x1b"),
    "one length twice": head("Content-Length: 1", "Content-Length: 1") + b"a",
    "a length and chunks": head("Content-Length: 5", "Transfer-Encoding: chunked") + b"0\r\n\r\n",
    "trailers": chunked(b"0\r\nX: y\r\n\r\n"),
    "an extension of a chunk": chunked(b"1;a=b\r\nx\r\n0\r\n\r\n"),
    "an unknown expectation": head("Content-Length: 1", "Expect: miracles") + b"a",
    "escapes that are none": head(line="PUT /%zz%?X-Amz-Signature=%&%=%00&X-Amz-Date HTTP/1.1"),
    "an empty query": head(line="PUT /?&&=&? HTTP/1.1"),
    "all parameters empty": head(
        line="PUT /x?X-Amz-Algorithm&X-Amz-Credential&X-Amz-Date&X-Amz-Expires"
        "&X-Amz-SignedHeaders&X-Amz-Signature HTTP/1.1"
    ),
}


@pytest.mark.parametrize("listener", LISTENERS)
@pytest.mark.parametrize("case", ODD)
def test_what_is_odd_and_http_is_answered_and_recorded(
    service: Customer, listener: Listener, case: str
) -> None:
    seen = answers(exchange(service, listener, ODD[case]))
    assert [a.status_code in DOCUMENTED[listener] - {501} for a in seen] == [True]
    (recorded,) = service.tenant.exchanges
    assert recorded.status == seen[0].status_code


UNFINISHED: dict[str, bytes] = {
    "nothing": b"",
    "half a line": b"PUT /x HT",
    "HTTP/0.9": b"GET /\r\n",
    "half a head": b"PUT /x HTTP/1.1\r\nHost: a\r\n",
    "half a body": head("Content-Length: 10") + b"half",
    "half a chunk": chunked(b"a\r\nhalf"),
    "no last chunk": chunked(b"1\r\na\r\n"),
    "a chunk of 19 digits": chunked(b"f" * 19 + b"\r\nx"),
    "an expectation": head("Content-Length: 10", "Expect: 100-continue"),
}


@pytest.mark.parametrize("listener", LISTENERS)
@pytest.mark.parametrize("case", UNFINISHED)
def test_a_sender_who_closes_its_half_too_early_is_hung_up_on(
    service: Customer, listener: Listener, case: str
) -> None:
    received = exchange(service, listener, UNFINISHED[case])
    assert received in (b"", b"HTTP/1.1 100 \r\n\r\n")
    assert service.tenant.exchanges == ()


@pytest.mark.parametrize("listener", LISTENERS)
def test_senders_who_stop_half_way_keep_nobody_waiting(
    service: Customer, listener: Listener
) -> None:
    waiting = [dial(url_of(service, listener)) for _ in range(2 * len(UNFINISHED))]
    for connection, sent in zip(waiting, [*UNFINISHED.values()] * 2, strict=True):
        connection.sendall(sent)
    assert_unharmed(service)
    for number, connection in enumerate(waiting):
        if number % 2:  # go without a word
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()


@pytest.mark.parametrize(("listener", "make"), [("api", presign), ("bucket", put)])
@pytest.mark.parametrize("size", [1, 7])
def test_a_slow_sender_is_answered(
    service: Customer, listener: Listener, make: Callable[[Customer], bytes], size: int
) -> None:
    sent = make(service)
    with dial(url_of(service, listener)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for start in range(0, len(sent), size):
            connection.sendall(sent[start : start + size])
        connection.shutdown(socket.SHUT_WR)
        assert [a.status_code for a in answers(everything(connection))] == [200]


def test_requests_sent_ahead_are_answered_in_order_up_to_the_first_bad_one(
    service: Customer,
) -> None:
    sent = presign(service) + head(line="GET /x HTTP/1.1") + presign(service) + b"\0" + head()
    seen = answers(exchange(service, "api", sent))
    assert [a.status_code for a in seen] == [200, 404, 200, 400]
    assert [e.status for e in service.tenant.exchanges] == [200, 404, 200]


def test_a_refusal_of_head_is_a_head_alone(service: Customer) -> None:
    sent = head(f"Content-Length: {65 * MIB}", line="HEAD / HTTP/1.1")
    received = exchange(service, "api", sent)
    assert received.startswith(b"HTTP/1.1 413 ")
    assert received.endswith(b"\r\n\r\n")


def test_a_bad_request_after_head_is_answered_with_a_body(service: Customer) -> None:
    received = exchange(service, "api", head(line="HEAD / HTTP/1.1") + b"\0\r\n\r\n")
    first, _, rest = received.partition(b"\r\n\r\n")
    assert first.startswith(b"HTTP/1.1 404 ")
    assert [a.status_code for a in answers(rest)] == [400]


def test_many_requests_sent_ahead(service: Customer) -> None:
    sent = head(line="GET /x HTTP/1.1") * 500
    assert len(answers(exchange(service, "api", sent))) == 500


def test_bytes_behind_the_last_request_are_not_read(service: Customer) -> None:
    sent = head("Connection: close", line="GET /x HTTP/1.1") + head(line="GET /y HTTP/1.1")
    assert [a.status_code for a in answers(exchange(service, "api", sent))] == [404]
    assert [e.target for e in service.tenant.exchanges] == ["/x"]


@pytest.mark.parametrize("listener", LISTENERS)
@pytest.mark.parametrize("sent", [b"", bytes(500), b"\x16\x03\x01\xff\xff" + bytes(500), head()])
def test_what_is_no_tls_is_hung_up_on(listener: Listener, sent: bytes) -> None:
    """Plain HTTP to the port of HTTPS, say; who does it right is served afterwards."""
    with PlaneServer(Plane(), scheme="https") as server:
        tenant = open_tenant(server, Policy.STRICT)
        c = Customer(plane=server.plane, tenant=tenant, now=server.clock())
        received = exchange(c, listener, sent)
        assert received == b"" or received[:1] == b"\x15"  # a TLS alert
        context = ssl.create_default_context(cafile=str(server.ca_file))
        with (
            dial(server.api_url) as raw,
            context.wrap_socket(raw, server_hostname="127.0.0.1") as connection,
        ):
            connection.sendall(presign(c).replace(b"Host", b"Connection: close\r\nHost"))
            assert [a.status_code for a in answers(everything(connection))] == [200]
        assert [e.status for e in tenant.end_attempt()] == [200]


def test_a_tls_client_is_refused_by_the_plain_port(service: Customer) -> None:
    context = ssl.create_default_context()
    with dial(service.plane.api_url) as raw, pytest.raises((ssl.SSLError, ConnectionError)):
        context.wrap_socket(raw, server_hostname="127.0.0.1")


# Mutations of right requests: what is nearly right gets further than what is plainly wrong.

PIECES = (
    *(b"\0", b"\r", b"\n", b"\r\n", b"\r\n\r\n", b" ", b"\t", b":", b";", b",", b"/", b"//", b"?"),
    *(b"&", b"=", b"%", b"%00", b"%zz", b"%FF", b"%2F", b"+", b"#", b"[", b"]", b"..", b"-", b"0"),
    *(
        b"9" * 30,
        b'"',
        b"\\",
        b"\\ud800",
        b"{",
        b"}",
        b"null",
        b"\xff",
        b"\xef\xbb\xbf",
        b"x" * 300,
    ),
    *(b"http://", b"http://[", b"HTTP/1.0", b"HTTP/2.0", b"&X-Amz-Expires=1&", b"&X-Amz-Date=0"),
    *(b"\r\nContent-Length: 1", b"\r\nTransfer-Encoding: chunked", b"\r\nExpect: 100-continue"),
    *(b"\r\nConnection: close", b"\r\nAuthorization: x", b"\r\nx-amz-meta-a: b", b"\r\nUpgrade: x"),
    *(b"\r\nIf-None-Match: *", b"\r\nContent-MD5: =", b"\r\nx-amz-checksum-sha256: \xe9"),
)
Mutation = tuple[Literal["insert", "replace", "remove", "repeat"], float, int, bytes]
MUTATIONS = st.lists(
    st.tuples(
        st.sampled_from(("insert", "replace", "remove", "repeat")),
        st.floats(0, 1),
        st.integers(1, 40),
        st.sampled_from(PIECES) | st.binary(min_size=1, max_size=4),
    ),
    min_size=1,
    max_size=4,
)


def mutated(sent: bytes, mutations: list[Mutation]) -> bytes:
    for kind, where, length, piece in mutations:
        start = round(where * len(sent))
        before, middle, after = sent[:start], sent[start : start + length], sent[start + length :]
        new = {
            "insert": piece + middle,
            "replace": piece,
            "remove": b"",
            "repeat": middle + middle,
        }
        sent = before + new[kind] + after
    return sent


@pytest.mark.parametrize("part", ["whole", "body"])
@pytest.mark.parametrize(("listener", "make"), [("api", presign), ("bucket", put)])
def test_a_request_with_any_bytes_changed_is_answered_or_hung_up_on(
    service: Customer,
    listener: Listener,
    make: Callable[[Customer, Spoil], bytes],
    part: Literal["whole", "body"],
) -> None:
    """Bytes of the body are changed before it is signed or hashed, so that they are looked at."""

    @settings(max_examples=200, deadline=None, derandomize=True, database=None)
    @given(mutations=MUTATIONS)
    def send_changed(mutations: list[Mutation]) -> None:
        def spoil(right: bytes) -> bytes:
            return mutated(right, mutations)

        sent = make(service, spoil) if part == "body" else spoil(make(service, bytes))
        seen = {a.status_code for a in answers(exchange(service, listener, sent))}
        assert seen <= DOCUMENTED[listener]
        assert seen or part == "whole"
        service.tenant.end_attempt()  # raises where the plane failed
        assert service.tenant.ledger is not None
        assert service.tenant.tolerant_ledger is not None

    send_changed()
