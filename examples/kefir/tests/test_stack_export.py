"""What is checked in of the deployed stack is what the program declares.

The file is an excerpt of what ``pulumi stack export`` prints: the provider, and what holds data.
"""

import json
from collections.abc import Callable
from typing import Any

import engine
import pytest
from conftest import ROOT


@pytest.mark.parametrize("kind", ["aws:dynamodb/table:Table", "aws:s3/bucket:Bucket"])
def test_the_export_is_of_this_program(runs: Callable[..., engine.Run], kind: str) -> None:
    export: Any = json.loads((ROOT / "stack-export.json").read_text(encoding="utf-8"))
    (exported,) = [one for one in export["deployment"]["resources"] if one["type"] == kind]
    ((name, inputs),) = runs("prod").of(kind).items()
    assert exported["urn"] == f"urn:pulumi:prod::kefir-app::{kind}::{name}"
    assert exported["inputs"] == inputs
