"""examples/dsql-transfer: a second kind of data store, judged; and money that must not get lost.

The copy passes as its author runs it, and each fault planted in it is caught: those of the binder
by the kit's clauses, those of the stack and the function by the example's own tests.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from chaim_conformance.binder_judge import BinderJudge
from chaim_conformance.config import Known, ProviderConfig, Settings
from chaim_conformance.contract import clause, clauses
from chaim_conformance.errors import ProviderNotStartable
from tests.by_day import some_by_day
from tests.examples.copies import Edit, copy_of

pytest.importorskip("aws_cdk.aws_dsql", reason="needs CDK: pip install 'aws-cdk-lib>=2.205'")
pytest.importorskip("psycopg", reason="needs psycopg: pip install 'psycopg[binary]'")

NAME = "dsql-transfer"
REFERENCE = Path(__file__).parents[2] / "reference_impl" / "chaim_reference"
SECONDS = 300


def run(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """pytest in a folder, as its author types it."""
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", "-rfs", *arguments],
        cwd=root,
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )


def test_its_own_tests_pass(tmp_path: Path) -> None:
    done = run(copy_of(NAME, tmp_path).root, "tests")
    if "SKIPPED" in done.stdout:
        pytest.skip(done.stdout.partition("SKIPPED")[2].partition("\n")[0])
    assert done.returncode == 0, done.stdout + done.stderr


# The test that notices each.
OWN_FAULTS: dict[str, tuple[str, str, Edit]] = {
    "no retry: transfers are lost": (
        "test_transfers.py",
        "test_parallel_transfers_lose_nothing",
        ("if clock() + wait >= ends:", "if clock() + wait < ends:"),
    ),
    "read committed: updates are lost": (
        "test_transfers.py",
        "test_parallel_transfers_lose_nothing",
        (
            'connection.execute("BEGIN")',
            'connection.execute("BEGIN ISOLATION LEVEL READ COMMITTED")',
        ),
    ),
    "a conflict at COMMIT is not tried again": (
        "test_transfers.py",
        "test_a_conflict_at_commit_is_tried_again",
        (
            '                connection.execute("COMMIT")\n',
            '                try:\n                    connection.execute("COMMIT")\n'
            "                except psycopg.Error as error:\n"
            '                    raise RuntimeError("not committed") from error\n',
        ),
    ),
    "a spoilt connection is used again": (
        "test_transfers.py",
        "test_a_connection_that_cannot_be_rolled_back_is_thrown_away",
        ("        connection.close()\n        return False\n", "        return True\n"),
    ),
    "the deadline is not looked at": (
        "test_transfers.py",
        "test_it_gives_up_before_its_own_time_is_up",
        ("if clock() + wait >= ends:", "if retries > 30:"),
    ),
    "the function may do all to any cluster": (
        "test_template.py",
        "test_the_function_may_connect_to_this_cluster_and_no_more",
        ("resources=[cluster.attr_resource_arn]", 'resources=["*"]'),
    ),
    "the cluster is protected": (
        "test_template.py",
        "test_the_cluster_can_be_thrown_away",
        ("deletion_protection_enabled=False", "deletion_protection_enabled=True"),
    ),
}


# What it notices, where that could be something else.
NOTICED = {
    "no retry: transfers are lost": '>       assert [answer for answer in answers if "error"',
    "read committed: updates are lost": ">       assert sum(balances(admin).values())",
}


OWN_BY_DAY = (
    *("no retry: transfers are lost", "read committed: updates are lost"),
    "a conflict at COMMIT is not tried again",
)


@pytest.mark.parametrize("fault", some_by_day(OWN_FAULTS, OWN_BY_DAY))
def test_a_fault_is_caught_by_its_own_tests(fault: str, tmp_path: Path) -> None:
    file, name, edit = OWN_FAULTS[fault]
    done = run(copy_of(NAME, tmp_path, edit).root, f"tests/{file}::{name}")
    if "SKIPPED" in done.stdout:
        pytest.skip(done.stdout.partition("SKIPPED")[2].partition("\n")[0])
    assert done.returncode == 1, done.stdout + done.stderr
    assert f"FAILED tests/{file}::{name}" in done.stdout
    assert NOTICED.get(fault, "") in done.stdout


# The binder


def provider_of(tmp_path: Path, *edits: Edit) -> ProviderConfig:
    """The example with a reference binder of its own, in which the faults are."""
    provider = copy_of(NAME, tmp_path)
    package = provider.root / "chaim_reference"
    shutil.copytree(REFERENCE, package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.move(provider.root / "judged_binder.py", package)
    for old, new in edits:
        texts = {path: path.read_text("utf-8") for path in package.rglob("*.py")}
        ((path, text),) = [one for one in texts.items() if one[1].count(old) == 1]
        path.write_text(text.replace(old, new), "utf-8")
    return replace(provider, handler=None, binder="cdk-python:chaim_reference.judged_binder")


@contextmanager
def judging(provider: ProviderConfig) -> Iterator[BinderJudge]:
    settings = Settings(profile="quick", report=provider.root / ".chaim")
    with BinderJudge(provider, settings) as judge:
        yield judge


def test_every_clause_about_binders_is_kept_but_the_one_about_dynamodb(tmp_path: Path) -> None:
    with judging(provider_of(tmp_path)) as judge:
        assert "dynamodb" not in judge.facts.capabilities
        verdicts = [judge.judge(one) for one in clauses() if one.id.startswith("B")]
    others = {v.clause: (v.status, v.reason) for v in verdicts if v.status != "pass"}
    assert others == {"B33": ("n/a", "the provider is not dynamodb")}


FAULTS: dict[str, tuple[str, Edit]] = {
    "the path has another kind": (
        "B01",
        ("entity.stack_name, entity.datastore_type)", 'entity.stack_name, "dynamodb")'),
    ),
    "a flag is a text": (
        "B05",
        (
            'declared.get("deletionProtectionEnabled")',
            'str(declared.get("deletionProtectionEnabled"))',
        ),
    ),
    "a region is lost": ("B07", ('regions.get("witnessRegion")', 'declared.get("witnessRegion")')),
    "protection is guessed": (
        "B08",
        (
            'declared.get("deletionProtectionEnabled")',
            'declared.get("deletionProtectionEnabled", True)',
        ),
    ),
    "an endpoint is guessed": (
        "B08",
        (
            "        metadata = {\n",
            '        metadata = {\n            "endpoint": "x.dsql.us-east-1.on.aws",\n',
        ),
    ),
    "the resource's name is its logical id": (
        "B09",
        (
            "store.physical_name or binder.construct.node.id",
            "store.physical_name or binder.logical_id",
        ),
    ),
    "the fingerprint knows nothing of the cluster": (
        "B22",
        (
            '_NOT_CONTENT = ("capturedAt", "producer")',
            '_NOT_CONTENT = ("capturedAt", "producer", "dataStore")',
        ),
    ),
    "the binding changes the cluster": (
        "B24",
        (
            "        self._cluster = cluster\n",
            '        self._cluster = cluster\n        cdk.Tags.of(cluster).add("chaim", "bound")\n',
        ),
    ),
    "the key is the binding's": (
        "B27",
        ("logical_id=binder.logical_id", "logical_id=binder.node.addr"),
    ),
}


BY_DAY = ("a region is lost", "protection is guessed")


@pytest.mark.parametrize("fault", some_by_day(FAULTS, BY_DAY))
def test_a_binder_with_a_fault_is_caught_by_its_clause(fault: str, tmp_path: Path) -> None:
    named, edit = FAULTS[fault]
    # Known, so that nobody takes the time to make it small and to play it again.
    known = Known(clause=named, reason="planted")
    with judging(replace(provider_of(tmp_path, edit), known=(known,))) as judge:
        assert judge.judge(clause(named)).status == "fail"


def test_who_does_not_name_its_kind_is_told_so(tmp_path: Path) -> None:
    provider = replace(provider_of(tmp_path), datastore_schema=None)
    with pytest.raises(ProviderNotStartable, match="set datastore_schema"), judging(provider):
        pass
    dynamodb = replace(provider_of(tmp_path / "other"), binder="cdk-python:chaim_reference.cdk")
    with pytest.raises(ProviderNotStartable, match="is of dsql"), judging(dynamodb):
        pass
