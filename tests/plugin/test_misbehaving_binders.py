"""Binders that misbehave are judged or reported, and the run ends."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path

import pytest

from chaim_conformance import cli
from chaim_conformance.drivers import binder_driver
from chaim_conformance.drivers.binder_driver import Patience
from tests.plugin.provider_repo import BINDER, ProviderRepo
from tests.plugin.test_interrupts import processes_of, until

ONLY_BINDER = f"binder = '{BINDER}'"
QUICK = ("--profile", "quick")
# Where a fault can strike: at the start, at each synth, at one of a table with a sort key, and
# where an earlier synth has left a snapshot. The kit's own plain app has neither of the latter.
START = ("def main():\n", "def main():\n    {}\n")
SYNTH = ("        try:\n            planned", "        {}\n        try:\n            planned")
SORTED = ("def metadata(table):\n", 'def metadata(table):\n    if table["sortKey"]: {}\n')
AGAIN = (
    "    folder.mkdir(parents=True, exist_ok=True)\n",
    "    folder.mkdir(parents=True, exist_ok=True)\n"
    '    if (folder / f"{{resource}}.json").exists(): {}\n',
)


def at(place: tuple[str, str], statement: str) -> tuple[str, str]:
    return place[0], place[1].format(statement)


@pytest.fixture
def binding(repo: ProviderRepo) -> ProviderRepo:
    repo.configure(ONLY_BINDER)
    return repo


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (at(START, "raise SystemExit('no licence')"), ("no licence", "exit code 1")),
        (at(START, "import nowhere_to_be_found"), ("nowhere_to_be_found",)),
        (at(START, "print('hello', flush=True); return"), ("hello", "exit code 0")),
        (
            at(START, "say(protocol='9', capabilities=['core'])"),
            ("does not speak the protocol", "'1.0' was expected"),
        ),
        (at(SYNTH, "sys.exit('out of cheese')"), ("out of cheese", "it crashed")),
        (at(SYNTH, "raise RuntimeError('a bug')"), ("a bug", "it crashed")),
        (at(SYNTH, "say(id=request['id'], publications=7)"), ("does not speak", "publications")),
        (
            at(SYNTH, "say(id=request['id'], error={'where': 'synth', 'message': 'no'}); continue"),
            ("a plain app (one table, one entity) could not be synthesized: it refused", "no"),
        ),
        (
            at(SYNTH, "say(id=request['id'], error={'where': 'app', 'message': 'no'}); continue"),
            ("could not be synthesized", "could not be built, whoever binds it: no"),
        ),
    ],
)
def test_what_cannot_synthesize_at_all_is_not_startable(
    binding: ProviderRepo, fault: tuple[str, str], says: tuple[str, ...]
) -> None:
    binding.write_binder(fault)
    run = binding.check(*QUICK)
    assert run.returncode == 4, run.stdout + run.stderr
    for part in says:
        assert part in run.stderr, run.stderr
    assert "chaim_conformance/" not in run.stderr  # no traceback of the kit's


def test_pytest_says_it_once(binding: ProviderRepo) -> None:
    binding.write_binder(at(START, "raise SystemExit('no licence')"))
    for arguments in ((), ("-n", "2")):
        run = binding.pytest(*arguments)
        assert run.returncode == 4, run.stdout + run.stderr
        assert (run.stdout + run.stderr).count("no licence") == 1


def test_a_crash_is_a_violation_and_the_run_goes_on(binding: ProviderRepo) -> None:
    binding.write_binder(at(SORTED, "os.abort()"))
    run = binding.check(*QUICK, "--select", "B05,B07,B12,B20")
    assert run.returncode == 1, run.stdout + run.stderr
    assert "B05 snapshot-valid (MUST) does not hold" in run.stdout
    assert "SIGABRT" in run.stdout
    assert "blocked  B07 table-metadata                   by B05" in run.stdout
    assert "pass     B12" in run.stdout


@pytest.mark.night
def test_a_crash_where_the_clause_that_it_violates_looks_nowhere(binding: ProviderRepo) -> None:
    """B05 is put to the test by single synths; here the second one of an app dies."""
    binding.write_binder(at(AGAIN, "os._exit(7)"))
    run = binding.check(*QUICK, "--select", "B04,B05")
    assert run.returncode == 1, run.stdout + run.stderr
    assert "blocked  B04" in run.stdout
    assert "FAIL     B05" in run.stdout
    later = binding.check(*QUICK, "--select", "B05,B09")
    assert later.returncode == 1, later.stdout + later.stderr
    assert "by B05, which held in all that was played for it, and not here" in later.stdout
    assert "exit code 7" in later.stdout


def test_noise_on_stdout_is_no_answer_and_no_trouble(binding: ProviderRepo) -> None:
    noise = "os.write(1, b'{\\0garbage\\xff\\n{\"id\": 1}\\n[]\\n' + b'x' * 3_000_000 + b'\\n')"
    binding.write_binder(at(SORTED, noise))
    run = binding.check(*QUICK, "--select", "B07")
    assert run.returncode == 0, run.stdout + run.stderr
    assert len(run.stdout) < 20_000


def test_what_is_the_kits_own_trouble_is_an_error(binding: ProviderRepo) -> None:
    refusal = "raise Trouble('the tool is broken')"
    trouble = (
        "        except Refused as error:\n",
        "        except Trouble as error:\n"
        '            say(id=request["id"], error={"where": "app", "message": str(error)})\n'
        "        except Refused as error:\n",
    )
    named = ("class Refused(", "class Trouble(Exception): ...\n\n\nclass Refused(")
    binding.write_binder(at(SORTED, refusal), trouble, named)
    for run in (
        binding.check(*QUICK, "--select", "B07,B12"),
        binding.pytest("--chaim-profile", "quick", "--chaim-select", "B07,B12"),
    ):
        assert run.returncode == 3, run.stdout + run.stderr
        assert "ERROR    B07" in run.stdout
        assert "could not be built, whoever binds it: the tool is broken" in run.stdout
        assert "pass     B12" in run.stdout


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The kit waits for a synth no longer than a test does; a start may take its time."""
    monkeypatch.setattr(binder_driver, "Patience", partial(Patience, first=20.0, later=10.0))


def test_a_synth_that_never_ends(
    binding: ProviderRepo,
    impatient: None,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    began = binding.directory / "began"
    hang = f"import time; open({os.fspath(began)!r}, 'w').close(); time.sleep(600)"
    binding.write_binder(at(AGAIN, hang))
    monkeypatch.chdir(binding.directory)
    assert cli.main(["check", *QUICK, "--select", "B04,B05,B12"]) == 1
    said = capfd.readouterr().out
    assert began.exists()
    assert "blocked  B04 local-overwritten                by B05: a synth did not end" in said
    assert "FAIL     B05" in said
    assert "no end after" in said
    assert "pass     B12" in said


def test_a_binder_that_never_ends_its_first_synth(
    binding: ProviderRepo,
    impatient: None,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    folder = tmp_path_factory.mktemp("tmp")
    monkeypatch.setattr("tempfile.tempdir", os.fspath(folder))
    binding.write_binder(at(SYNTH, "import subprocess; subprocess.run(['sleep', '600'])"))
    monkeypatch.chdir(binding.directory)
    assert cli.main(["check", *QUICK, "--select", "B04"]) == 4
    assert "could not be synthesized: it did not end" in capfd.readouterr().err
    until(lambda: not processes_of(folder))
    until(lambda: not list(Path(folder).glob("chaim*")))


@pytest.mark.night
def test_what_one_synth_leaves_in_the_process_is_no_fault(binding: ProviderRepo) -> None:
    """The next synth is in a process of its own, as it is in life; the second half says so."""
    taken = ("planned, taken, first = [], {}, {}", "planned, taken, first = [], TAKEN, {}")
    binding.write_binder(taken, ("class Refused(", "TAKEN = {}\n\n\nclass Refused("))
    few = *QUICK, "--select", "B04,B07,B09"
    together = binding.check(*few)
    assert together.returncode == 0, together.stdout + together.stderr
    assert "note: one synth disturbs the next in a process" in together.stdout
    apart = binding.check(*few, "--isolation", "process")
    assert apart.returncode == 0, apart.stdout + apart.stderr
    assert "note: one synth" not in apart.stdout


def test_what_does_not_come_back_is_unstable(binding: ProviderRepo) -> None:
    """A binder that goes wrong once, in whatever process."""
    seen = binding.directory / "seen"
    once = (
        f"seen = pathlib.Path({os.fspath(seen)!r})\n"
        "    wrong = table['sortKey'] and not seen.exists()\n"
        "    if wrong: seen.touch()"
    )
    binding.write_binder(
        ("def metadata(table):\n", f"def metadata(table):\n    {once}\n"),
        ('"billingMode": table["billing"]', '"billingMode": "NONE" if wrong else table["billing"]'),
    )
    run = binding.pytest("--chaim-profile", "quick", "--chaim-select", "B07,B08")
    assert run.returncode == 1, run.stdout + run.stderr
    assert "UNSTABLE B07" in run.stdout
    assert "held when the same was played in a new process" in run.stdout
    assert "1 passed" in run.stdout
    assert "1 unstable" in run.stdout
