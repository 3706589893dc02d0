"""The plane on sockets, over HTTP and HTTPS, as real clients reach it."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import struct
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from urllib.parse import urlsplit

import pytest
import requests

from chaim_conformance.errors import HarnessError
from chaim_conformance.plane import Plane, PlaneServer, Policy
from chaim_conformance.plane import server as server_module
from chaim_conformance.plane.server import listen_on_loopback
from chaim_conformance.plane.tenant import Tenant
from chaim_conformance.scenario import OK, RESET, Fault
from tests.plane.customer import CREDENTIALS, Customer, snapshot, target
from tests.port_443 import at_443

TIMEOUT = 20
SCHEMES = ("http", "https")


@pytest.fixture(params=SCHEMES)
def server(request: pytest.FixtureRequest) -> Iterator[PlaneServer]:
    with PlaneServer(Plane(), scheme=request.param) as server:
        yield server


@pytest.fixture
def plain() -> Iterator[PlaneServer]:
    with PlaneServer(Plane()) as server:
        yield server


def open_customer(server: PlaneServer, policy: Policy = Policy.STRICT) -> Customer:
    tenant = server.plane.open_tenant(
        credentials=CREDENTIALS,
        app_ids=None,
        policy=policy,
        object_key="a b+c/ü.json",
        security_token="t+o/k=",
    )
    tenant.begin_attempt()
    return Customer(plane=server.plane, tenant=tenant, now=server.clock())


def connect(server: PlaneServer, url: str) -> http.client.HTTPConnection:
    parts = urlsplit(url)
    assert parts.hostname
    if server.ca_file is None:
        return http.client.HTTPConnection(parts.hostname, parts.port, timeout=TIMEOUT)
    context = ssl.create_default_context(cafile=str(server.ca_file))
    return http.client.HTTPSConnection(parts.hostname, parts.port, timeout=TIMEOUT, context=context)


def dial(url: str) -> socket.socket:
    parts = urlsplit(url)
    return socket.create_connection((parts.hostname, parts.port), timeout=TIMEOUT)


def everything(connection: socket.socket) -> bytes:
    received = b""
    while chunk := connection.recv(65536):
        received += chunk
    return received


def test_a_handlers_way_through_both_listeners(server: PlaneServer) -> None:
    c = open_customer(server)
    body = json.dumps(c.fields()).encode()
    connection = connect(server, server.api_url)
    headers = dict(c.presign_request(body).headers)
    connection.request("POST", "/ingest/presign", body, headers)
    answer = connection.getresponse()
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/json")
    url = json.load(answer)["uploadUrl"]
    connection.close()
    assert url.startswith(server.bucket_url)

    connection = connect(server, url)
    for _ in range(3):  # keep-alive
        connection.request("PUT", target(url), snapshot(), {"Content-Type": "application/json"})
        answer = connection.getresponse()
        assert (answer.status, answer.read()) == (200, b"")
        kept = connection.sock
    assert connection.sock is kept
    connection.close()
    exchanges = c.tenant.end_attempt()
    assert [(e.endpoint, e.status) for e in exchanges] == [("presign", 200), *[("bucket", 200)] * 3]
    assert exchanges[0].body == body
    assert dict(exchanges[0].headers)["X-Chaim-Key"] == CREDENTIALS.api_key
    assert [e.verdict for e in c.tenant.ledger] == ["effective", "no-op", "no-op"]


def test_requests_can_upload(server: PlaneServer) -> None:
    c = open_customer(server)
    verify = str(server.ca_file) if server.ca_file else True
    headers = {"Content-Type": "application/json"}
    for body in (snapshot(), snapshot("3.0")):
        response = requests.put(
            c.upload_url(), data=body, headers=headers, verify=verify, timeout=TIMEOUT
        )
        assert response.status_code == 200
    response = requests.put(c.upload_url(), data=body, verify=verify, timeout=TIMEOUT)
    assert response.status_code == 403
    assert "<Code>SignatureDoesNotMatch</Code>" in response.text


def test_who_does_not_trust_the_authority_sends_nothing() -> None:
    with PlaneServer(Plane(), scheme="https") as server:
        c = open_customer(server)
        with pytest.raises(requests.exceptions.SSLError):
            requests.put(c.upload_url(), data=b"{}", timeout=TIMEOUT)
        assert [e.endpoint for e in c.tenant.end_attempt()] == ["presign"]
        verify = str(server.ca_file)
        localhost = server.api_url.replace("127.0.0.1", "localhost")
        assert requests.get(localhost, verify=verify, timeout=TIMEOUT).status_code == 404


def test_a_response_url_takes_a_put_with_an_empty_content_type(server: PlaneServer) -> None:
    c = open_customer(server)
    url = c.tenant.response_url(server.clock())
    connection = connect(server, url)
    connection.request("PUT", target(url), b'{"Status": "SUCCESS"}', {"Content-Type": ""})
    assert connection.getresponse().status == 200
    connection.close()
    (exchange,) = c.tenant.end_attempt()
    assert (exchange.endpoint, exchange.objections) == ("response-url", ())
    assert exchange.body == b'{"Status": "SUCCESS"}'


def test_answers_can_have_a_port_of_their_own_over_https() -> None:
    asked = []

    def listen(port: int) -> socket.socket:
        asked.append(port)
        return listen_on_loopback(0)

    with PlaneServer(Plane(), listen=listen, answer_port=443) as server:
        assert asked == [0, 0, 443]
        c = open_customer(server)
        assert c.upload_url().startswith(f"{server.bucket_url}/")
        assert server.bucket_url.startswith("http://")
        url = c.tenant.response_url(server.clock())
        assert url.startswith("https://127.0.0.1:")
        verify = str(server.ca_file)
        put = requests.put(url, data=b"{}", verify=verify, timeout=TIMEOUT)
        assert put.status_code == 200
    assert [(e.endpoint, e.objections) for e in c.tenant.end_attempt()[1:]] == [
        ("response-url", ())
    ]


def test_the_usual_port_stands_in_no_url() -> None:
    with at_443() as listening:
        host = listening.getsockname()[0]
        server = PlaneServer(
            Plane(),
            listen=lambda port: listening.dup() if port else listen_on_loopback(0),
            answer_port=443,
        )
        with server:
            c = open_customer(server)
            url = c.tenant.response_url(server.clock())
            assert url.startswith(f"https://{host}/")
            put = requests.put(url, data=b"{}", verify=str(server.ca_file), timeout=TIMEOUT)
            assert put.status_code == 200
        assert c.tenant.end_attempt()[0].objections == ()


@pytest.mark.skipif(sys.platform != "linux", reason="one loopback address only")
def test_a_port_that_somebody_has_is_free_on_another_loopback_address() -> None:
    with listen_on_loopback(0) as one, listen_on_loopback(one.getsockname()[1]) as two:
        (host, port), (other_host, other_port) = one.getsockname(), two.getsockname()
        assert (host, other_port) == ("127.0.0.1", port)
        assert other_host != host


def test_a_port_that_cannot_be_had_is_the_kits_trouble(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_module, "LOOPBACK", ("127.0.0.1",))
    before = set(threading.enumerate())
    with listen_on_loopback(0) as taken:
        server = PlaneServer(Plane(), answer_port=taken.getsockname()[1])
        with pytest.raises(HarnessError, match="could not listen on "):
            server.start()
    assert set(threading.enumerate()) == before
    assert server.ca_file is None


def test_the_clock_can_be_moved(plain: PlaneServer) -> None:
    c = open_customer(plain)
    url, start = c.upload_url(), c.now
    plain.clock = lambda: start + 301
    response = requests.put(
        url, data=b"{}", headers={"Content-Type": "application/json"}, timeout=TIMEOUT
    )
    assert (response.status_code, "Request has expired" in response.text) == (403, True)


def test_chunks_are_joined_and_seen_as_chunks(plain: PlaneServer) -> None:
    c = open_customer(plain, Policy.TOLERANT)
    chunks = (snapshot()[:10], snapshot()[10:])
    headers = {"Content-Type": "application/json"}
    response = requests.put(c.upload_url(), data=iter(chunks), headers=headers, timeout=TIMEOUT)
    assert response.status_code == 200
    upload = c.tenant.end_attempt()[-1]
    assert upload.body == snapshot()
    assert upload.header("transfer-encoding") == "chunked"
    assert [o.code for o in upload.objections] == ["NotImplemented"]


def test_a_body_of_nine_mebibytes(server: PlaneServer) -> None:
    c = open_customer(server)
    body = snapshot(schema={"fields": "x" * (9 * 1024 * 1024)})
    url = c.upload_url()
    connection = connect(server, url)
    connection.request("PUT", target(url), body, {"Content-Type": "application/json"})
    assert connection.getresponse().status == 200
    connection.close()
    assert c.tenant.end_attempt()[-1].body == body


def test_more_than_64_mebibytes_is_refused_and_not_recorded(plain: PlaneServer) -> None:
    c = open_customer(plain)
    with dial(plain.bucket_url) as connection:
        length = 64 * 1024 * 1024 + 1
        connection.sendall(
            f"PUT /x HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n".encode()
        )
        assert everything(connection).startswith(b"HTTP/1.1 413 ")
    assert c.tenant.end_attempt() == ()


def test_expect_100_continue(plain: PlaneServer) -> None:
    c = open_customer(plain)
    url = c.upload_url()
    host = urlsplit(url).netloc
    with dial(url) as connection:
        connection.sendall(
            f"PUT {target(url)} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
            f"Content-Length: 2\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n".encode()
        )
        assert connection.recv(65536).startswith(b"HTTP/1.1 100 ")
        connection.sendall(b"{}")
        assert everything(connection).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "GET", "DELETE", "PATCH", "BREW"])
def test_any_method_gets_an_answer_and_the_connection_lives_on(
    plain: PlaneServer, method: str
) -> None:
    open_customer(plain)
    for url in (plain.api_url, plain.bucket_url):
        connection = connect(plain, url)
        for _ in range(2):
            connection.request(method, "/")
            answer = connection.getresponse()
            assert answer.status == (404 if url == plain.api_url else 403)
            assert bool(answer.read()) == (method != "HEAD")
        connection.close()


def test_requests_in_one_piece_are_answered_in_order(plain: PlaneServer) -> None:
    c = open_customer(plain)
    with dial(plain.api_url) as connection:
        connection.sendall(
            b"GET /one HTTP/1.1\r\nHost: a\r\n\r\n"
            b"GET /two HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
        )
        assert everything(connection).count(b"HTTP/1.1 404 ") == 2
    assert [e.target for e in c.tenant.end_attempt()] == ["/one", "/two"]


@pytest.mark.parametrize("garbage", [b"hello\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\r\n\r\n"])
def test_what_is_no_http_is_400_and_not_recorded(plain: PlaneServer, garbage: bytes) -> None:
    c = open_customer(plain)
    with dial(plain.api_url) as connection:
        connection.sendall(garbage)
        assert everything(connection).startswith(b"HTTP/1.1 400 ")
    assert c.tenant.end_attempt() == ()


def test_a_sender_who_gives_up_half_way_is_not_recorded(plain: PlaneServer) -> None:
    c = open_customer(plain)
    connection = dial(plain.bucket_url)
    connection.sendall(b"PUT /x HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()
    assert requests.get(plain.api_url, timeout=TIMEOUT).status_code == 404
    assert [e.endpoint for e in c.tenant.end_attempt()] == ["elsewhere"]


def test_a_reset_closes_the_connection_without_an_answer(server: PlaneServer) -> None:
    c = open_customer(server)
    c.tenant.begin_attempt(presign=(RESET, OK))
    connection = connect(server, server.api_url)
    connection.request("POST", "/ingest/presign", b"{}")
    with pytest.raises(OSError):  # noqa: PT011 - reset, or an end of file, as TLS has it
        connection.getresponse()
    connection.close()
    (exchange,) = c.tenant.end_attempt()
    assert (exchange.status, exchange.body) == (None, b"{}")


def test_a_throttled_connection_is_closed(plain: PlaneServer) -> None:
    c = open_customer(plain)
    c.tenant.begin_attempt(bucket=(Fault(kind="refuse", code="SlowDown"),))
    with dial(plain.bucket_url) as connection:
        connection.sendall(b"PUT /x HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
        answer = everything(connection)
    assert answer.startswith(b"HTTP/1.1 503 ")
    assert b"<Code>SlowDown</Code>" in answer


@pytest.mark.parametrize("status", [204, 304, 201, 599])
def test_any_status_can_be_scripted(plain: PlaneServer, status: int) -> None:
    c = open_customer(plain)
    c.tenant.begin_attempt(presign=(Fault(kind="answer", status=status, body="{}"),))
    response = requests.post(f"{plain.api_url}/ingest/presign", data=b"{}", timeout=TIMEOUT)
    assert response.status_code == status
    assert response.content == (b"" if status in (204, 304) else b"{}")


def test_trouble_of_the_planes_own_is_500_and_comes_to_light(
    plain: PlaneServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(self: Tenant, *arguments: object, **options: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(Tenant, "store", broken)
    c = open_customer(plain)
    headers = {"Content-Type": "application/json"}
    url = c.upload_url()
    assert requests.put(url, data=b"{}", headers=headers, timeout=TIMEOUT).status_code == 500
    with pytest.raises(HarnessError):
        c.tenant.end_attempt()


def test_many_at_once(plain: PlaneServer) -> None:
    c = open_customer(plain)
    urls = [c.upload_url() for _ in range(40)]
    headers = {"Content-Type": "application/json"}

    def upload(url: str) -> int:
        return requests.put(url, data=snapshot(), headers=headers, timeout=TIMEOUT).status_code

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(upload, urls)) == {200}
    uploads = [e for e in c.tenant.end_attempt() if e.endpoint == "bucket"]
    assert sorted(e.upload_of or () for e in uploads) == [(0, n) for n in range(40)]


@pytest.mark.parametrize("scheme", SCHEMES)
def test_closing_leaves_no_thread_no_port_and_no_file(scheme: str) -> None:
    before = set(threading.enumerate())
    server = PlaneServer(Plane(), scheme=scheme)  # type: ignore[arg-type]
    server.close()  # never started: nothing to do
    with server:
        ca_file = server.ca_file
        assert (ca_file is not None) == (scheme == "https")
        open_customer(server)
        idle = dial(server.api_url)
    assert set(threading.enumerate()) == before
    for url in (server.api_url, server.bucket_url):
        with pytest.raises(ConnectionRefusedError):
            dial(url)
    with idle:
        assert_closed(idle)
    assert ca_file is None or not ca_file.parent.exists()
    server.close()


def test_closing_amid_everything(server: PlaneServer) -> None:
    """Handshakes that never go on, half requests and idle connections do not keep it open."""
    halves = [dial(url) for url in (server.api_url, server.bucket_url) for _ in range(10)]
    for connection in halves[::2]:
        connection.sendall(b"PUT /x HTTP/1.1\r\n")
    open_customer(server)
    server.close()
    for connection in halves:
        with connection, suppress(ConnectionResetError):
            everything(connection)


def assert_closed(connection: socket.socket) -> None:
    with suppress(ConnectionResetError):
        assert connection.recv(1) == b""


def test_a_server_is_started_once(plain: PlaneServer) -> None:
    with pytest.raises(HarnessError):
        plain.start()


def test_two_servers_know_nothing_of_each_other() -> None:
    with PlaneServer(Plane()) as one, PlaneServer(Plane()) as two:
        assert len({one.api_url, one.bucket_url, two.api_url, two.bucket_url}) == 4
        c = open_customer(one)
        c = replace(c, now=time.time())
        assert c.upload_url().startswith(one.bucket_url)


def test_answers_go_to_a_host_that_no_upload_shares() -> None:
    """A client keeps connections by host, and that of an upload may have been closed."""
    plane = Plane()
    with PlaneServer(plane) as server:
        assert plane.answer_url is not None
        assert len({plane.answer_url, server.api_url, server.bucket_url}) == 3
        assert plane.answer_url.startswith("http://")
