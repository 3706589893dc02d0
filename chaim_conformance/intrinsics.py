"""What CloudFormation makes of an expression in a template, as far as it can be said beforehand."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# What CloudFormation calls the partitions of a region, and where their services are.
_PARTITIONS = {
    "cn-": ("aws-cn", "amazonaws.com.cn"),
    "us-gov-": ("aws-us-gov", "amazonaws.com"),
    "us-isob-": ("aws-iso-b", "sc2s.sgov.gov"),
    "us-iso-": ("aws-iso", "c2s.ic.gov"),
}
_VARIABLE = re.compile(r"\$\{(!?)([^}]*)\}")
# Where a stack is deployed that does not say so.
ACCOUNT, REGION = "123456789012", "us-east-1"


class Unresolvable(Exception):
    """Only a deployment would tell; the message is the expression."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a stack is deployed, and under which name."""

    stack: str
    account: str = ACCOUNT
    region: str = REGION

    @classmethod
    def of(cls, stack: str, environment: str) -> Place:
        """That of CDK's ``aws://ACCOUNT/REGION``; what is unknown there is the usual."""
        account, _, region = environment.removeprefix("aws://").partition("/")
        known = {
            name: value
            for name, value in (("account", account), ("region", region))
            if value and not value.startswith("unknown-")
        }
        return cls(stack=stack, **known)

    @property
    def partition(self) -> str:
        """``aws``, or that of the regions in China, say."""
        return self._partition[0]

    @property
    def _partition(self) -> tuple[str, str]:
        default = ("aws", "amazonaws.com")
        return next(
            (p for start, p in _PARTITIONS.items() if self.region.startswith(start)), default
        )

    @property
    def pseudo_parameters(self) -> dict[str, str]:
        """What ``Ref`` gives for them."""
        return {
            "AWS::AccountId": self.account,
            "AWS::Partition": self.partition,
            "AWS::Region": self.region,
            "AWS::StackName": self.stack,
            "AWS::URLSuffix": self._partition[1],
        }


def resolved(value: Any, known: Mapping[str, str]) -> Any:
    """The value with every expression in it replaced by what it gives.

    ``known`` is what ``Ref`` gives, by name: pseudo parameters, and parameters. Raises
    :class:`Unresolvable`.
    """
    if isinstance(value, list):
        return [resolved(one, known) for one in value]
    if not isinstance(value, dict):
        return value
    if len(value) != 1 or not _is_function(name := next(iter(value))):
        return {key: resolved(one, known) for key, one in value.items()}
    try:
        return _call(name, value[name], known)
    except (IndexError, KeyError, TypeError, ValueError) as error:
        raise Unresolvable(str(value)) from error


def parameters(template: Mapping[str, Any]) -> dict[str, str]:
    """The template's own parameters that have a value without anybody giving one."""
    declared = template.get("Parameters")
    return {
        name: str(one["Default"])
        for name, one in (declared if isinstance(declared, dict) else {}).items()
        if isinstance(one, dict) and "Default" in one and one.get("Type") in ("String", "Number")
    }


def _is_function(name: str) -> bool:
    return name == "Ref" or name.startswith("Fn::")


def _call(name: str, argument: Any, known: Mapping[str, str]) -> Any:
    match name:
        case "Ref":
            return known[argument]
        case "Fn::Join":
            separator, parts = argument
            return str(separator).join(str(part) for part in resolved(parts, known))
        case "Fn::Sub":
            text, more = argument if isinstance(argument, list) else (argument, {})
            return _substituted(text, {**known, **resolved(more, known)})
        case "Fn::Select":
            index, values = argument
            return resolved(values, known)[int(index)]
        case "Fn::Split":
            separator, text = argument
            return str(resolved(text, known)).split(separator)
    raise KeyError(name)


def _substituted(text: str, known: Mapping[str, Any]) -> str:
    def value(found: re.Match[str]) -> str:
        return "${" + found[2] + "}" if found[1] else str(known[found[2]])

    return _VARIABLE.sub(value, text)
