"""The provider repo in Go is conformant; with one fault it is caught."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.examples.copies import copy_of
from tests.examples.judging import not_passed, verdict_of

pytestmark = pytest.mark.skipif(
    shutil.which("go") is None, reason="Go is not on PATH; on Debian: apt-get install golang-go"
)


def test_example_is_conformant(tmp_path: Path) -> None:
    assert not_passed(copy_of("go-provider", tmp_path)) == {}


def test_broken_example_is_caught(tmp_path: Path) -> None:
    schema_kept_on_delete = ('\tsnapshot["schema"] = json.RawMessage(`null`)\n', "")
    provider = copy_of("go-provider", tmp_path, schema_kept_on_delete)
    assert verdict_of("H42", provider).status == "fail"
