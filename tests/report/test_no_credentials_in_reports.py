"""A handler that gives everything away is judged, and the kit repeats none of it anywhere."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from chaim_conformance import cli, synth_calls
from chaim_conformance.fragments import Fragments
from chaim_conformance.runner import Runner
from chaim_conformance.scenario import Scenario
from chaim_conformance.synth_runner import SynthRunner
from chaim_conformance.synth_scenario import SynthScenario
from chaim_conformance.synth_transcript import SynthTranscript
from chaim_conformance.transcript import Credentials, Transcript
from tests.plugin.provider_repo import BINDER, PLAIN_PYTHON, ProviderRepo, environment

CLAUSES = "H10,H70,H71,H75,H80,H82"
# Everything that it knows goes into the log, files, answers, requests, and lines that are wrapped.
TALKATIVE = """
    def tell(self) -> None:
        import base64, tempfile
        text = json.dumps({"env": dict(os.environ), "key": self.key, "secret": self.secret})
        coded = base64.b64encode(text.encode()).decode()
        print(text, coded, text.encode().hex(), flush=True)
        print(*(self.secret[i : i + 5] for i in range(0, len(self.secret), 5)), sep="\\n")
        log.error("%s", text)
        for folder in (tempfile.gettempdir(), "."):
            pathlib.Path(folder, "told.txt").write_text(text + coded)
"""
EDITS = (
    (
        "    def publish(self) -> str:\n",
        TALKATIVE + "\n    def publish(self) -> str:\n        self.tell()\n",
    ),
    ('            "resourceId": identity["resourceId"],', '            "resourceId": self.secret,'),
    ('"x-chaim-signature": signature}', '"x-chaim-signature": signature, "x-secret": self.secret}'),
    ('"sha256:" + hashlib', 'self.key[:3] + "sha256:" + hashlib'),
    (
        '            raise Refused(f"presign was answered with {status}")',
        '            raise Refused(f"presign said {status} {headers} {self.secret}")',
    ),
    (
        '    answer = boto3.client("secretsmanager").get_secret_value(SecretId=secret)\n',
        '    answer = boto3.client("secretsmanager").get_secret_value(SecretId=secret)\n'
        "    print(answer)\n",
    ),
)
# In a pytest of its own the secrets go where no report of the kit's is.
CONFTEST = """
from pathlib import Path
from chaim_conformance.runner import Runner
play = Runner.play
def remembering(self, scenario):
    transcript = play(self, scenario)
    with Path({path!r}).open("a") as file:
        for keys in transcript.secrets:
            print(keys.api_key, keys.api_secret, file=file)
    return transcript
Runner.play = remembering
"""


# A binder that asks for the secret, which the kit has for it, and tells it wherever it can.
BINDERS_EDITS = (
    (
        "def read(path):\n",
        """def told():
    import base64, urllib.request
    asked = urllib.request.Request(
        os.environ["AWS_ENDPOINT_URL"],
        data=b'{"SecretId": "chaim/api-credentials"}',
        headers={"X-Amz-Target": "secretsmanager.GetSecretValue"},
    )
    try:
        answer = json.loads(urllib.request.urlopen(asked, timeout=20).read())
    except OSError:
        return "nothing"
    secret = json.loads(answer["SecretString"])["apiSecret"]
    print(answer, secret, secret.encode().hex())
    print(base64.b64encode(secret.encode()).decode(), file=sys.stderr)
    print(*(secret[i : i + 9] for i in range(0, len(secret), 9)), sep="\\n", file=sys.stderr)
    pathlib.Path("told.txt").write_text(secret)
    return secret


def read(path):
""",
    ),
    (
        "    planned, taken, first = [], {}, {}\n",
        "    planned, taken, first = [], {}, {}\n    secret = told()\n",
    ),
    ('"region": stack["region"] or "unknown",', '"region": "us-east-1", "told": secret,'),
    ("resource = f\"{name}__{document['entityName']}\"", 'resource = f"{name}__{secret[-12:]}"'),
    ('"tableName": table["name"],', '"tableName": told(),'),
    ('raise Refused(f"{path.name}: cannot be read as JSON: {error}")', "raise Refused(told())"),
)
BINDERS_CLAUSES = "B04,B05,B07,B09,B13,B20"


@pytest.fixture
def binding(tmp_path: Path) -> ProviderRepo:
    repo = ProviderRepo(tmp_path)
    repo.write_handler()
    repo.write_binder(*BINDERS_EDITS)
    repo.configure(f"binder = '{BINDER}'")
    return repo


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    text = PLAIN_PYTHON.read_text(encoding="utf-8")
    for old, new in EDITS:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    folder = tmp_path / "repo"
    folder.mkdir()
    (folder / "main.py").write_text(text, encoding="utf-8")
    configuration = 'contract = "1.0"\n\n[provider]\nhandler = "python:main.py:lambda_handler"\n'
    (folder / "chaim.toml").write_text(configuration, encoding="utf-8")
    return folder


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch) -> set[Credentials]:
    """The credentials of everything that is played."""
    found: set[Credentials] = set()
    play = Runner.play

    def remembering(self: Runner, scenario: Scenario) -> Transcript:
        transcript = play(self, scenario)
        found.update(transcript.secrets)
        return transcript

    monkeypatch.setattr(Runner, "play", remembering)
    return found


@pytest.fixture
def synthesized(monkeypatch: pytest.MonkeyPatch) -> set[Credentials]:
    """What the secrets held of everything that is synthesized."""
    found: set[Credentials] = set()
    play = SynthRunner.play

    def remembering(self: SynthRunner, scenario: SynthScenario) -> SynthTranscript:
        transcript = play(self, scenario)
        found.add(transcript.secret)
        return transcript

    monkeypatch.setattr(SynthRunner, "play", remembering)
    return found


def written(repo: Path) -> dict[str, str]:
    """What stands in the files that the run made, pytest's own among them."""
    return {
        str(path.relative_to(repo)): path.read_text(encoding="utf-8", errors="replace")
        for path in repo.rglob("*")
        if path.is_file() and path.name != "main.py"
    }


def leaks(texts: dict[str, str], credentials: set[str]) -> dict[str, str]:
    """Where a credential stands, or eight characters of one, in any spelling."""
    found = Fragments(credentials)
    return {
        name: text[max(0, spans[0][0] - 60) : spans[0][1] + 20]
        for name, text in texts.items()
        if (spans := found.spans(text))
    }


def test_the_command(
    repo: Path,
    played: set[Credentials],
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(repo)
    cli.main(["check", "--profile", "quick", "--select", CLAUSES, "--write-known"])
    out, err = capfd.readouterr()
    for clause in ("H70", "H71", "H75"):
        assert f"{clause} " in out
    values = {value for keys in played for value in (keys.api_key, keys.api_secret)}
    assert len(values) > 20
    files = written(repo)
    assert any(name.endswith(".transcript.json") for name in files)
    assert leaks({"stdout": out, "stderr": err, **files}, values) == {}


def test_a_handler_that_tells_while_it_is_loaded(
    repo: Path,
    played: set[Credentials],
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (repo / "main.py").write_text("import os\nraise ValueError(os.environ)\n")
    monkeypatch.chdir(repo)
    assert cli.main(["check", "--profile", "quick", "--select", CLAUSES]) == 4
    out, err = capfd.readouterr()
    assert "[redacted]" in out + err
    values = {value for keys in played for value in (keys.api_key, keys.api_secret)}
    assert leaks({"stdout": out, "stderr": err}, values) == {}


def test_a_binder_that_asks_for_the_secret(
    binding: ProviderRepo,
    synthesized: set[Credentials],
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(binding.directory)
    cli.main(["check", "--profile", "quick", "--select", BINDERS_CLAUSES, "--write-known"])
    out, err = capfd.readouterr()
    assert "B13 synth-reads-no-secret (MUST) does not hold" in out, out + err
    assert "[redacted]" in out
    values = {value for keys in synthesized for value in (keys.api_key, keys.api_secret)}
    assert len(values) > 20
    files = written(binding.directory)
    assert any(name.endswith(".transcript.json") for name in files)
    assert leaks({"stdout": out, "stderr": err, **files}, values) == {}


@pytest.mark.parametrize(
    "statement",
    [
        "raise Refused(told())",
        "raise ValueError(told())",
        "say(id=request['id'], publications=told())",
        "say(id=request['id'], error={'where': 'app', 'message': told()}); continue",
    ],
)
def test_a_binder_that_tells_when_it_cannot_synthesize(
    binding: ProviderRepo,
    statement: str,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    place = "        try:\n            planned = plan"
    here = statement if statement.startswith("say") else "pass"
    inside = "pass" if statement.startswith("say") else statement
    edit = f"        {here}\n        try:\n            {inside}\n            planned = plan"
    binding.write_binder(BINDERS_EDITS[0], (place, edit))
    kept: set[Credentials] = set()
    canary = synth_calls.canary

    def remembering(digest: str) -> Credentials:
        keys = canary(digest)
        kept.add(keys)
        return keys

    monkeypatch.setattr(synth_calls, "canary", remembering)
    monkeypatch.chdir(binding.directory)
    assert cli.main(["check", "--profile", "quick", "--select", "B13"]) == 4
    out, err = capfd.readouterr()
    assert "[redacted]" in out + err
    values = {value for keys in kept for value in (keys.api_key, keys.api_secret)}
    assert values
    assert leaks({"stdout": out, "stderr": err}, values) == {}


@pytest.mark.night
def test_pytest(repo: Path, tmp_path: Path) -> None:
    kept = tmp_path / "credentials.txt"
    (repo / "conftest.py").write_text(CONFTEST.format(path=str(kept)), encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-p", "chaim_conformance", "--junitxml=junit.xml"]
    here = os.pathsep.join(p for p in sys.path if p)
    run = subprocess.run(
        [*command, "--chaim-profile", "quick", "--chaim-select", CLAUSES, "-vv", "-rA"],
        cwd=repo,
        env=environment() | {"PYTHONPATH": here},
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert run.returncode == 1, run.stdout + run.stderr
    values = set(kept.read_text(encoding="utf-8").split())
    assert len(values) > 20
    files = written(repo)
    assert "junit.xml" in files
    assert leaks({"stdout": run.stdout, "stderr": run.stderr, **files}, values) == {}
