"""A Node handler in AWS's Node client, which is built natively, is judged as it is in the kit's.

``CHAIM_NODE_RIC`` is the folder in which ``npm install aws-lambda-ric`` was run.
"""

from __future__ import annotations

import os
import shlex
from pathlib import Path

import pytest

from chaim_conformance.checks import CHECKS
from chaim_conformance.config import ProviderConfig
from tests.drivers.programs import HANDLERS, TELLING, copied, judged, outcomes

CLIENT = Path(os.environ.get("CHAIM_NODE_RIC", "."), "node_modules/aws-lambda-ric/bin/index.mjs")

pytestmark = pytest.mark.skipif(
    not CLIENT.is_file(), reason="aws-lambda-ric is not installed: tox -e runtimes builds it"
)


def provider(folder: Path, *, broken: bool = False) -> ProviderConfig:
    copied((HANDLERS / "framework-cjs/index.js",), folder, broken=broken)
    (folder / "node_modules").symlink_to(CLIENT.absolute().parents[2])  # with AWS's SDK
    client = shlex.quote(str(CLIENT.absolute()))
    return ProviderConfig(root=folder, handler=f"runtime:node {client} index.handler")


def test_a_node_handler_passes(tmp_path: Path) -> None:
    assert outcomes(judged(provider(tmp_path), TELLING)) == {"pass": set(TELLING)}


@pytest.mark.night
def test_a_node_handler_passes_every_clause(tmp_path: Path) -> None:
    assert outcomes(judged(provider(tmp_path))) == {
        "pass": set(CHECKS) - {"H56"},
        "not run": {"H56"},
    }


def test_a_fault_is_found(tmp_path: Path) -> None:
    found = judged(provider(tmp_path, broken=True), ("H02", "H03"))
    assert outcomes(found) == {"pass": {"H02"}, "fail": {"H03"}}
