"""``command:``: one process an attempt, a request on stdin, an answer on stdout."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from chaim_conformance import contract
from chaim_conformance.cloudformation import read_answer
from chaim_conformance.errors import ProviderNotStartable
from chaim_conformance.transcript import Answer
from tests.drivers.conftest import Driven, Workbench
from tests.drivers.programs import PYTHON

SHOW = """
import json, os, sys, tempfile
tmp = tempfile.gettempdir()
data = {"request": json.load(sys.stdin), "cwd": os.getcwd(), "left": os.listdir(tmp),
        "environment": dict(os.environ), "snapshot": open("snapshot.json").read()}
open(os.path.join(tmp, "mark"), "w").close()
print("a line of the log", file=sys.stderr)
print(json.dumps({"status": "SUCCESS", "data": data}))
"""
CREATE = {"RequestType": "Create", "RequestId": "5c0ffee0-0000-4000-8000-000000000001"}
DELETE = {"RequestType": "Delete", "RequestId": "5c0ffee0-0000-4000-8000-000000000002"}
SOUND = '{"status": "SUCCESS", "data": {"IngestStatus": "SUCCESS"}}'


def shown(driven: Driven, event: dict[str, str] = CREATE, *, cold: bool = False) -> Any:
    invocation = driven.invoke(event, cold=cold)
    assert invocation.outcome.kind == "returned", invocation
    assert (invocation.stdout, invocation.stderr) == ("", "a line of the log\n")
    return json.loads(invocation.outcome.payload or "")["data"]


def scripted(bench: Workbench, text: str) -> Driven:
    bench.write("publish.py", text)
    return bench.drive(f"command:{PYTHON} publish.py")


def heard(driven: Driven, *, timeout: float = 30.0) -> Answer:
    outcome = driven.invoke(CREATE, timeout=timeout).outcome
    return read_answer("command", CREATE, outcome, ())


def test_a_request_is_what_the_schema_says(bench: Workbench) -> None:
    driven = scripted(bench, SHOW)
    requests = [shown(driven, event)["request"] for event in (CREATE, CREATE, DELETE)]
    for request in requests:
        contract.validator("command-request").validate(request)
    assert [r["operation"] for r in requests] == ["publish", "publish", "delete"]
    assert [r["attempt"] for r in requests] == [1, 2, 1]
    assert [r["operationId"] for r in requests] == [
        event["RequestId"] for event in (CREATE, CREATE, DELETE)
    ]
    driven.deploy()
    assert shown(driven, DELETE)["request"]["attempt"] == 1


def test_it_runs_in_a_copy_of_the_bundle_and_is_no_lambda(bench: Workbench) -> None:
    driven = scripted(bench, SHOW)
    driven.deploy(b'{"n": 7}', {"APP_ID": "orders"})
    seen = shown(driven)
    assert seen["cwd"] == seen["request"]["bundle"]
    assert not Path(seen["cwd"]).is_relative_to(bench.folder)
    assert seen["snapshot"] == '{"n": 7}'
    assert seen["environment"]["APP_ID"] == "orders"
    assert not [name for name in seen["environment"] if "LAMBDA" in name]


def test_a_warm_attempt_keeps_the_temporary_directory_and_a_cold_one_does_not(
    bench: Workbench,
) -> None:
    driven = scripted(bench, SHOW)
    assert shown(driven)["left"] == []
    assert shown(driven)["left"] == ["mark"]
    assert shown(driven, cold=True)["left"] == []
    assert {left.path for left in driven.driver.leftovers()} == {"tmp/mark"}
    driven.deploy()
    assert driven.driver.leftovers() == ()
    assert shown(driven)["left"] == []
    assert {left.path for left in driven.driver.leftovers()} == {"tmp/mark"}


ENDINGS = {
    f"print('{SOUND}')": ("SUCCESS", ""),
    f"print('{SOUND}'); raise SystemExit(1)": ("SUCCESS", ""),
    """print('{"status": "FAILED", "reason": "refused"}'); raise SystemExit(1)""": (
        "FAILED",
        "refused",
    ),
    "raise SystemExit(3)": ("FAILED", "ended with exit code 3, and without an answer"),
    "print('half'); raise SystemExit(3)": ("FAILED", "exit code 3"),
    "import os; os.kill(os.getpid(), 9)": ("FAILED", "signal SIGKILL"),
    "import sys; sys.stdout.close()": (None, "it printed no answer"),
    "print('done')": (None, "is no answer"),
    "print('[]')": (None, "is no answer"),
    """print('{"status": "OK"}')""": (None, "is no answer"),
    """print('{"status": "SUCCESS", "data": 1}')""": (None, "is no answer"),
}


@pytest.mark.parametrize("text", ENDINGS)
def test_what_is_heard_of_it(bench: Workbench, text: str) -> None:
    status, reason = ENDINGS[text]
    answer = heard(scripted(bench, text))
    assert answer.status == status
    assert reason in answer.reason


def test_a_command_that_does_not_end_is_killed_with_all_that_it_started(bench: Workbench) -> None:
    text = "import subprocess; subprocess.run(['sleep', '1000'])"
    answer = heard(scripted(bench, text), timeout=2.0)
    assert answer.status == "FAILED"
    assert "had not ended after 2.00 seconds" in answer.reason


def test_a_command_that_leaves_something_running_is_not_waited_for(bench: Workbench) -> None:
    text = f"import subprocess; subprocess.Popen(['sleep', '1000']); print('{SOUND}')"
    assert heard(scripted(bench, text)).status == "SUCCESS"


def test_a_command_that_cannot_be_run(bench: Workbench) -> None:
    bench.write("publish", "#!/no/such/interpreter\n").chmod(0o755)
    driven = bench.drive("command:./publish")
    with pytest.raises(ProviderNotStartable, match="cannot be run"):
        driven.invoke(CREATE)


@pytest.mark.parametrize(
    ("answer", "valid"),
    [
        ({"status": "FAILED", "reason": "refused"}, True),
        ({"status": "SUCCESS"}, False),
        ({"status": "done"}, False),
        ({"status": "SUCCESS", "data": {"IngestStatus": "SUCCESS"}}, False),
    ],
)
def test_the_schema_of_answers(answer: dict[str, Any], valid: bool) -> None:
    assert contract.validator("command-answer").is_valid(answer) is valid
