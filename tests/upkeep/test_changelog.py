"""No verdict changes without a line in CHANGELOG.md that says so."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from chaim_conformance import __version__
from tests.upkeep.changelog import COMMAND, FILE, Refused, entries, stamped, unexplained
from tests.upkeep.fingerprints import ROOT, essence, fingerprints

NOW = {"checks": "bb", "corpus": "cc"}
OLD = """# Changelog

## Unreleased

### Verdicts

- H10 is judged
  on two lines. [checks aa, corpus cc]

### Else

- A command.

## 0.1.0

### Verdicts

- First. [checks 00, corpus 00]
"""


def test_whatever_changes_verdicts_has_an_entry(original: dict[str, str]) -> None:
    text = FILE.read_text(encoding="utf-8")
    assert unexplained(text, original) == [], (
        "this part of the kit decides verdicts, and changed: say in CHANGELOG.md, in a new bullet"
        f" at the top of the newest Verdicts, what it changes for whom, then run `{COMMAND}`."
        " After a merge of two such changes: take the stamp off the newest entry, and run it"
    )
    assert all(entry.parts is not None for entry in entries(text)), f"run `{COMMAND}`"


def test_the_version_has_a_section() -> None:
    assert f"\n## {__version__}" in FILE.read_text(encoding="utf-8")


def test_a_new_entry_is_stamped_with_what_changed() -> None:
    assert unexplained(OLD, NOW) == ["checks"]
    entry = "- H11 fails\n  more often."
    after = stamped(OLD.replace("- H10", f"{entry}\n- H10"), NOW)
    assert after == OLD.replace("- H10", f"{entry}\n  [checks bb]\n- H10")
    assert unexplained(after, NOW) == []


def test_nothing_is_stamped_without_a_new_entry() -> None:
    with pytest.raises(Refused, match="checks changed, and no entry says how"):
        stamped(OLD, NOW)
    with pytest.raises(Refused):  # what is no verdict's is no excuse
        stamped(OLD.replace("- A command.", "- A command.\n- Another."), NOW)


def test_an_entry_about_another_part_of_the_kit_is_stamped_so() -> None:
    now = NOW | {"checks": "aa"}
    after = stamped(OLD.replace("- H10", "- The plane is stricter.\n- H10"), now)
    assert "- The plane is stricter.\n  [elsewhere]\n" in after
    assert stamped(after, now) == after


LOOKS = '''
"""A module."""
import b, a
from c import y, x

def check(t):
    """Says."""
    # Why.
    return f"{t} and" " more" if t.n > 3 else None
'''
SAME = """
from c import x, y
import b, a
def check(t):
    return (
        f"{t} "
        "and more"
        if t.n > 3
        else None
    )
"""


def test_looks_do_not_count_and_a_comparison_does() -> None:
    assert essence(LOOKS) == essence(SAME)
    for old, new in ((">", ">="), ("3", "4"), ("more", "less"), ("import x", "import z as x")):
        assert essence(SAME.replace(old, new)) != essence(SAME)


@pytest.mark.parametrize(
    ("part", "file", "old", "new"),
    [
        ("checks", "chaim_conformance/checks/hashing.py", "sha256", "sha512"),
        ("binder-checks", "chaim_conformance/checks/binder/names.py", "def ", "def another_"),
        ("corpus", "chaim_conformance/corpus/index.json", '"every": false', '"every": true'),
        ("binder-corpus", "chaim_conformance/corpus/binder/index.json", '"B01"', '"B02"'),
        ("clauses", "contract/clauses.json", '"MUST"', '"SHOULD"'),
    ],
)
def test_each_part_is_watched(
    part: str, file: str, old: str, new: str, copy: Path, original: dict[str, str]
) -> None:
    path = copy / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    try:
        after = fingerprints(copy)
    finally:
        path.write_text(text, encoding="utf-8")
    assert [name for name in original if original[name] != after[name]] == [part]


def test_the_form_of_a_file_does_not_count(copy: Path, original: dict[str, str]) -> None:
    path = copy / "chaim_conformance/corpus/index.json"
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8"))), encoding="utf-8")
    assert fingerprints(copy) == original


@pytest.fixture(scope="module")
def original() -> dict[str, str]:
    """The checkout's fingerprints."""
    return fingerprints()


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What has fingerprints, elsewhere."""
    folder = tmp_path_factory.mktemp("copy")
    for part in ("chaim_conformance/corpus", "chaim_conformance/checks", "contract"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / part, folder / part, ignore=ignored)
    return folder
