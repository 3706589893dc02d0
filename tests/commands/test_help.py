"""The help of each command fits a screen, and has an example that can be copied."""

from __future__ import annotations

import re

import pytest

from chaim_conformance.cli import COMMANDS, main

NAMES = [one.__name__.rpartition(".")[2] for one in COMMANDS]


@pytest.mark.parametrize("command", ["", *NAMES])
def test_help_fits_a_screen_and_has_an_example(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit) as ended:
        main([*command.split(), "--help"])
    assert ended.value.code == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) <= 24
    (example,) = (n for n, line in enumerate(lines) if line.startswith("example: "))
    assert lines[example].startswith(f"example: chaim-conformance {command} ".rstrip())
    # It can be copied: it stands alone on its line, and whole.
    assert re.match(r"exit codes: |`chaim-conformance |$", "".join(lines[example + 1 :][:1]))
