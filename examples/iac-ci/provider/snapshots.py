"""Binds schemas to the tables of plans: what is bound, what is refused, the snapshots."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from place import PlanError
from plan import Plan, PlannedTable

from chaim_conformance.bprint_validation import errors, read_bprint

VERSION = "0.1.0"
# What separates folders, leads out of one, or is no character of a name.
UNSAFE = re.compile(r'[/\\:*?"<>|\x00-\x1f\x7f]|\.\.|^\.|\.$')
LONGEST = 200
SECRET = re.compile(
    r"(arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:)?[A-Za-z0-9/_+=.@-]{1,512}"
)
Json = dict[str, Any]


class Refused(Exception):
    """Why nothing is bound; ``binding`` is the first one that has it."""

    def __init__(self, binding: str, message: str) -> None:
        super().__init__(message)
        self.binding = binding


@dataclass(frozen=True)
class Config:
    """For which application a table is bound, with which credentials: a secret's name, or keys."""

    app_id: str
    credentials: Json = field(repr=False)
    failure_mode: str = "BEST_EFFORT"

    @property
    def environment(self) -> dict[str, str]:
        """The publisher's."""
        names = {"secret": "SECRET_NAME", "apiKey": "API_KEY", "apiSecret": "API_SECRET"}
        keys = {names[key]: value for key, value in self.credentials.items()}
        return {"APP_ID": self.app_id, "FAILURE_MODE": self.failure_mode, **keys}


@dataclass(frozen=True)
class Binding:
    """A schema on a table. ``plan`` is that of its deployment, ``owner`` the one with the table."""

    id: str
    deployment: str
    plan: Plan
    owner: Plan
    address: str
    schema: Path
    config: Config


@dataclass(frozen=True)
class Bound:
    """What comes of a binding."""

    binding: Binding
    resource_id: str
    snapshot: Json

    @property
    def place(self) -> Path:
        """Of its LOCAL snapshot, below the base."""
        plan = self.binding.plan
        folder = Path("aws", plan.account, plan.region, self.binding.deployment, "dynamodb")
        return folder / f"{self.resource_id}.json"


def bind(bindings: Iterable[Binding]) -> list[Bound]:
    """All of them, or :class:`Refused` with everything that is wrong."""
    bindings = list(bindings)
    problems = list(_problems(bindings))
    if problems:
        raise Refused(problems[0][0], "\n".join(text for _, text in problems))
    taken: set[tuple[str, str]] = set()
    return [_bound(one, taken) for one in bindings]


def _problems(bindings: list[Binding]) -> Iterator[tuple[str, str]]:
    first: dict[tuple[int, str], Binding] = {}
    for one in bindings:
        for text in (*_about_schema(one.schema), *_about_config(one.config), *_about_table(one)):
            yield one.id, f"{one.id}: {text}"
        other = first.setdefault((id(one.owner), one.address), one)
        if (other.config.app_id, other.config.credentials) != (
            one.config.app_id,
            one.config.credentials,
        ):
            yield (
                one.id,
                f"{one.id} and {other.id} bind {one.address} for two applications or with two "
                f"pairs of credentials ({one.config.app_id}; {other.config.app_id}); a table has "
                "one of each",
            )


def _about_schema(path: Path) -> Iterator[str]:
    _, found = read_bprint(path)
    if wrong := errors(found):
        yield f"{path} is no .bprint document:\n" + "\n".join(f"  {one}" for one in wrong)


def _about_config(config: Config) -> Iterator[str]:
    if not config.app_id.strip():
        yield "app_id is empty"
    if not config.credentials:
        yield "no credentials: name a secret, or give an API key and its secret"
    for kind, value in config.credentials.items():
        if kind == "secret" and not SECRET.fullmatch(value):
            yield f"secret {value!r} is neither a name nor an ARN of Secrets Manager"
        elif not value.strip():
            yield f"{kind} is empty"


def _about_table(one: Binding) -> Iterator[str]:
    try:
        one.owner.table(one.address)
    except PlanError as error:
        yield str(error)


def _bound(one: Binding, taken: set[tuple[str, str]]) -> Bound:
    document, _ = read_bprint(one.schema)
    schema = dict(document)
    table = one.owner.table(one.address)
    plain = file_name(f"{table.resource_name}__{schema['entityName']}")
    number, resource_id = 1, plain
    while (one.deployment, resource_id) in taken:
        number += 1
        resource_id = f"{plain}__{number}"
    taken.add((one.deployment, resource_id))
    return Bound(one, resource_id, _snapshot(one, table, schema, resource_id))


def file_name(name: str) -> str:
    """The name itself where a file can have it; else one that no other name gets."""
    if not UNSAFE.search(name) and len(name.encode()) <= LONGEST:
        return name
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{UNSAFE.sub('-', name)[:40]}-{digest[:16]}"


def _snapshot(one: Binding, table: PlannedTable, schema: Json, resource_id: str) -> Json:
    """Format 3.0."""
    by_name = table.physical_name is not None
    strategy = "tableName" if by_name else "address"
    key = f"dynamodb:{strategy}:{table.physical_name if by_name else table.address}"
    app_id, entity = one.config.app_id, schema["entityName"]
    return {
        "snapshotVersion": "3.0",
        "action": "UPSERT",
        "capturedAt": datetime.now(UTC).isoformat(),
        "providerIdentity": {
            "cloud": "aws",
            "accountId": one.plan.account,
            "region": one.plan.region,
            "deploymentSystem": "terraform",
            "deploymentId": one.deployment,
        },
        "identity": {
            "appId": app_id,
            "entityName": entity,
            "stableResourceKeyStrategy": strategy,
            "stableResourceKey": key,
            "resourceId": resource_id,
            "entityId": f"{app_id}:{entity}",
            "bindingId": f"{app_id}:{key}:{entity}",
        },
        "resolution": {"mode": "plan", "hasTokens": False},
        "schema": schema,
        "resource": {
            "type": "dynamodb",
            "kind": "aws_dynamodb_table",
            "id": table.address,
            "name": table.resource_name,
            "region": table.region,
            **table.metadata,
        },
        "producer": {
            "component": "iac-ci-chaim-provider",
            "version": VERSION,
            "runtime": f"terraform {one.owner.top['terraform_version'].text}",
        },
    }
