"""What is said to a binder's process and what it may answer, as values: without a process."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal

from chaim_conformance import contract
from chaim_conformance.drivers.binder import AnsweredPublication, BinderFacts
from chaim_conformance.errors import AppNotBuildable, HarnessError
from chaim_conformance.synth_scenario import (
    DYNAMODB,
    KEY_ARN,
    App,
    Config,
    Index,
    Key,
    SynthStack,
    Table,
)
from chaim_conformance.synth_transcript import Refusal

PROTOCOL = "1.0"
_SCHEMA = "binder-answer"
_TO_START, _DONE, _REFUSED = range(3)
# What no print of a provider's consists of by chance.
_KEYS = frozenset({"id", "error", "directory", "publications"})
_SHOWN = 500

Answer = Mapping[str, Any]


def start_request(project: Path) -> dict[str, Any]:
    """The first thing that a process hears."""
    return {"request": "start", "protocol": PROTOCOL, "directory": str(project)}


def synth_request(number: int, app: App, project: Path) -> dict[str, Any]:
    """The app as JSON; its ``.bprint`` files lie in ``project`` (:func:`schema_path`)."""
    return {
        "request": "synth",
        "id": number,
        "app": {
            "stacks": [_stack(stack, number, project) for number, stack in enumerate(app.stacks)],
            "configs": [_config(one) for one in app.configs],
            "context": dict(app.context),
        },
    }


def schema_path(project: Path, file: str) -> Path:
    """Where a ``.bprint`` file lies; :class:`HarnessError` where that is not in the project."""
    path = Path(os.path.normpath(project / file))
    if "\0" in file or path == project or not path.is_relative_to(project):
        raise HarnessError(f"schema file {file!r}: it is to lie below the app's directory")
    return path


def _stack(stack: SynthStack, number: int, project: Path) -> dict[str, Any]:
    return {
        "id": stack.id,
        "name": stack.name,
        "stage": stack.stage,
        "account": stack.account,
        "region": stack.region,
        "tables": [_table(one) for one in stack.tables],
        "bindings": [
            {
                "id": one.id,
                "scopes": list(one.scopes),
                "schema": str(schema_path(project, one.schema.file)),
                "stack": number if one.table_of is None else one.table_of,
                "table": one.table,
                "config": one.config,
            }
            for one in stack.bindings
        ],
    }


def _table(table: Table) -> dict[str, Any]:
    if not table.is_table:
        return {
            "id": table.id,
            "scopes": list(table.scopes),
            "datastore": table.datastore,
            "name": table.name,
            "properties": dict(table.properties),
        }
    return {
        "id": table.id,
        "scopes": list(table.scopes),
        "construct": table.construct,
        "name": table.name,
        "partitionKey": _key(table.partition_key),
        "sortKey": _key(table.sort_key),
        "globalIndexes": [_index(one) for one in table.global_indexes],
        "localIndexes": [_index(one) for one in table.local_indexes],
        "ttlAttribute": table.ttl_attribute,
        "stream": table.stream,
        "billing": table.billing,
        "encryption": table.encryption,
        "keyArn": KEY_ARN if table.encryption == "customer-arn" else None,
        "pointInTimeRecovery": table.point_in_time_recovery,
        "deletionProtection": table.deletion_protection,
        "infrequentAccess": table.infrequent_access,
        "contributorInsights": table.contributor_insights,
        "tags": dict(table.tags),
    }


def _index(index: Index) -> dict[str, Any]:
    return {
        "name": index.name,
        "partitionKey": _key(index.partition_key),
        "sortKey": _key(index.sort_key),
        "projection": index.projection,
        "nonKeyAttributes": list(index.non_key_attributes),
        "late": index.late,
    }


def _key(key: Key | None) -> dict[str, str] | None:
    return None if key is None else {"name": key.name, "type": key.type}


def _config(config: Config) -> dict[str, Any]:
    said = config.credentials
    credentials = {
        "secret": {"secret": said.secret},
        "keys": {"apiKey": said.api_key, "apiSecret": said.api_secret},
        "none": None,
    }[said.kind]
    return {
        "appId": config.app_id,
        "credentials": credentials,
        "failureMode": config.failure_mode,
    }


class WrongAnswer(Exception):
    """A process answered what is no answer; the message quotes the line and says what is wrong."""


def read_line(line: bytes, *, asked: Literal["start"] | int) -> Answer | None:
    """The answer that this line of stdout is; ``None`` where it is something that was printed.

    ``asked`` is what is waited for, a synth by its number. Raises :class:`WrongAnswer`.
    """
    try:
        said = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(said, dict):
        return None
    if asked == "start":
        if "protocol" not in said:
            return None
        _require(said, _TO_START, line)
        return said
    if said.get("id") != asked and not ("id" in said and len(said) > 1 and said.keys() <= _KEYS):
        return None
    _require(said, _REFUSED if "error" in said else _DONE, line)
    if said["id"] != asked:
        raise WrongAnswer(f"id: {asked} was expected, in {_quoted(line)}")
    return said


@cache
def _validator(branch: int) -> Any:
    whole = contract.validator(_SCHEMA)
    return whole.evolve(schema=contract.schema(_SCHEMA)["oneOf"][branch])


def _require(said: Answer, branch: int, line: bytes) -> None:
    problems = sorted(_validator(branch).iter_errors(said), key=lambda error: error.json_path)
    if problems:
        where = problems[0].json_path.removeprefix("$").lstrip(".")
        message = f"{where}: {problems[0].message}" if where else problems[0].message
        raise WrongAnswer(f"{message}, in {_quoted(line)}")


def _quoted(line: bytes) -> str:
    text = line.decode("utf-8", "backslashreplace").strip()
    return f"{text[:_SHOWN]!r}" + (" (cut)" if len(text) > _SHOWN else "")


def facts_of(answer: Answer, *, formats: tuple[str, ...]) -> BinderFacts:
    """What the answer to start says; ``formats`` where it says none."""
    return BinderFacts(
        capabilities=frozenset(answer["capabilities"]),
        formats=tuple(answer.get("formats", formats)),
        constructs=frozenset(answer.get("constructs", ["Table"])),
        features=frozenset(answer.get("features", ())),
        datastores=frozenset(answer.get("datastores", [DYNAMODB])),
    )


def refusal_of(answer: Answer) -> Refusal | None:
    """The refusal that this answer is; ``None``: it is none.

    Raises :class:`AppNotBuildable` where the app could not be built, whoever binds it.
    """
    error = answer.get("error")
    if error is None:
        return None
    if error["where"] == "app":
        said = ": ".join(filter(None, (error.get("type", ""), error["message"])))
        raise AppNotBuildable(f"the app could not be built, whoever binds it: {said}")
    return Refusal(
        where=error["where"],
        type=error.get("type", ""),
        message=error["message"],
        binding=error.get("binding", ""),
    )


def publications_of(answer: Answer, project: Path) -> tuple[AnsweredPublication, ...]:
    """What is to be deployed, as a binder without CloudFormation says it."""
    return tuple(
        AnsweredPublication(
            id=one["id"],
            stack=one["stack"],
            bundle=project / one["bundle"],
            handler=one.get("handler", ""),
            environment=one.get("environment", {}),
        )
        for one in answer.get("publications", ())
    )
