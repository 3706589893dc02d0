"""What the reference binder refuses, and what it leaves as it was."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest

pytest.importorskip("aws_cdk", reason="needs aws-cdk-lib: pip install aws-cdk-lib")

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from chaim_reference.cdk import (
    BindingError,
    ChaimCredentials,
    TableBindingConfig,
)

from tests.binder.reference_apps import (
    SECRET,
    Project,
    bound,
    document,
    stack,
    table,
)


@pytest.mark.parametrize("how", ["from_table_name", "from_table_arn", "TableV2"])
def test_an_imported_table_is_refused_and_told_why(project: Project, how: str) -> None:
    arn = "arn:aws:dynamodb:eu-west-1:123456789012:table/users"
    here = stack(cdk.App())
    if how == "TableV2":
        imported = dynamodb.TableV2.from_table_arn(here, "Old", arn)
    else:
        imported = getattr(dynamodb.Table, how)(here, "Old", arn if "arn" in how else "users")

    with pytest.raises(BindingError, match=r"Users/Old is imported: .* not its keys, indexes"):
        project.bind(here, imported)


def test_what_is_no_table_is_refused(project: Project) -> None:
    here = stack(cdk.App())

    with pytest.raises(BindingError, match="binding Users/Binding: table: expected a DynamoDB"):
        project.bind(here, here)


@dataclass(frozen=True)
class Disagreement:
    other: TableBindingConfig
    named: tuple[str, ...]


@pytest.mark.parametrize(
    "case",
    [
        Disagreement(
            TableBindingConfig("other-app", SECRET), ("appId", "my-app", "other-app", "Two/Second")
        ),
        Disagreement(
            TableBindingConfig("my-app", ChaimCredentials.from_secrets_manager("other/secret")),
            ("credentials", "chaim/api-credentials", "other/secret", "One/First"),
        ),
        Disagreement(
            TableBindingConfig("my-app", ChaimCredentials.from_api_keys("key-1", "secret-1")),
            ("credentials", "an API key given directly"),
        ),
    ],
    ids=["app", "secret", "keys"],
)
def test_bindings_of_one_table_that_disagree_are_refused_across_stacks(
    project: Project, case: Disagreement
) -> None:
    app = cdk.App()
    one, two = stack(app, "One"), stack(app, "Two")
    users = table(one)
    project.bind(one, users, "First")

    with pytest.raises(BindingError) as refused:
        project.bind(two, users, "Second", "Order", config=case.other)

    assert all(name in str(refused.value) for name in case.named)
    assert "secret-1" not in str(refused.value)


def test_equal_configurations_agree_though_they_are_two(project: Project) -> None:
    def build(app: cdk.App) -> None:
        here = stack(app)
        users = table(here)
        for entity in ("User", "Order"):
            config = TableBindingConfig("my-app", ChaimCredentials.from_api_keys("key", "secret"))
            project.bind(here, users, entity, entity, config=config)

    project.synth(build)

    assert len(project.local()) == 2


def test_one_app_knows_nothing_of_another_in_the_same_process(project: Project) -> None:
    first = project.template(bound(project))

    def build(app: cdk.App) -> None:
        here = stack(app)
        config = TableBindingConfig("other-app", SECRET)
        project.bind(here, table(here), config=config)

    project.synth(build)
    assert project.template(bound(project)).keys() == first.keys()


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (json.dumps(document(fields=[])), "fields"),
        ('{"schemaVersion": 1.0,', "JSON"),
        (None, "no such file"),
    ],
    ids=["no fields", "broken JSON", "missing"],
)
def test_a_schema_that_cannot_be_leaves_everything_as_it_was(
    project: Project, text: str | None, named: str
) -> None:
    project.synth(bound(project))
    before = {path: (project.snapshots / path).read_bytes() for path in project.local()}
    broken = project.folder / "broken.bprint"
    if text is not None:
        broken.write_text(text)

    def build(app: cdk.App) -> None:
        here = stack(app)
        users = table(here)
        project.bind(here, users, "Good", "Order")
        project.bind(here, users, "Bad", schema_path=str(broken))

    with pytest.raises(BindingError, match=named) as refused:
        project.synth(build)
    assert "broken.bprint" in str(refused.value)
    assert {path: (project.snapshots / path).read_bytes() for path in project.local()} == before


def test_a_schema_of_another_extension_is_refused(project: Project) -> None:
    (project.folder / "user.json").write_text(json.dumps(document()))
    here = stack(cdk.App())

    with pytest.raises(BindingError, match=r"user\.json.*\n.*expected \.bprint"):
        project.bind(here, table(here), schema_path=str(project.folder / "user.json"))


@pytest.mark.parametrize(
    "make",
    [
        lambda: TableBindingConfig("", SECRET),
        lambda: TableBindingConfig("  ", SECRET),
        lambda: TableBindingConfig("my-app", None),  # type: ignore[arg-type]
        lambda: TableBindingConfig("my-app", SECRET, "strict"),  # type: ignore[arg-type]
        lambda: ChaimCredentials.from_secrets_manager(""),
        lambda: ChaimCredentials.from_secrets_manager("a secret"),
        lambda: ChaimCredentials.from_secrets_manager("arn:aws:s3:::bucket"),
        lambda: ChaimCredentials.from_secrets_manager("${Token[TOKEN.12]}"),
        lambda: ChaimCredentials.from_api_keys("key", ""),
    ],
)
def test_a_configuration_that_cannot_be_is_refused(make: Any) -> None:
    with pytest.raises(BindingError):
        make()


def test_a_secret_is_in_no_words_about_credentials() -> None:
    credentials = ChaimCredentials.from_api_keys("key-1", "secret-1")

    assert "key-1" not in f"{credentials}{credentials!r}"
    assert "secret-1" not in f"{credentials}{credentials!r}"


def test_an_unknown_format_is_refused(project: Project) -> None:
    here = stack(cdk.App())

    with pytest.raises(BindingError, match=r"snapshot_format: '2\.0', expected '1\.0' or '3\.0'"):
        project.bind(here, table(here), snapshot_format="2.0")
