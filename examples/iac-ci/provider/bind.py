"""Binds schemas to the tables of a Terraform plan.

    python bind.py plan.json bindings.toml

Without arguments it speaks the conformance kit's protocol of binders, one JSON object a line.
"""

from __future__ import annotations

import json
import re
import sys
import tomllib
from pathlib import Path
from typing import Any

import disk
import kit_app
from place import PlanError
from plan import Plan
from snapshots import Binding, Config, Refused, bind

USAGE = "usage: python bind.py PLAN.json BINDINGS.toml"
KEYS = {"deployment", "app_id", "secret", "failure_mode", "binding"}
MODES = ("BEST_EFFORT", "STRICT")
DEPLOYMENT = re.compile(r"[A-Za-z0-9][\w.-]*", re.ASCII)
Json = dict[str, Any]


def main(arguments: list[str]) -> None:
    """One plan, or whatever the kit asks."""
    if not arguments:
        answer_the_kit()
    elif len(arguments) == 2:
        try:
            from_files(*map(Path, arguments))
        except (PlanError, Refused) as error:
            sys.exit(str(error))
    else:
        sys.exit(USAGE)


def from_files(plan_file: Path, bindings_file: Path) -> None:
    """Binds what the second file lists, and says where the results are."""
    found = bind(read_bindings(bindings_file, Plan.read(plan_file)))
    for one, bundle in disk.write(found, Path.cwd()):
        print(f"{one.binding.address}: {one.resource_id}")
        print(f"  snapshot {disk.local_base() / one.place}")
        print(f"  bundle   {bundle.relative_to(Path.cwd())}")


def read_bindings(file: Path, plan: Plan) -> list[Binding]:
    """The bindings in a TOML file; raises :class:`PlanError` that names file and key."""
    try:
        asked = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise PlanError(f"{file}: cannot be read: {error.strerror}") from None
    except ValueError as error:  # no text in UTF-8, either
        raise PlanError(f"{file}: not TOML: {error}") from None
    if unknown := sorted(asked.keys() - KEYS):
        raise PlanError(
            f"{file}: unknown key {', '.join(unknown)}; known: {', '.join(sorted(KEYS))}"
        )
    mode = asked.get("failure_mode", MODES[0])
    if mode not in MODES:
        raise PlanError(f"{file}: failure_mode: expected {' or '.join(MODES)}, found {mode!r}")
    deployment = _text(file, asked, "deployment")
    if not DEPLOYMENT.fullmatch(deployment):
        raise PlanError(
            f"{file}: deployment: it is a folder's name, of letters, digits, `-`, `_` and `.`, and"
            f" begins with one of the first two; found {deployment!r}"
        )
    config = Config(_text(file, asked, "app_id"), {"secret": _text(file, asked, "secret")}, mode)
    listed = asked.get("binding")
    if not (isinstance(listed, list) and listed and all(isinstance(one, dict) for one in listed)):
        raise PlanError(f"{file}: expected at least one [[binding]] with table and schema")
    return [
        Binding(
            id=_text(file, one, "schema"),
            deployment=deployment,
            plan=plan,
            owner=plan,
            address=_text(file, one, "table"),
            schema=file.parent / _text(file, one, "schema"),
            config=config,
        )
        for one in listed
    ]


def _text(file: Path, table: Json, key: str) -> str:
    value = table.get(key)
    if not isinstance(value, str) or not value:
        raise PlanError(f"{file}: {key}: expected a text that is not empty, found {value!r}")
    return value


def answer_the_kit() -> None:
    """Until it says stop, or nothing any more."""
    project = Path()
    for line in sys.stdin:
        request = json.loads(line)
        match request["request"]:
            case "start":
                project = Path(request["directory"])
                say(
                    {
                        "protocol": "1.0",
                        "capabilities": ["core"],
                        "formats": ["3.0"],
                        "constructs": ["Table"],
                        "features": list(kit_app.FEATURES),
                    }
                )
            case "synth":
                say({"id": request["id"], **synthesized(request["app"], project)})
            case _:
                return


def synthesized(app: Json, project: Path) -> Json:
    """Publications, or why there are none."""
    try:
        found = bind(kit_app.bindings(app))
    except Refused as error:
        about = {"binding": error.binding, "type": "Refused", "message": str(error)}
        return {"error": {"where": "binding", **about}}
    return {
        "publications": [
            {
                "id": f"{one.binding.deployment}/{one.resource_id}",
                "stack": one.binding.deployment,
                "bundle": str(bundle),
                "handler": disk.PUBLISHER,
                "environment": one.binding.config.environment,
            }
            for one, bundle in disk.write(found, project)
        ]
    }


def say(answer: Json) -> None:
    """One line, at once."""
    print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
