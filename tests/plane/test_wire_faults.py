"""What the wire does to requests and answers, as a client's socket sees it."""

from __future__ import annotations

import json
import select
import socket
import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest

from chaim_conformance.plane import Plane, PlaneServer, Policy, Request
from chaim_conformance.scenario import OK, Fault, FaultKind
from tests.plane.customer import CREDENTIALS, Customer, snapshot, target

TIMEOUT = 20
ENDPOINTS = ("presign", "bucket")
AT_BOTH = pytest.mark.parametrize("endpoint", ENDPOINTS)
GRANTED = {"presign": b'"uploadUrl"', "bucket": b""}


@pytest.fixture(scope="module")
def server() -> Iterator[PlaneServer]:
    with PlaneServer(Plane()) as server:
        yield server


@dataclass(kw_only=True)
class Client:
    """A customer on a socket of its own, whose requests go to one endpoint."""

    server: PlaneServer
    customer: Customer
    endpoint: str

    def script(self, *steps: Fault) -> None:
        """What the endpoint does from now on; a bucket's URL was presigned before."""
        self.url = self.customer.upload_url() if self.endpoint == "bucket" else ""
        scripts = {self.endpoint: steps}
        self.customer.tenant.begin_attempt(**scripts)

    def request(self) -> Request:
        if self.endpoint == "bucket":
            return self.customer.put_request(self.url, snapshot())
        return self.customer.presign_request(json.dumps(self.customer.fields()).encode())

    def dial(self) -> socket.socket:
        base = self.server.api_url if self.endpoint == "presign" else self.server.bucket_url
        parts = urlsplit(base)
        return socket.create_connection((parts.hostname, parts.port), timeout=TIMEOUT)

    def send(self, connection: socket.socket, body_bytes: int | None = None) -> Request:
        """The head, and as much of the body as is asked for."""
        request = self.request()
        lines = [f"{request.method} {request.target} HTTP/1.1"]
        usual = {"Host": "h", "Content-Length": str(len(request.body))} | dict(request.headers)
        lines += [f"{name}: {value}" for name, value in usual.items()]
        head = "\r\n".join([*lines, "", ""]).encode("latin-1")
        connection.sendall(head + request.body[:body_bytes])
        return request

    def ask(self) -> tuple[bytes, bool]:
        """All that comes until the connection ends, and whether it was reset."""
        with self.dial() as connection:
            self.send(connection)
            return everything(connection)


def everything(connection: socket.socket) -> tuple[bytes, bool]:
    received = b""
    try:
        while chunk := connection.recv(65536):
            received += chunk
    except ConnectionResetError:
        return received, True
    return received, False


def client(server: PlaneServer, endpoint: str, *steps: Fault) -> Client:
    tenant = server.plane.open_tenant(credentials=CREDENTIALS, app_ids=None, policy=Policy.TOLERANT)
    tenant.begin_attempt()
    customer = Customer(plane=server.plane, tenant=tenant, now=server.clock())
    made = Client(server=server, customer=customer, endpoint=endpoint)
    made.script(*steps)
    return made


def stored(c: Client) -> int:
    """How many uploads reached the registry."""
    return len(c.customer.tenant.tolerant_ledger)


@AT_BOTH
@pytest.mark.parametrize("kind", ["reset-before", "reset-during"])
def test_a_request_is_cut_and_its_step_used_up(
    server: PlaneServer, endpoint: str, kind: FaultKind
) -> None:
    c = client(server, endpoint, Fault(kind=kind), OK)
    with c.dial() as connection:
        sent = c.send(connection, body_bytes=10 if kind == "reset-during" else 0)
        assert everything(connection) == (b"", True)
    with c.dial() as connection:
        c.send(connection)
        assert connection.recv(12) == b"HTTP/1.1 200"
    cut, well = c.customer.tenant.end_attempt()
    assert (cut.endpoint, cut.whole, cut.status) == (endpoint, False, None)
    assert cut.body == (sent.body[:10] if kind == "reset-during" else b"")
    assert cut.fault == Fault(kind=kind)
    assert (well.whole, well.status, well.fault) == (True, 200, None)
    assert stored(c) == (endpoint == "bucket")


@AT_BOTH
def test_a_request_without_a_body_is_cut_at_its_end(server: PlaneServer, endpoint: str) -> None:
    c = client(server, endpoint, Fault(kind="reset-during"))
    assert c.server.plane.handle(c.request(), c.customer.now) is None
    (cut,) = c.customer.tenant.end_attempt()
    assert (cut.whole, cut.status) == (False, None)


@AT_BOTH
def test_a_lost_answer_is_to_work_that_was_done(server: PlaneServer, endpoint: str) -> None:
    c = client(server, endpoint, Fault(kind="lost"))
    assert c.ask() == (b"", True)
    (exchange,) = c.customer.tenant.end_attempt()
    assert (exchange.whole, exchange.status, exchange.answer) == (True, None, b"")
    assert (exchange.upload_url is not None) == (endpoint == "presign")
    assert stored(c) == (endpoint == "bucket")


@AT_BOTH
@pytest.mark.parametrize("kind", ["cut-after-head", "truncated", "short-length", "overlong"])
def test_an_answer_is_not_as_long_as_it_says(
    server: PlaneServer, endpoint: str, kind: FaultKind
) -> None:
    c = client(server, endpoint, Fault(kind=kind))
    received, was_reset = c.ask()
    head, _, body = received.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200")
    announced = int(head.lower().partition(b"content-length: ")[2].split()[0])
    assert announced > 0
    assert was_reset == (kind == "cut-after-head")
    match kind:
        case "cut-after-head":
            assert body == b""
        case "truncated":
            assert 0 < len(body) < announced
        case _:
            assert len(body) > announced
    if endpoint == "presign":
        whole = body if kind == "short-length" else body[:announced]
        assert is_json(whole) == (kind in ("short-length", "overlong"))
        assert is_json(body[:announced]) == (kind == "overlong")
    (exchange,) = c.customer.tenant.end_attempt()
    assert (exchange.status, exchange.answer, exchange.fault) == (200, body, Fault(kind=kind))
    assert stored(c) == (endpoint == "bucket")


def is_json(text: bytes) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


@AT_BOTH
def test_garbage_is_no_http(server: PlaneServer, endpoint: str) -> None:
    c = client(server, endpoint, Fault(kind="garbage"))
    received, was_reset = c.ask()
    assert received
    assert not received.startswith(b"HTTP")
    assert not was_reset
    (exchange,) = c.customer.tenant.end_attempt()
    assert (exchange.status, exchange.answer, exchange.upload_url) == (None, received, None)
    assert stored(c) == 0


@AT_BOTH
def test_a_stall_ends_with_its_attempt(server: PlaneServer, endpoint: str) -> None:
    c = client(server, endpoint, Fault(kind="stall"))
    with c.dial() as connection:
        c.send(connection)
        while not c.customer.tenant.exchanges:
            assert not select.select([connection], [], [], 0.01)[0]
        (exchange,) = c.customer.tenant.end_attempt()
        assert everything(connection)[0] == b""
    assert (exchange.status, exchange.fault) == (None, Fault(kind="stall"))
    assert stored(c) == 0


@AT_BOTH
def test_a_dripping_answer_ends_with_its_attempt(server: PlaneServer, endpoint: str) -> None:
    c = client(server, endpoint, Fault(kind="drip"))
    with c.dial() as connection:
        c.send(connection)
        received = b""
        while not received.endswith(b"\r\n\r\n  "):
            received += connection.recv(1)
        (exchange,) = c.customer.tenant.end_attempt()
        assert everything(connection)[0].strip() == b""
    assert (exchange.status, exchange.answer) == (200, b"")
    assert stored(c) == (endpoint == "bucket")


@AT_BOTH
@pytest.mark.parametrize("kind", ["stall", "drip"])
def test_an_endless_answer_ends_with_its_client_and_with_its_tenant(
    endpoint: str, kind: FaultKind
) -> None:
    with PlaneServer(Plane()) as server:
        c = client(server, endpoint, Fault(kind=kind))
        with c.dial() as gone, c.dial() as left:
            c.send(gone)
            gone.close()
            c.send(left)
            while len(c.customer.tenant.exchanges) < 2:
                select.select([], [], [], 0.01)
            server.plane.close_tenant(c.customer.tenant)
            assert everything(left)[0].rpartition(b"\r\n\r\n")[2].strip() == b""
        until = time.monotonic() + TIMEOUT
        while server.connections and time.monotonic() < until:
            time.sleep(0.01)
        assert server.connections == 0


@AT_BOTH
def test_a_good_answer_comes_after_an_unasked_continue(server: PlaneServer, endpoint: str) -> None:
    c = client(server, endpoint, Fault(kind="continue"), OK)
    with c.dial() as connection:
        for start in (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 ", b"HTTP/1.1 200 "):
            c.send(connection)  # the connection is kept
            received = b""
            while len(received) < len(start) or not ends_an_answer(received):
                received += connection.recv(65536)
            assert received.startswith(start)
    assert [e.status for e in c.customer.tenant.end_attempt()] == [200, 200]
    assert stored(c) == (2 if endpoint == "bucket" else 0)


def ends_an_answer(received: bytes) -> bool:
    head, _, body = received.rpartition(b"\r\n\r\n")
    return len(body) == int(head.lower().rpartition(b"content-length: ")[2].split()[0])


@AT_BOTH
def test_a_connection_is_closed_that_was_promised_to_be_kept(
    server: PlaneServer, endpoint: str
) -> None:
    c = client(server, endpoint, Fault(kind="closed"))
    received, was_reset = c.ask()
    assert received.startswith(b"HTTP/1.1 200")
    assert b"connection: close" not in received.lower()
    assert ends_an_answer(received)
    assert not was_reset


@AT_BOTH
@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_to_the_same_host_leads_to_what_was_asked_for(
    server: PlaneServer, endpoint: str, status: int
) -> None:
    c = client(server, endpoint, Fault(kind="redirect", status=status, code="same-host"), OK)
    with c.dial() as connection:
        request = c.send(connection)
        received = connection.recv(65536)
        assert received.startswith(b"HTTP/1.1 %d" % status)
    place = location(received)
    home = server.api_url + "/moved" if endpoint == "presign" else server.bucket_url
    assert place == home + request.target
    moved = Request(
        listener="api" if endpoint == "presign" else "bucket",
        method=request.method,
        target=target(place),
        headers=request.headers,
        body=request.body,
    )
    response = server.plane.handle(moved, c.customer.now)
    assert response is not None
    assert response.status == 200
    assert GRANTED[endpoint] in response.body
    exchanges = c.customer.tenant.end_attempt()
    assert [(e.endpoint, e.status) for e in exchanges] == [(endpoint, status), (endpoint, 200)]


@AT_BOTH
def test_a_redirect_to_another_host_leads_to_a_stranger(server: PlaneServer, endpoint: str) -> None:
    c = client(server, endpoint, Fault(kind="redirect", status=307, code="other-host"))
    with c.dial() as connection:
        c.send(connection)
        place = urlsplit(location(connection.recv(65536)))
    assert place.hostname == "localhost"
    assert place.port not in (urlsplit(server.api_url).port, urlsplit(server.bucket_url).port)
    with socket.create_connection(("127.0.0.1", place.port), timeout=TIMEOUT) as stranger:
        stranger.sendall(b"PUT /x HTTP/1.1\r\nHost: s\r\nConnection: close\r\n\r\n")
        assert everything(stranger)[0].startswith(b"HTTP/1.1 404")
    first, second = c.customer.tenant.end_attempt()
    assert (first.endpoint, first.status) == (endpoint, 307)
    assert (second.endpoint, second.method, second.target) == ("stranger", "PUT", "/x")


def location(received: bytes) -> str:
    return received.partition(b"Location: ")[2].split()[0].decode("latin-1")


def test_an_untrusted_upload_url_works_for_who_does_not_look(server: PlaneServer) -> None:
    c = client(server, "presign", Fault(kind="untrusted-url"))
    received = b""
    with c.dial() as connection:
        c.send(connection)
        while not received or not ends_an_answer(received):
            received += connection.recv(65536)
    url = json.loads(received.partition(b"\r\n\r\n")[2])["uploadUrl"]
    parts = urlsplit(url)
    assert parts.scheme == "https"
    verifying = ssl.create_default_context(cafile=str(server.authority()))
    careless = ssl._create_unverified_context()
    address = (parts.hostname or "", parts.port or 0)
    with socket.create_connection(address, timeout=TIMEOUT) as raw, pytest.raises(ssl.SSLError):
        verifying.wrap_socket(raw, server_hostname=parts.hostname)
    with (
        socket.create_connection(address, timeout=TIMEOUT) as raw,
        careless.wrap_socket(raw) as connection,
    ):
        c.endpoint, c.url = "bucket", url
        c.send(connection)
        assert connection.recv(12) == b"HTTP/1.1 200"
    presign, upload = c.customer.tenant.end_attempt()
    assert (presign.trusted, presign.upload_url) == (True, url)
    assert (upload.trusted, upload.objections, upload.upload_of) == (False, (), (0, 0))


@pytest.mark.parametrize("tls", ["trusted", "untrusted"])
def test_the_api_can_be_had_over_https_beside_http(server: PlaneServer, tls: str) -> None:
    c = client(server, "presign")
    parts = urlsplit(server.url("api", tls))  # type: ignore[arg-type]
    context = ssl.create_default_context(cafile=str(server.authority()))
    if tls == "untrusted":
        context = ssl._create_unverified_context()
    received = b""
    with (
        socket.create_connection((parts.hostname, parts.port), timeout=TIMEOUT) as raw,
        context.wrap_socket(raw, server_hostname=parts.hostname) as connection,
    ):
        c.send(connection)
        while not received or not ends_an_answer(received):
            received += connection.recv(65536)
    (exchange,) = c.customer.tenant.end_attempt()
    assert exchange.trusted == (tls == "trusted")
    assert (exchange.upload_url or "").startswith(server.url("bucket", tls))  # type: ignore[arg-type]


def test_a_run_on_http_makes_no_certificate() -> None:
    with PlaneServer(Plane()) as server:
        assert server.ca_file is None
        file = server.authority()
        assert file.exists()
    assert not file.exists()


@pytest.mark.parametrize("policy", list(Policy))
def test_a_late_upload_needs_another_url(server: PlaneServer, policy: Policy) -> None:
    c = client(server, "bucket")
    c.customer.tenant.policy = policy
    c.script(Fault(kind="late"), OK)
    old = c.url
    for _ in range(2):
        refused = c.customer.put(old, snapshot())
        assert refused.status == 403
        assert b"<Message>Request has expired</Message>" in refused.body
    fresh = c.customer.upload_url()
    assert c.customer.put(fresh, snapshot()).status == 200
    assert c.customer.put(old, snapshot()).status == 403
    assert stored(c) == 1


@AT_BOTH
def test_a_refusal_says_when_to_come_again(server: PlaneServer, endpoint: str) -> None:
    fault = Fault(kind="refuse", status=503, retry_after=3600)
    c = client(server, endpoint, fault)
    response = server.plane.handle(c.request(), c.customer.now)
    assert response is not None
    assert dict(response.headers)["Retry-After"] == "3600"
    assert "Retry-After: 3600" in str(fault)


def test_a_connection_is_of_use_after_an_answer_that_waited(server: PlaneServer) -> None:
    c = client(server, "presign", Fault(kind="held"), OK)
    tenant = c.customer.tenant
    with c.dial() as connection:
        c.send(connection)
        assert tenant.waiting.wait(TIMEOUT)
        c.send(connection)
        tenant.take_up(tenant.set_aside())
        received = b""
        while received.count(b'"uploadUrl"') < 2:
            received += connection.recv(65536)
        c.send(connection)
        assert connection.recv(12) == b"HTTP/1.1 200"
    assert len(tenant.end_attempt()) == 3


def test_an_attempt_that_was_overtaken_waits_no_more(server: PlaneServer) -> None:
    c = client(server, "presign", Fault(kind="held"))
    tenant = c.customer.tenant
    with c.dial() as one, c.dial() as other:
        for connection in (one, other):
            c.send(connection)
            assert tenant.waiting.wait(TIMEOUT)
            tenant.waiting.clear()
        tenant.take_up(tenant.set_aside())
        c.send(one)
        received = b""
        while received.count(b'"uploadUrl"') < 2:
            received += one.recv(65536)
        assert other.recv(12) == b"HTTP/1.1 200"
    assert len(tenant.end_attempt()) == 3
