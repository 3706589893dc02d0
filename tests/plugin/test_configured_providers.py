"""What ``chaim.toml`` can say about a provider is so when the provider is judged."""

from __future__ import annotations

from tests.drivers.programs import endpoint
from tests.plugin.provider_repo import FRAMEWORK_CJS, ProviderRepo

FEW = ("--chaim-profile", "quick", "--chaim-select", "H02,H10,H12")
HANDLER = 'handler = "python:main.py:lambda_handler"\n'


def assert_passes(repo: ProviderRepo, clauses: int = 3) -> str:
    run = repo.pytest(*FEW)
    assert run.returncode == 0, run.stdout + run.stderr
    assert f"clauses: {clauses} passed, 0 failed" in run.stdout
    return run.stdout


def test_prepare_builds_what_is_judged(repo: ProviderRepo) -> None:
    (repo.directory / "main.py").rename(repo.directory / "source.txt")
    copy = "import pathlib; pathlib.Path('main.py').write_bytes(open('source.txt','rb').read())"
    repo.write("build.py", copy)
    repo.configure(HANDLER + 'prepare = "python3 build.py"')
    assert_passes(repo)


def test_a_bundle_with_modules_beside_the_handler(repo: ProviderRepo) -> None:
    repo.write("dist/lib/publish.js", FRAMEWORK_CJS.read_text(encoding="utf-8"))
    repo.write("dist/index.js", "exports.handler = require('./lib/publish').handler;\n")
    repo.write("node_modules/unrelated/index.js", "throw new Error('not in the bundle');\n")
    repo.configure('handler = "node:dist/index.js"\nbundle = "dist"')
    assert_passes(repo)


def test_a_package_that_reads_the_environment_when_it_is_loaded(repo: ProviderRepo) -> None:
    """On Lambda that is right: a deployment is a new process. So the kit makes it one."""
    text = FRAMEWORK_CJS.read_text(encoding="utf-8")
    read = "{ apiKey: API_KEY, apiSecret: API_SECRET }"
    assert read in text
    repo.write("index.js", text.replace(read, "require('keys')"))
    keys = "const { API_KEY, API_SECRET } = process.env\n"
    keys += "module.exports = { apiKey: API_KEY, apiSecret: API_SECRET }\n"
    repo.write("node_modules/keys/index.js", keys)
    repo.configure('handler = "node:index.js"')
    run = repo.pytest("--chaim-profile", "quick", "--chaim-select", "H22,H81,H82")
    assert run.returncode == 0, run.stdout
    assert "clauses: 3 passed" in run.stdout


def test_a_start_command_belongs_to_the_endpoint_that_it_brings_up(repo: ProviderRepo) -> None:
    provider = endpoint(repo.directory)
    repo.configure(f"handler = '{provider.handler}'\nstart = \"{provider.start}\"")
    assert_passes(repo)
    repo.write_handler()
    other = repo.pytest(*FEW, "--chaim-handler", "python:main.py:lambda_handler")
    assert other.returncode == 0, other.stdout + other.stderr


def test_variables_of_other_names(repo: ProviderRepo) -> None:
    text = (repo.directory / "main.py").read_text(encoding="utf-8")
    names = {"CHAIM_API_BASE_URL": "INGEST_URL", "FAILURE_MODE": "ON_TROUBLE"}
    for contract_name, own in names.items():
        assert f'"{contract_name}"' in text
        text = text.replace(f'"{contract_name}"', f'"{own}"')
    repo.write("main.py", text)
    unmapped = repo.pytest(*FEW)
    assert unmapped.returncode == 4
    assert 'environment = { CHAIM_API_BASE_URL = "YOUR_NAME" }' in unmapped.stderr
    pairs = ", ".join(f'{name} = "{own}"' for name, own in names.items())
    repo.configure(HANDLER + f"environment = {{ {pairs} }}")
    run = repo.pytest("--chaim-profile", "quick", "--chaim-select", "H10,H26,H52,H53")
    assert run.returncode == 0, run.stdout + run.stderr


def test_a_handler_that_speaks_https_only(repo: ProviderRepo) -> None:
    repo.write_handler(
        (
            "connect = http.client.HTTPSConnection if secure else http.client.HTTPConnection",
            "assert secure, 'https only'\n        connect = http.client.HTTPSConnection",
        )
    )
    assert "over https" in assert_passes(repo)
    repo.configure(HANDLER + 'scheme = "http"')
    assert repo.pytest(*FEW).returncode == 4


def test_formats_that_the_binder_writes(repo: ProviderRepo) -> None:
    repo.configure(HANDLER + 'formats = ["3.0"]')
    said = assert_passes(repo)
    assert "formats 3.0;" in said
