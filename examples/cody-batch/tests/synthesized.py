"""Reads what a synth left: the template in a form that people can compare, snapshots, bundles."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

# What CDK puts behind a logical id: a hash of the path, and of an API's content behind that.
_HASH = re.compile(r"[0-9A-F]{8}([0-9a-f]{32})?$")

APP = Path(__file__).parents[1]
Json = dict[str, Any]


@dataclass(frozen=True)
class Synthesized:
    """One synth of the app, in a folder of its own."""

    folder: Path

    @property
    def assembly(self) -> Path:
        """What CDK wrote."""
        return self.folder / "cdk.out"

    @property
    def local(self) -> Path:
        """Where the snapshots for this machine's command line are."""
        return self.folder / "snapshots"

    @property
    def printed(self) -> str:
        """What the synth had to say."""
        return (self.folder / "printed").read_text()

    @cached_property
    def template(self) -> Json:
        """The template as it is."""
        path = self.assembly / "CodyBatchStack.template.json"
        template: Json = json.loads(path.read_text(encoding="utf-8"))
        return template

    @cached_property
    def resources(self) -> Mapping[str, Json]:
        """The resources by logical id without its hash, every expression as a text."""
        resources: Mapping[str, Json] = self.template["Resources"]
        found = {short(name): plain(one) for name, one in resources.items()}
        assert len(found) == len(resources), "two logical ids are one without their hashes"
        return found

    @cached_property
    def outputs(self) -> Mapping[str, Json]:
        """The outputs, in the same form."""
        outputs: Mapping[str, Json] = plain(self.template["Outputs"])
        return outputs

    def of_type(self, kind: str) -> list[Json]:
        """All resources of a type."""
        return [one for one in self.resources.values() if one["Type"] == kind]

    def allowed(self, role: str) -> set[tuple[str, str]]:
        """What a role may do: actions, each with what it may do it to."""
        return {
            (action, resource)
            for policy in self.of_type("AWS::IAM::Policy")
            if f"<{role}>" in policy["Properties"]["Roles"]
            for statement in policy["Properties"]["PolicyDocument"]["Statement"]
            for action in listed(statement["Action"])
            for resource in listed(statement["Resource"])
        }

    def snapshots(self) -> dict[str, Json]:
        """The LOCAL snapshots, by their path below the base."""
        return {
            path.relative_to(self.local).as_posix(): json.loads(path.read_text(encoding="utf-8"))
            for path in sorted(self.local.rglob("*.json"))
        }

    def bundle(self, resource_id: str) -> Path:
        """The folder of what is deployed for an entity."""
        return self.assembly / "chaim" / "assets" / "CodyBatchStack" / resource_id


def short(logical_id: str) -> str:
    """A logical id without the hash that CDK puts behind it."""
    return _HASH.sub("", logical_id)


def plain(value: Any) -> Any:
    """A part of a template with every expression as a text: ``<Table>``, ``<Role.Arn>``."""
    match value:
        case {"Ref": str(name)}:
            return f"<{name if name.startswith('AWS::') else short(name)}>"
        case {"Fn::GetAtt": [str(name), str(attribute)]}:
            return f"<{short(name)}.{attribute}>"
        case {"Fn::Join": [str(separator), list(parts)]}:
            return separator.join(map(str, plain(parts)))
        case dict():
            return {key: plain(one) for key, one in value.items()}
        case list():
            return [plain(one) for one in value]
    return value


def listed(value: Any) -> list[str]:
    """IAM writes a list of one without brackets."""
    return value if isinstance(value, list) else [value]


def differences(wanted: Any, have: Any, where: str = "") -> Iterator[str]:
    """Where something else stands than is wanted; of an object, only what is wanted is looked at.

    ``None`` is wanted where there is to be nothing.
    """
    if isinstance(wanted, list) and isinstance(have, list) and len(wanted) == len(have):
        for number, (one, other) in enumerate(zip(wanted, have, strict=True)):
            yield from differences(one, other, f"{where}[{number}]")
        return
    if isinstance(wanted, dict) and isinstance(have, dict):
        for key, one in wanted.items():
            yield from differences(one, have.get(key), f"{where}.{key}" if where else key)
    elif wanted != have:
        yield f"{where}: expected {wanted!r}, found {have!r}"
