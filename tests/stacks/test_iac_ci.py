"""iac-ci as its author runs it, with the faults that it knows of; and with others in it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from chaim_conformance import contract
from tests.by_day import some_by_day
from tests.examples.copies import Edit, folder_of
from tests.plugin.provider_repo import environment

PATIENCE = 1200
QUICK = ("--chaim-profile", "quick")
BINDER = tuple(one.id for one in contract.clauses() if one.id.startswith("B"))
# All three share the code that keeps a publisher's clauses, of which the image is judged by some
# of each group, and the others by those that their own code is about. The night judges them whole.
PUBLISHING = ("H10", "H42")
IMAGE = ("H01", "H10", "H42", "H51", "H80", "H90")
CALLBACK = ("H10", "H33", "H40", "H80")
BEHIND_IT = ("H10", "H22", "H33", "H81")
# The entry of chaim.toml, made another's.
NOTHING_KNOWN = ('provider = "callback"', 'provider = "image"')


def run(directory: Path, *arguments: str, edits: tuple[Edit, ...] = ()) -> tuple[int, str]:
    """``pytest -p chaim_conformance`` in a copy: its exit code, and all that it printed."""
    beside = Path(sys.executable).parent  # as in an activated environment: locators say python3
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "chaim_conformance", *arguments],
        cwd=folder_of("iac-ci", directory, *edits),
        env=environment() | {"PATH": f"{beside}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    return ran.returncode, ran.stdout + ran.stderr


def violated(printed: str) -> list[str]:
    """The clauses whose lines say FAIL."""
    return re.findall(r"^FAIL +([BH]\d\d) ", printed, re.MULTILINE)


def judged(
    directory: Path, provider: str, *clauses: str, edits: tuple[Edit, ...] = ()
) -> tuple[int, str]:
    """One provider's verdicts about these clauses."""
    select = ("--chaim-provider", provider, "--chaim-select", ",".join(clauses))
    return run(directory, *QUICK, *select, edits=edits)


MENDED = (("        if not (order / worker.SEALED).is_file():\n    ", ""), NOTHING_KNOWN)


@pytest.mark.night
def test_all_of_it_passes(tmp_path: Path) -> None:
    code, printed = run(tmp_path, *QUICK)
    assert code == 0, printed
    assert violated(printed) == []


@pytest.mark.night
def test_all_of_the_mended_callback_passes(tmp_path: Path) -> None:
    code, printed = run(tmp_path, *QUICK, "--chaim-provider", "callback", edits=MENDED)
    assert code == 0, printed
    assert ", 0 failed, 0 known, 7 n/a, 0 blocked, " in printed


def test_the_binder_of_plans_and_its_publisher_pass(tmp_path: Path) -> None:
    code, printed = judged(tmp_path, "terraform", *BINDER, *PUBLISHING)
    assert code == 0, printed
    assert ", 0 failed, 0 known, " in printed
    assert "played first: table order_events of plan.json with OrderEvent" in printed


def test_the_entry_point_of_the_image_passes(tmp_path: Path) -> None:
    code, printed = judged(tmp_path, "image", *IMAGE)
    assert code == 0, printed
    assert f"clauses: {len(IMAGE)} passed, 0 failed, 0 known, " in printed


def test_the_callback_passes_but_for_what_is_known(tmp_path: Path) -> None:
    code, printed = judged(tmp_path, "callback", *CALLBACK)
    assert code == 0, printed
    assert "clauses: 2 passed, 0 failed, 1 known, 0 n/a, 1 blocked, " in printed
    assert "the URL of the first attempt" in printed


def test_a_callback_that_presigns_in_each_attempt_keeps_all_of_it(tmp_path: Path) -> None:
    """The README says so: encrypted bundle, credentials and presigned callback are allowed."""
    code, printed = judged(tmp_path, "callback", *BEHIND_IT, edits=MENDED)
    assert code == 0, printed
    assert f"clauses: {len(BEHIND_IT)} passed, 0 failed, 0 known, " in printed


def test_its_own_tests_pass(tmp_path: Path) -> None:
    pytest.importorskip("hcl2", reason="python-hcl2 is in `tox -e iac-ci`")
    code, printed = run(tmp_path, "tests")
    assert code == 0, printed


FAULTS: dict[str, tuple[str, tuple[str, ...], Edit, list[str]]] = {
    "the index is lost": (
        "terraform",
        ("B05", "B07", "B08"),
        ('unknown.blocks(after, "global_secondary_index")', "()"),
        ["B07"],
    ),
    "a TTL is guessed": (
        "terraform",
        ("B05", "B07", "B08"),
        (
            "            return name.text\n    return None\n",
            "            return name.text\n    return 'ttl'\n",
        ),
        ["B08"],
    ),
    "the hash is of other bytes": (
        "terraform",
        ("H10", "H11", "H40"),
        ("hashlib.sha256(self.body)", "hashlib.sha256(self.body[1:])"),
        ["H10"],
    ),
    "a retried operation is another event": (
        "image",
        ("H02", "H03", "H10"),
        ("    event_id = event_id_of(operation_id)\n", "    event_id = str(uuid.uuid4())\n"),
        ["H03"],
    ),
    "the bundle is not encrypted": (
        "callback",
        ("H75",),
        ("_cipher().encrypt(json.dumps(variables).encode())", "json.dumps(variables).encode()"),
        ["H75"],
    ),
}


# One of each provider.
BY_DAY = (
    "the index is lost",
    "a retried operation is another event",
    "the bundle is not encrypted",
)


@pytest.mark.parametrize("fault", some_by_day(FAULTS, BY_DAY))
def test_a_fault_is_caught(fault: str, tmp_path: Path) -> None:
    provider, clauses, edit, caught = FAULTS[fault]
    code, printed = judged(tmp_path, provider, *clauses, edits=(edit,))
    assert code == 1, printed
    assert violated(printed) == caught


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("worker.handler", "It raised: KeyError: 'exec'."),
        ("worker.main", "Runtime.HandlerNotFound: command 'worker.main'"),
    ],
)
def test_another_entry_point_of_the_image_is_no_publisher(
    command: str, said: str, tmp_path: Path
) -> None:
    """It is told before anything is judged, with what the image answered or printed."""
    edit = ("chaim_publisher.handler --bundle {bundle}", command + " --bundle {bundle}")
    code, printed = judged(tmp_path, "image", "H10", edits=(edit,))
    assert code == 4, printed
    assert said in printed
