"""A provider's repository in a temporary directory, and the kit run in it as its author would."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import chdir, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO
from unittest.mock import patch

from chaim_conformance import cli

PLAIN_PYTHON = Path(__file__).parents[1] / "handlers/plain-python/main.py"
PLAIN_BINDER = Path(__file__).parent / "plain_binder.py"
FRAMEWORK_CJS = Path(__file__).parents[1] / "handlers/framework-cjs/index.js"
PATIENCE = 600
ONE_FORMAT = 'formats = ["1.0"]'
HANDLER = "python:main.py:lambda_handler"
BINDER = f"command:{shlex.quote(sys.executable)} binder.py"

# Faults, of level SHOULD and of level MUST.
UNTIDY_URL = ('base.rstrip("/") + ', "base + ")
WRONG_HASH = ("hashlib.sha256(body).hexdigest()", "hashlib.sha256(body + b' ').hexdigest()")


@dataclass(frozen=True)
class ProviderRepo:
    """Holds ``main.py``, a conformant handler unless it was broken, and perhaps ``chaim.toml``."""

    directory: Path

    def write_handler(self, *edits: tuple[str, str]) -> None:
        """Writes the handler with texts replaced."""
        self.write("main.py", _edited(PLAIN_PYTHON, edits))

    def write_binder(self, *edits: tuple[str, str]) -> None:
        """Writes ``binder.py``, which bundles ``main.py``, with texts replaced."""
        self.write("binder.py", _edited(PLAIN_BINDER, edits))

    def write(self, name: str, text: str) -> Path:
        """Writes a file of the repository."""
        path = self.directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def configure(self, provider: str, rest: str = "") -> None:
        """Writes a ``chaim.toml`` with these lines in ``[provider]``.

        A handler takes snapshots of one format, unless they say otherwise: half of what there is to
        play shows as well how a run goes.
        """
        if "handler" in provider and "formats" not in provider:
            provider = f"{provider.rstrip()}\n{ONE_FORMAT}"
        self.write("chaim.toml", f'contract = "1.0"\n\n[provider]\n{provider}\n{rest}')

    def pytest(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Runs ``pytest -p chaim_conformance``."""
        return self._python("-m", "pytest", "-p", "chaim_conformance", *arguments)

    def check(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Runs ``chaim-conformance check``."""
        return self.command("check", *arguments)

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Runs ``chaim-conformance``: in this process, as another would import the kit anew."""
        with (
            chdir(self.directory),
            patch.dict(os.environ, environment(), clear=True),
            TemporaryFile("w+") as out,
            TemporaryFile("w+") as err,
            _instead(1, out),
            _instead(2, err),
            redirect_stdout(out),
            redirect_stderr(err),
        ):
            try:
                code: object = cli.main(list(arguments))
            except SystemExit as end:
                code = end.code
            assert isinstance(code, int), code
            for file in (out, err):
                file.seek(0)
            return subprocess.CompletedProcess(arguments, code, out.read(), err.read())

    def script(self, name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Runs a Python file of the repository."""
        return self._python(name, *arguments)

    def _python(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=self.directory,
            env=environment(),
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )


@contextmanager
def _instead(stream: int, file: IO[str]) -> Iterator[None]:
    """What programs that are started print goes there, too."""
    kept = os.dup(stream)
    os.dup2(file.fileno(), stream)
    try:
        yield
    finally:
        os.dup2(kept, stream)
        os.close(kept)


def _edited(file: Path, edits: Iterable[tuple[str, str]]) -> str:
    text = file.read_text(encoding="utf-8")
    for old, new in edits:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def environment() -> dict[str, str]:
    """The surroundings of a newcomer: nothing of the run that this one is part of.

    With tox's TOX_ENV_DIR, every pytest would keep its cache there, so that of ``--lf`` too; with
    GitHub's variables a run would annotate the commit that the kit's own tests are run for.
    """
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTEST_", "COV_", "CHAIM_", "TOX_", "GITHUB_"))
    } | {"COLUMNS": "120"}
