"""``chaim-conformance serve``, as the author of a handler uses it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from chaim_conformance.drivers.ports import unused_port
from tests.plane.customer import snapshot
from tests.plugin.provider_repo import environment
from tests.sandbox.client import PATIENCE, Serving, ask, exports, raw, serving

ROOT = Path(__file__).parents[2]
NODE = """
const event = JSON.parse(process.argv[2])
const context = { getRemainingTimeInMillis: () => 30000, awsRequestId: event.RequestId }
require(process.argv[1]).handler(event, context).then((answer) =>
  console.log(JSON.stringify(answer ?? null)))
"""
PYTHON = """
import json, sys
sys.path.insert(0, sys.argv[1])
from handler import handler
class Context:
    def get_remaining_time_in_millis(self):
        return 30000
print(json.dumps(handler(json.loads(sys.argv[2]), Context())))
"""


@pytest.fixture(scope="module")
def shared() -> Iterator[Serving]:
    with serving() as served:
        yield served


@pytest.fixture
def served(shared: Serving) -> Serving:
    healthy: dict[str, list[str]] = {"presign": [], "bucket": [], "secrets": []}
    assert shared.post("/faults", healthy)[0] == 200
    assert shared.post("/reset", {})[0] == 200
    return shared


@pytest.fixture
def node_handler(tmp_path: Path) -> Path:
    folder = tmp_path / "node"
    shutil.copytree(ROOT / "examples/node-provider/src", folder)
    (folder / "snapshot.json").write_bytes(snapshot())
    return folder / "index.js"


@pytest.fixture
def python_handler(tmp_path: Path) -> Path:
    folder = tmp_path / "python"
    folder.mkdir()
    shutil.copy(ROOT / "reference_impl/chaim_reference/handler.py", folder)
    (folder / "snapshot.json").write_bytes(snapshot("3.0"))
    return folder


def publish(folder: Path, event: str, variables: dict[str, str]) -> Any:
    """What the handler in Python answers this event."""
    command = (sys.executable, "-c", PYTHON, os.fspath(folder), event)
    # As on Lambda, where it looks for its snapshot.
    return json.loads(run(*command, variables=variables, directory=folder).splitlines()[-1])


def run(*command: str, variables: dict[str, str], directory: Path | None = None) -> str:
    done = subprocess.run(
        command,
        cwd=directory,
        env=environment() | variables,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_handler_in_node_publishes_with_what_was_printed(
    served: Serving, node_handler: Path
) -> None:
    event = json.dumps(served.get("/event/Create"))
    run("node", "-e", NODE, os.fspath(node_handler), event, variables=served.environment)
    state = served.state()
    assert [(e["endpoint"], e["status"]) for e in state["exchanges"]] == [
        ("presign", 200),
        ("bucket", 200),
        ("response-url", 200),
    ]
    assert [e["verdict"] for e in state["ledger"]["service"]] == ["effective"]
    answer = json.loads(state["exchanges"][2]["body"])
    assert answer["Status"] == "SUCCESS"


def test_a_handler_in_python_publishes_and_deletes(served: Serving, python_handler: Path) -> None:
    for kind in ("Create", "Delete"):
        event = json.dumps(served.get(f"/event/{kind}?PhysicalResourceId=mine"))
        assert ("mine" in event) == (kind == "Delete")
        answer = publish(python_handler, event, served.environment)
        assert answer["Data"]["IngestStatus"] == "SUCCESS", answer["Data"]["Error"]
    (entity,) = served.state()["entities"]["service"]
    assert entity["state"] == "deleted"
    resource = entity["identity"]["resourceId"]
    served.read_until(f"ledger: UPSERT of {resource}: effective")
    served.read_until(f"ledger: DELETE of {resource}: effective")


def test_a_handler_finds_its_credentials_in_secrets_manager(
    served: Serving, python_handler: Path
) -> None:
    event = json.dumps(served.get("/event/Create"))
    base = {"CHAIM_API_BASE_URL": served.environment["CHAIM_API_BASE_URL"]}
    variables = base | exports(served.printed, "# export ")
    answer = publish(python_handler, event, variables)
    assert answer["Data"]["IngestStatus"] == "SUCCESS", answer["Data"]["Error"]
    endpoints = [e["endpoint"] for e in served.state()["exchanges"]]
    assert endpoints == ["secrets", "presign", "bucket"]


def test_what_the_service_refuses_is_refused_and_explained(served: Serving) -> None:
    status, answer = served.presign(nonce="1")
    assert (status, answer["errorCode"]) == (400, "INVALID_REQUEST")
    (exchange,) = served.state()["exchanges"]
    assert [o["message"] for o in exchange["objections"]] == ["nonce: a UUID v4 is required"]
    served.read_until("refused: 400 INVALID_REQUEST: nonce: a UUID v4 is required")


def test_it_says_what_was_done_wrong_where_that_is_certain(served: Serving) -> None:
    url = served.environment["CHAIM_API_BASE_URL"]
    assert ask("POST", f"{url}/presign")[0] == 404
    assert ask("GET", f"{url}/ingest/presign")[0] == 405
    wrong = {"x-chaim-key": "another", "x-chaim-signature": "abc"}
    assert ask("POST", f"{url}/ingest/presign", b"{}", wrong)[0] == 401
    assert ask("POST", f"{url}/ingest/presign", b"{}")[0] == 401
    _, granted = served.presign()
    upload = granted["uploadUrl"]
    assert ask("PUT", upload, snapshot(), {"Content-Type": "text/plain"})[0] == 403
    assert ask("PUT", f"{upload}&more=1", snapshot())[0] == 403
    assert ask("PUT", upload, snapshot() + b"\n")[0] == 200
    hints = [" | ".join(e["hints"]) for e in served.state()["exchanges"]]
    assert "POST $CHAIM_API_BASE_URL/ingest/presign" in hints[0]
    assert hints[1] == "presign is a POST"
    assert "x-chaim-key is not the API_KEY" in hints[2]
    assert "HMAC-SHA256 in hex of the 2 bytes" in hints[2]
    assert hints[3] == "there is no header x-chaim-key | there is no header x-chaim-signature"
    assert hints[4] == ""
    assert hints[5] == "uploadUrl is signed for Content-Type: application/json, this has text/plain"
    assert hints[6].startswith("the query is not that of uploadUrl")
    assert "without its last line break" in hints[7]


def test_a_strict_one_takes_nothing_of_what_it_refuses(served: Serving) -> None:
    _, granted = served.presign()
    ask("PUT", granted["uploadUrl"].replace("X-Amz-Expires=300", "X-Amz-Expires=301"), snapshot())
    state = served.state()
    assert (state["policy"], state["objects"], state["exchanges"][1]["status"]) == (
        "strict",
        [],
        403,
    )


def test_any_app_is_good(served: Serving) -> None:
    assert [served.presign(appId=app)[0] for app in ("one", "another")] == [200, 200]


def test_faults_come_in_their_order_and_the_last_one_repeats(served: Serving) -> None:
    status, told = served.post("/faults", {"presign": "503,ok,429 (Retry-After: 2)"})
    assert (status, told["faults"]["presign"]["next"]) == (200, "503")
    assert [served.presign()[0] for _ in range(4)] == [503, 200, 429, 429]
    assert served.state()["faults"]["presign"] == {
        "steps": ["503", "ok", "429 (Retry-After: 2)"],
        "next": "429 (Retry-After: 2)",
    }
    # An endpoint that is not named goes on as it was.
    assert served.post("/faults", {"bucket": ["SlowDown"]})[0] == 200
    assert served.presign()[0] == 429
    assert served.post("/faults", {"presign": []})[0] == 200
    status, granted = served.presign()
    assert status == 200
    assert ask("PUT", granted["uploadUrl"], snapshot())[0] == 503
    served.read_until("-> 503 (fault: SlowDown)")


def test_a_fault_that_is_none_changes_nothing(served: Serving) -> None:
    status, told = served.post("/faults", {"bucket": "SlowDown", "presign": "rset"})
    assert status == 400
    assert "'rset' is no fault of it" in told["error"]
    assert {script["next"] for script in served.state()["faults"].values()} == {"ok"}


def test_after_a_reset_there_is_nothing_and_scripts_begin_again(served: Serving) -> None:
    served.post("/faults", {"presign": "ok,503"})
    _, granted = served.presign()
    assert ask("PUT", granted["uploadUrl"], snapshot())[0] == 200
    assert served.presign()[0] == 503
    before = served.state()
    assert before["objects"][0]["size"] == len(snapshot())
    assert served.post("/reset", {})[0] == 200
    state = served.state()
    assert state["resets"] == before["resets"] + 1
    assert state["exchanges"] == state["objects"] == []
    assert state["ledger"] == state["entities"] == {"service": [], "tolerant": []}
    assert served.presign()[0] == 200
    assert [e["number"] for e in served.state()["exchanges"]] == [1]


def test_only_what_is_new_can_be_asked_for(served: Serving) -> None:
    served.presign()
    served.presign()
    assert [e["number"] for e in served.get("/state?after=1")["exchanges"]] == [2]


def test_nothing_that_is_told_is_secret(served: Serving) -> None:
    keys = served.environment["API_KEY"], served.environment["API_SECRET"]
    _, granted = served.presign(leaked=list(keys))
    ask("PUT", granted["uploadUrl"], " ".join(keys).encode())
    ask("PUT", f"{granted['uploadUrl']}&a=b", snapshot())
    _, page = ask("GET", f"{served.page}/")
    served.read_until("#3 bucket")
    told = json.dumps(served.state()) + page + served.below
    signature = granted["uploadUrl"].rpartition("=")[2]
    for secret in (*keys, signature):
        assert secret[3:19] not in told
    assert "[redacted]" in told


def test_the_page_is_whole_and_takes_nothing_from_elsewhere(served: Serving) -> None:
    status, page = ask("GET", f"{served.page}/")
    assert status == 200
    for words in ('<html lang="en">', 'name="viewport"', "prefers-color-scheme: dark"):
        assert words in page
    assert page.count("<table>") == page.count("<caption>") == 4
    assert "http://" not in page
    assert "https://" not in page
    assert "innerHTML" not in page


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("GET", "/state", {"Host": "evil.example"}, 403),
        ("GET", "/state", {}, 403),
        ("GET", "/state", {"Origin": "http://evil.example"}, 403),
        ("POST", "/reset", {"Content-Type": "application/json", "Origin": "null"}, 403),
        ("POST", "/reset", {"Content-Type": "text/plain"}, 415),
        ("POST", "/faults", {"Content-Type": "application/x-www-form-urlencoded"}, 415),
        ("POST", "/faults", {}, 415),
        ("GET", "/reset", {}, 405),
        ("POST", "/state", {"Content-Type": "application/json"}, 405),
        ("OPTIONS", "/reset", {"Origin": "http://evil.example"}, 501),
        ("GET", "/etc/passwd", {}, 404),
        ("GET", "/state?after=x", {}, 400),
    ],
)
def test_other_web_pages_get_at_nothing(
    served: Serving, method: str, path: str, headers: dict[str, str], status: int
) -> None:
    own = {"Host": urlsplit(served.page).netloc} if (path, headers) != ("/state", {}) else {}
    assert raw(served.page, method, path, own | headers, b"{}" * (method == "POST")) == status


def test_its_own_page_may_change_it_by_either_name(served: Serving) -> None:
    port = urlsplit(served.page).port
    for name in (f"127.0.0.1:{port}", f"localhost:{port}"):
        headers = {
            "Host": name,
            "Origin": f"http://{name}",
            "Content-Type": "application/json; charset=utf-8",
        }
        assert raw(served.page, "POST", "/reset", headers, b"{}") == 200


def test_a_tolerant_one_accepts_and_says_why_not() -> None:
    with serving("--tolerant", "--fault", "bucket=503,ok") as served:
        status, granted = served.presign(nonce="1")
        assert status == 200
        assert ask("PUT", granted["uploadUrl"], snapshot())[0] == 503
        assert ask("PUT", granted["uploadUrl"], snapshot())[0] == 200
        said = served.read_until("ledger, were it accepted: UPSERT of ")
        assert "would be refused: 400 INVALID_REQUEST: nonce" in said
        assert "# fault bucket: 503, ok" in said
        state = served.state()
        assert state["ledger"]["service"] == []
        assert [e["verdict"] for e in state["ledger"]["tolerant"]] == ["effective"]


def test_over_https_a_handler_trusts_it_by_what_was_printed(
    python_handler: Path, tmp_path: Path
) -> None:
    script = tmp_path / "faults.json"
    script.write_text('{"presign": ["503", {"kind": "ok"}]}', encoding="utf-8")
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    with serving("--https", "--script", os.fspath(script), temporary=temporary) as served:
        assert served.environment["CHAIM_API_BASE_URL"].startswith("https://127.0.0.1:")
        event = json.dumps(served.get("/event/Create"))
        answers = [publish(python_handler, event, served.environment) for _ in range(2)]
        assert [a["Data"]["IngestStatus"] for a in answers] == ["FAILED", "SUCCESS"]
        assert [e["status"] for e in served.state()["exchanges"]] == [503, 200, 200]
        assert served.ended_by(signal.SIGINT) == 0
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_when_told_to_also_amid_a_request(sent: signal.Signals) -> None:
    with serving("--fault", "presign=stall") as served:
        url = urlsplit(served.environment["CHAIM_API_BASE_URL"])
        with socket.create_connection((url.hostname, url.port or 0), PATIENCE) as waiting:
            waiting.sendall(
                b"POST /ingest/presign HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"
            )
            served.read_until("-> no answer (fault: stall)")
            assert served.ended_by(sent) == 0
        for address in (url, urlsplit(served.page)):
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection((address.hostname, address.port or 0), PATIENCE)
    assert "Traceback" not in served.printed


def test_nobody_has_to_read_to_the_end() -> None:
    with serving() as served:
        assert served.process.stdout is not None
        served.process.stdout.close()
        served.presign()
        assert served.process.wait(PATIENCE) == 0


def test_credentials_and_address_hold_when_it_is_started_again_on_its_port() -> None:
    port = str(unused_port(host="127.0.0.2"))
    environments = []
    for _ in range(2):
        with serving("--host", "127.0.0.2", "--port", port) as served:
            environments.append(served.environment)
    assert environments[0] == environments[1]
    assert environments[0]["CHAIM_API_BASE_URL"] == f"http://127.0.0.2:{port}"
