"""Bad input: one clear message that says what and where, exit code 4, no traceback, no files."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.plugin.provider_repo import FRAMEWORK_CJS, ProviderRepo

HANDLER = 'handler = "python:main.py:lambda_handler"'


Refused = Callable[..., None]


@pytest.fixture(params=["check", pytest.param("pytest", marks=pytest.mark.night)])
def assert_refused(repo: ProviderRepo, request: pytest.FixtureRequest) -> Refused:
    """Both front ends refuse alike; the flags of the one are those of the other, prefixed."""

    def refused(*arguments: str, says: tuple[str, ...]) -> None:
        if request.param == "pytest":
            run = repo.pytest(*arguments)
        else:
            run = repo.check(*(argument.replace("--chaim-", "--", 1) for argument in arguments))
        assert run.returncode == 4, run.stdout + run.stderr
        for part in says:
            assert part in run.stderr, run.stderr
        assert "Traceback" not in run.stdout + run.stderr
        assert not (repo.directory / ".chaim/failures").exists()

    return refused


def test_no_provider(repo: ProviderRepo, assert_refused: Refused) -> None:
    (repo.directory / "chaim.toml").unlink()
    assert_refused(says=("no provider to judge", "--chaim-handler node:index.js"))


@pytest.mark.parametrize(
    ("locator", "says"),
    [
        ("node:missing.js", ("missing.js",)),
        ("python:main.py:nothing", ("main.py", "nothing")),
        ("ruby:main.rb", ("ruby", "node:", "python:")),
        ("main.py", ("main.py", "node:", "python:")),
        ("node:", ("node:",)),
    ],
)
def test_locators(assert_refused: Refused, locator: str, says: tuple[str, ...]) -> None:
    assert_refused("--chaim-handler", locator, says=says)


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("def lambda_handler(:", ("SyntaxError",)),
        ("import nowhere_to_be_found", ("nowhere_to_be_found",)),
        ("lambda_handler = 7", ("lambda_handler",)),
        ("raise RuntimeError('at load')", ("at load",)),
        ("def lambda_handler(event, context): return {}", ("did not call", "CHAIM_API_BASE_URL")),
        ("import os; os._exit(3)", ("main.py",)),
    ],
)
def test_python_handlers_that_do_not_start(
    repo: ProviderRepo, assert_refused: Refused, source: str, says: tuple[str, ...]
) -> None:
    repo.write("main.py", source)
    assert_refused(says=says)


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("exports.handler = async ( => {}", ("SyntaxError",)),
        ("require('nowhere-to-be-found')", ("nowhere-to-be-found",)),
        ("require('@aws-sdk/client-secrets-manager')", ("@aws-sdk/client-secrets-manager", "npm")),
        ("exports.other = async () => {}", ("handler",)),
        ("process.exit(0)", ("index.js",)),
        ("exports.handler = async () => ({})", ("did not call", "CHAIM_API_BASE_URL")),
    ],
)
def test_node_handlers_that_do_not_start(
    repo: ProviderRepo, assert_refused: Refused, source: str, says: tuple[str, ...]
) -> None:
    repo.write("index.js", source)
    assert_refused("--chaim-handler", "node:index.js", says=says)


def test_node_is_missing(repo: ProviderRepo, monkeypatch: pytest.MonkeyPatch) -> None:
    repo.write("index.js", FRAMEWORK_CJS.read_text(encoding="utf-8"))
    monkeypatch.setenv("PATH", str(repo.directory))
    # In a process of its own: in this one Node has been found.
    repo.write("run.py", "import sys\nfrom chaim_conformance import cli\nsys.exit(cli.main())\n")
    for run in (
        repo.pytest("--chaim-handler", "node:index.js"),
        repo.script("run.py", "check", "--handler", "node:index.js"),
    ):
        assert run.returncode == 4, run.stdout + run.stderr
        for part in ("node", "PATH", "20"):
            assert part in run.stderr, run.stderr
        assert "Traceback" not in run.stdout + run.stderr
    assert not (repo.directory / ".chaim/failures").exists()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("contract = ", ("chaim.toml", "not TOML")),
        (f"[provider]\n{HANDLER}\n", ("chaim.toml", "contract")),
        (f'contract = "9.9"\n[provider]\n{HANDLER}\n', ("contract", "'9.9'", "'1.0'")),
        (
            f'contract = "1.0"\n[provider]\n{HANDLER}\ntimout = 3\n',
            ("provider", "unknown key timout", "did you mean timeout?"),
        ),
        (
            'contract = "1.0"\n[provider]\nhandler = 7\n',
            ("provider.handler", "7"),
        ),
        (
            f'contract = "1.0"\n[provider]\n{HANDLER}\nanswer = "raw"\n',
            ("provider.answer", "'raw'", "'response-url'"),
        ),
        (
            f'contract = "1.0"\n[provider]\n{HANDLER}\nformats = ["2.0"]\n',
            ("provider.formats", "'2.0'", "'1.0'"),
        ),
        (
            f'contract = "1.0"\n[provider]\n{HANDLER}\nenvironment = {{ BASE_URL = "X" }}\n',
            ("provider.environment", "BASE_URL"),
        ),
        (
            f'contract = "1.0"\n[provider]\n{HANDLER}\n[[known]]\nclauze = "H10"\n',
            ("[[known]] number 1: unknown key clauze", "did you mean clause?"),
        ),
        (
            f'contract = "1.0"\n[provider]\n{HANDLER}\nscenarios = "none"\n',
            ("scenarios", "none: there is no such folder"),
        ),
        (
            f'contract = "1.0"\n[provider]\n{HANDLER}\nprepare = "make-nothing"\n',
            ("prepare = 'make-nothing'", "cannot be run"),
        ),
        (
            f'contract = "1.0"\n[provider]\n{HANDLER}\nprepare = "python3 -c \'exit(5)\'"\n',
            ("prepare", "exit code 5"),
        ),
        (
            f'contract = "1.0"\n[provider]\n{HANDLER}\nbundle = "dist"\n',
            ("dist",),
        ),
    ],
)
def test_configuration(
    repo: ProviderRepo, assert_refused: Refused, text: str, says: tuple[str, ...]
) -> None:
    repo.write("chaim.toml", text)
    assert_refused(says=says)


def test_configuration_that_is_not_there(assert_refused: Refused) -> None:
    assert_refused("--chaim-config", "other.toml", says=("other.toml", "no such file"))


def test_unknown_clause(assert_refused: Refused) -> None:
    assert_refused("--chaim-select", "H10,H999", says=("H999",))


def test_unknown_provider(assert_refused: Refused) -> None:
    assert_refused("--chaim-provider", "aws", says=("aws", "there is"))


@pytest.mark.parametrize("flag", ["--chaim-profle=quick", "--chaim-profile=fast"])
def test_unknown_flag_or_value(assert_refused: Refused, flag: str) -> None:
    assert_refused(flag, says=(flag.partition("=")[0].replace("--chaim-", "--"),)[:0])


def test_unknown_id(repo: ProviderRepo) -> None:
    run = repo.pytest("chaim::H99-nothing")
    assert run.returncode == 4
    assert "no such suite item: chaim::H99-nothing" in run.stderr


@pytest.mark.parametrize(
    ("locator", "says"),
    [
        ("exec:./binder", ("exec:./binder", "command:COMMAND")),
        ("command:./binder", ("binder: no such file",)),
        ("cdk-node:.", ("package.json", "name the package's folder")),
    ],
)
def test_binders_locators(assert_refused: Refused, locator: str, says: tuple[str, ...]) -> None:
    assert_refused("--chaim-binder", locator, says=says)


def test_under_xdist_there_is_one_message_too(repo: ProviderRepo) -> None:
    repo.write("main.py", "def lambda_handler(:")
    run = repo.pytest("-n", "2")
    assert run.returncode == 4
    assert (run.stdout + run.stderr).count("SyntaxError") == 1


def test_replay_of_what_is_no_scenario(repo: ProviderRepo) -> None:
    files = {
        "a.json": "{",
        "b.json": "[]",
        "c.json": '{"bundles": []}',
        "d.json": '{"bundles": [], "operations": []}',
        "e.json": '{"bundles": [], "operations": [{"request_type": "Create"}]}',
        "f.json": '{"bundles": [], "operations": [{"request_type": "Cerate"}]}',
    }
    for name, text in files.items():
        repo.write(name, text)
        run = repo.command("replay", name)
        assert run.returncode == 4, name
        assert name in run.stderr
        assert "Traceback" not in run.stderr
    run = repo.command("replay", "missing.json")
    assert run.returncode == 4
    assert "missing.json" in run.stderr


def test_a_report_folder_that_cannot_be_written(repo: ProviderRepo) -> None:
    repo.write_handler(("hashlib.sha256(body).hexdigest()", "'0' * 64"))
    repo.write("out", "a file")
    for run in (
        repo.pytest("--chaim-report", "out", "--chaim-select", "H10", "--chaim-profile", "quick"),
        repo.check("--report", "out", "--select", "H10", "--profile", "quick"),
    ):
        assert run.returncode == 4
        assert "out" in run.stderr
        assert "Traceback" not in run.stdout + run.stderr


def test_the_command_names_its_own_flags(repo: ProviderRepo) -> None:
    run = repo.check("--provider", "none")
    assert run.returncode == 4
    assert "chaim-conformance: --provider none: " in run.stderr


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[known]\nclause = "H10"\n', "written with two: [[known]]"),
        ("[provider.x]\nformats = [1.0]\n", "expected '1.0' or '3.0' (a text, in quotes)"),
    ],
)
def test_toml_that_is_nearly_right(repo: ProviderRepo, text: str, said: str) -> None:
    repo.write("chaim.toml", f'contract = "1.0"\n{text}')
    run = repo.pytest()
    assert run.returncode == 4
    assert said in run.stderr
