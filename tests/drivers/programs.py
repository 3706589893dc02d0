"""Providers that the kit's own clients do not run: a copy of each stand-in, and its judgement."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from chaim_conformance import contract
from chaim_conformance.checks import CHECKS
from chaim_conformance.config import ProviderConfig, Settings
from chaim_conformance.judge import Judge
from chaim_conformance.verdict import Verdict

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "reference_impl/chaim_reference/handler.py"
HANDLERS = ROOT / "tests/handlers"
PYTHON = shlex.quote(sys.executable)
PATH = "2015-03-31/functions/function/invocations"
# Bundle, retries, secrecy, files, credentials that no header takes: what a driver has to do with.
TELLING = ("H01", "H03", "H10", "H50", "H51", "H53", "H57", "H70", "H75", "H81", "H82")

Edit = tuple[str, str]
BY_CHANCE = "return str(uuid.uuid4())"
# An eventId by chance, in the words of each handler.
RANDOM_ID: Mapping[str, Edit] = {
    "handler.py": ("return str(uuid.UUID(bytes=digest[:16], version=4))", BY_CHANCE),
    "publish.py": ("return str(uuid.UUID(bytes=hashed[:16], version=4))", BY_CHANCE),
    "index.js": ("eventId = uuidFrom(event.RequestId)", "eventId = crypto.randomUUID()"),
}


def copied(files: Iterable[Path], folder: Path, *, broken: bool = False) -> Path:
    """The folder with these files in it; broken ones give the eventId by chance (H03)."""
    folder.mkdir(exist_ok=True)
    for file in files:
        text = file.read_text(encoding="utf-8")
        if broken and file.name in RANDOM_ID:
            old, new = RANDOM_ID[file.name]
            assert text.count(old) == 1, old
            text = text.replace(old, new)
        (folder / file.name).write_text(text, encoding="utf-8")
    return folder


def runtime(folder: Path, *, broken: bool = False) -> ProviderConfig:
    """The reference handler in a client of the Runtime API that is not the kit's."""
    copied((REFERENCE, HANDLERS / "runtime-python/bootstrap.py"), folder, broken=broken)
    return ProviderConfig(root=folder, handler=f"runtime:{PYTHON} bootstrap.py handler.handler")


def endpoint(folder: Path, *, broken: bool = False) -> ProviderConfig:
    """The reference handler behind an invocation endpoint."""
    copied((REFERENCE, HANDLERS / "endpoint-python/serve.py"), folder, broken=broken)
    return ProviderConfig(
        root=folder,
        handler=f"http://127.0.0.1:{{port}}/{PATH}",
        start=f"{PYTHON} serve.py {{port}} {{env_file}} {{bundle}} handler",
    )


def command(folder: Path, *, broken: bool = False) -> ProviderConfig:
    """The publisher that is no Lambda."""
    copied((HANDLERS / "command-python/publish.py",), folder, broken=broken)
    return ProviderConfig(root=folder, handler=f"command:{PYTHON} publish.py")


def judged(provider: ProviderConfig, clauses: Iterable[str] = tuple(CHECKS)) -> dict[str, Verdict]:
    """What ``quick`` says of these clauses."""
    settings = Settings(profile="quick", report=provider.root / ".chaim")
    with Judge(provider, settings) as judge:
        return {clause: judge.judge(contract.clause(clause)) for clause in clauses}


def outcomes(verdicts: Mapping[str, Verdict]) -> dict[str, set[str]]:
    """The clauses of each status."""
    found: dict[str, set[str]] = {}
    for clause, verdict in verdicts.items():
        found.setdefault(verdict.status, set()).add(clause)
    return found
