"""The fixtures in a provider's own repo: they work, explain themselves, and cost nothing unused."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import chaim_conformance
from chaim_conformance import fixtures
from tests.plugin.provider_repo import HANDLER, PATIENCE, WRONG_HASH, ProviderRepo, environment

AUTHORS_TESTS = Path(__file__).with_name("authors_tests.py")
COMMAND_PYTHON = Path(__file__).parents[1] / "handlers/command-python/publish.py"

ONE_TEST = """
from chaim_conformance.fixtures import assert_conformant

def test_it(cloudformation, bundle):
    cloudformation.create(bundle())
    assert_conformant(cloudformation.transcript)
"""


def test_an_author_uses_them_all(repo: ProviderRepo) -> None:
    repo.write("tests/test_mine.py", AUTHORS_TESTS.read_text(encoding="utf-8"))
    run = repo.pytest("tests", "-W", "error")
    count = len(re.findall(r"^def test_", AUTHORS_TESTS.read_text(encoding="utf-8"), re.MULTILINE))
    assert f"{count + 1} passed" in run.stdout, run.stdout  # one has a parameter of two values
    assert "clauses:" not in run.stdout


def test_a_violation_reads_as_in_the_suite(repo: ProviderRepo) -> None:
    repo.write_handler(WRONG_HASH)
    repo.write("tests/test_mine.py", ONE_TEST)
    run = repo.pytest("tests")
    assert run.returncode == 1
    for text in (
        "H10 content-hash (MUST) does not hold",
        "Expected",
        "What was played",
        ">       assert_conformant(cloudformation.transcript)",
    ):
        assert text in run.stdout, run.stdout
    assert "conformance.py" not in run.stdout  # none of the kit's own code


def test_a_publisher_that_is_no_lambda(repo: ProviderRepo) -> None:
    repo.write("publish.py", COMMAND_PYTHON.read_text(encoding="utf-8"))
    test = "\ndef test_alone(handler, bundle):\n    handler.deploy(bundle())\n"
    test += "    assert handler.invoke('Create').answer.status == 'SUCCESS'\n"
    repo.write("tests/test_mine.py", ONE_TEST + test)
    run = repo.pytest("tests", "--chaim-handler", f"command:{sys.executable} publish.py")
    assert "2 passed" in run.stdout, run.stdout


def test_the_first_format_of_the_provider(repo: ProviderRepo) -> None:
    repo.configure(f'handler = "{HANDLER}"\nformats = ["3.0"]')
    repo.write("tests/test_mine.py", "def test_it(bundle): assert bundle.format == '3.0'\n")
    assert "1 passed" in repo.pytest("tests").stdout


def test_from_another_folder(repo: ProviderRepo) -> None:
    repo.write("pytest.ini", "[pytest]\n")
    repo.write("tests/test_mine.py", ONE_TEST)
    inside = ProviderRepo(repo.directory / "tests")
    assert "1 passed" in inside.pytest("test_mine.py").stdout


def test_the_build_is_run_once(repo: ProviderRepo) -> None:
    pytest.importorskip("xdist", reason="pytest-xdist is not installed")
    code = "open('built', 'a').write('once\\\\n')"
    repo.configure(f'handler = "{HANDLER}"\nprepare = "{sys.executable} -c \\"{code}\\""')
    repo.write("tests/test_one.py", ONE_TEST)
    repo.write("tests/test_two.py", "def test_it(handler, bundle): handler.deploy(bundle())\n")
    run = repo.pytest("tests", "-n", "2")
    assert "2 passed" in run.stdout, run.stdout
    assert (repo.directory / "built").read_text(encoding="utf-8") == "once\n"


@pytest.mark.parametrize(
    ("configuration", "says"),
    [
        ("", "set `handler` below [provider] in chaim.toml"),
        ('[provider]\nbinder = "cdk-node:."', "set `handler` below [provider] in chaim.toml"),
        ('[provider]\nhandler = "python:gone.py:handler"', "gone.py: no such file"),
        ('[provider.a]\nhandler = "node:a.js"\n[provider.b]\nhandler = "node:b.js"', "choose one"),
        (f'[provider]\nhandler = "{HANDLER}"\nprepare = "false"', "prepare = 'false': exit code 1"),
    ],
)
@pytest.mark.parametrize(
    "fixture", ["handler", pytest.param("cloudformation", marks=pytest.mark.night)]
)
def test_what_is_to_be_set(repo: ProviderRepo, fixture: str, configuration: str, says: str) -> None:
    (repo.directory / "chaim.toml").unlink()
    if configuration:
        repo.write("chaim.toml", f'contract = "1.0"\n{configuration}\n')
    repo.write("tests/test_mine.py", f"def test_it({fixture}): pass\n")
    run = repo.pytest("tests")
    assert run.returncode == 1
    assert says in run.stdout, run.stdout
    assert "Traceback" not in run.stdout
    assert "provider.py" not in run.stdout


def test_each_says_in_a_line_what_it_is(repo: ProviderRepo) -> None:
    (repo.directory / "chaim.toml").unlink()
    listed = repo.pytest("--fixtures").stdout
    for name in ("ingest_plane", "bucket", "bundle", "handler", "cloudformation"):
        line = rf"^{name} -- .*chaim_conformance/fixtures/__init__\.py:\d+\n    .{{40,90}}[.`]$"
        assert re.search(line, listed, re.MULTILINE), listed


def test_unused_they_import_nothing(repo: ProviderRepo) -> None:
    heavy = ("plane", "runner", "judge", "checks", "drivers", "half_judge", "fixtures.handler")
    repo.write(
        "tests/test_mine.py",
        "import sys\n"
        f"HEAVY = {{f'chaim_conformance.{{name}}' for name in {heavy}}}\n"
        "def test_it(): assert not HEAVY & set(sys.modules)\n",
    )
    run = repo.pytest("tests")
    assert "1 passed" in run.stdout, run.stdout


def test_every_name_is_there() -> None:
    for name in fixtures.__all__:
        assert getattr(fixtures, name) is not None
    with pytest.raises(AttributeError, match="nothing"):
        fixtures.__getattr__("nothing")


def test_they_are_typed(tmp_path: Path) -> None:
    """The marker is there, and with it mypy believes what a test is told of a fixture."""
    pytest.importorskip("mypy", reason="mypy is not installed")
    assert Path(chaim_conformance.__file__).with_name("py.typed").is_file()
    wrong = tmp_path / "test_wrong.py"
    wrong.write_text(
        "from chaim_conformance.fixtures import Handler\n"
        "def test_it(handler: Handler) -> None:\n"
        "    handler.invoke('Recreate')\n",
        encoding="utf-8",
    )
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--follow-imports=silent", os.fspath(wrong)],
        cwd=tmp_path,
        env=environment() | {"MYPYPATH": os.fspath(Path(chaim_conformance.__file__).parents[1])},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.stdout.count(": error:") == 1, done.stdout
    assert "Recreate" in done.stdout
