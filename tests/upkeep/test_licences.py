"""What the kit brings into a provider's repo is listed, under licences that all can live with."""

from __future__ import annotations

import sys
from email.message import Message

import pytest

from tests.upkeep.licences import (
    ALLOWED,
    COMMAND,
    FILE,
    Dependency,
    dependencies,
    document,
    is_allowed,
    licence,
    listed,
)

HERE = dependencies()


@pytest.mark.parametrize("one", HERE, ids=lambda one: one.name)
def test_each_dependency_is_listed_with_its_licence_which_is_allowed(one: Dependency) -> None:
    stands = listed(FILE.read_text(encoding="utf-8")).get(one.name)
    by = ", ".join(one.by)
    assert stands == one.licence, (
        f"{one.name}, needed by {by}: {FILE.name} says {stands}, its metadata {one.licence};"
        f" look at it, then run `{COMMAND}`"
    )
    assert is_allowed(one.licence), f"{one.name}, needed by {by}: not one of {sorted(ALLOWED)}"


@pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="newer Pythons need fewer packages")
@pytest.mark.skipif(sys.platform != "linux", reason="the list is that of Linux")
def test_nothing_else_is_listed() -> None:
    assert list(listed(FILE.read_text(encoding="utf-8"))) == [one.name for one in HERE]


def test_the_list_can_be_read_back() -> None:
    assert listed(document(HERE)) == {one.name: one.licence for one in HERE}


@pytest.mark.parametrize(
    ("expression", "allowed"),
    [
        ("MIT", True),
        ("GPL-3.0-only OR MIT", True),
        ("GPL-3.0-only AND MIT", False),
        ("(MIT AND ISC) OR GPL-3.0-only", True),
        ("AGPL-3.0-or-later", False),
        ("unknown", False),
    ],
)
def test_what_is_allowed(expression: str, allowed: bool) -> None:
    assert is_allowed(expression) is allowed


@pytest.mark.parametrize(
    ("said", "means"),
    [
        ({"License-Expression": "MIT-0", "License": "MIT"}, "MIT-0"),
        ({"License": "Apache License 2.0"}, "Apache-2.0"),
        ({"License": "All\nof it", "Classifier": "License :: OSI Approved :: MIT License"}, "MIT"),
        ({"License": "Our own"}, "Our own"),
        ({}, "unknown"),
    ],
)
def test_what_metadata_says(said: dict[str, str], means: str) -> None:
    about = Message()
    for name, text in said.items():
        about[name] = text
    assert licence(about) == means  # type: ignore[arg-type]
