"""What a handler's role lets it do, and what of that it must not, or has to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from chaim_conformance.checks.binder.expressions import names, text_of, texts
from chaim_conformance.checks.binder.metadata import partition
from chaim_conformance.checks.evidence import shown
from chaim_conformance.synth_scenario import SynthCredentials, SynthStack

BASIC = re.compile(
    r"arn:(aws[a-z-]*|\$\{AWS::Partition\}):iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
)
LOGS = {"logs:createloggroup", "logs:createlogstream", "logs:putlogevents"}
GET = "secretsmanager:getsecretvalue"
SECRETS = {GET, "secretsmanager:describesecret"}
DECRYPT = "kms:decrypt"
# The six characters that Secrets Manager puts behind a secret's name.
SUFFIX = "-??????"

Resources = Mapping[str, Any]
Complaint = tuple[str, str]


def complaint(
    resources: Resources, role: str, stack: SynthStack, credentials: SynthCredentials
) -> Complaint | None:
    """What is wrong with a role: what was expected, and what was seen."""
    properties = resources[role].get("Properties", {})
    for managed in properties.get("ManagedPolicyArns") or ():
        if not _is_in(resources, managed) and BASIC.fullmatch(text_of(managed)) is None:
            return "no managed policy but AWSLambdaBasicExecutionRole", shown(text_of(managed))
    statements = list(_statements(resources, role))
    for statement in statements:
        if found := _too_wide(statement, stack, credentials):
            return found
    grants = any(GET in _actions(one) for one in statements)
    # A resource policy of the secret may grant it as well.
    elsewhere = any(
        one.get("Type") == "AWS::SecretsManager::ResourcePolicy" for one in resources.values()
    )
    if credentials.kind == "secret" and not grants and not elsewhere:
        return f"the role {role} may read the secret {credentials.secret}", "it may not"
    return None


def _is_in(resources: Resources, managed: Any) -> bool:
    """Whether a managed policy is the template's own: then its statements count."""
    return any(name in resources for name in names(managed))


def _statements(resources: Resources, role: str) -> Iterator[Mapping[str, Any]]:
    """All that the role allows, inline, attached or managed in the template."""
    own = resources[role].get("Properties", {})
    documents = [policy.get("PolicyDocument") for policy in own.get("Policies") or ()]
    attached = names(own.get("ManagedPolicyArns") or [])
    for name, resource in resources.items():
        properties = resource.get("Properties", {})
        roles = [properties.get("RoleName"), *(properties.get("Roles") or ())]
        kind = resource.get("Type")
        if kind in ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::IAM::RolePolicy") and (
            role in names(roles) or name in attached
        ):
            documents.append(properties.get("PolicyDocument"))
    for document in documents:
        statements = (document or {}).get("Statement") or []
        for statement in statements if isinstance(statements, list) else [statements]:
            if statement.get("Effect") == "Allow":
                yield statement


def _actions(statement: Mapping[str, Any]) -> set[str]:
    return {action.lower() for action in texts(statement.get("Action", []))}


def _too_wide(
    statement: Mapping[str, Any], stack: SynthStack, credentials: SynthCredentials
) -> Complaint | None:
    actions, where = _actions(statement), texts(statement.get("Resource", []))
    of_secrets = {action for action in actions if action.startswith("secretsmanager:")}
    allowed = LOGS | {DECRYPT} | (SECRETS if credentials.kind == "secret" else set())
    may = ", ".join(texts(statement.get("Action", [])))
    if "NotAction" in statement or "NotResource" in statement:
        return "a role that names what it allows", shown(dict(statement))
    if not actions <= allowed:
        wanted = "write logs and read its secret" if allowed >= SECRETS else "write logs"
        return f"a role that may {wanted}, and nothing else", f"it may {may} on {', '.join(where)}"
    if DECRYPT in actions and "*" in where and not statement.get("Condition"):
        return "a role that may decrypt with a key that is named", f"it may {may} on *"
    for resource in where if of_secrets else ():
        if not is_the_secret(resource, stack, credentials.secret):
            return (
                f"a role that may read the secret {credentials.secret} alone, in its own"
                f" partition, region and account: {_right(stack, credentials.secret)}",
                f"it may {may} on {resource}",
            )
    return None


def _right(stack: SynthStack, secret: str) -> str:
    """How a policy names a secret that is given by its name or its ARN."""
    if secret.startswith("arn:"):
        return secret
    whose = (partition(stack), "secretsmanager", stack.region, stack.account)
    return ":".join(("arn", *(part or "…" for part in whose), "secret", secret + SUFFIX))


def is_the_secret(resource: str, stack: SynthStack, secret: str) -> bool:
    """Whether a policy's resource is this one secret, which is given by its name or its ARN."""
    given = secret.split(":", 6) if secret.startswith("arn:") else []
    own: list[str | None] = [*given] or [
        "arn",
        partition(stack),
        "secretsmanager",
        stack.region,
        stack.account,
    ]
    name = given[6] if given else secret
    for pseudo, short in (("Partition", "P"), ("Region", "R"), ("AccountId", "A")):
        resource = resource.replace(f"${{AWS::{pseudo}}}", f"${{{short}}}")
    parts = resource.split(":", 6)
    if len(parts) < 7 or parts[5] != "secret":
        return False
    pseudos = (None, "${P}", None, "${R}", "${A}")
    for part, right, short_form in zip(parts, own, pseudos, strict=False):
        # What the stack does not know at synth may be written as whatever names one thing.
        unknown = right is None and not set(part) & set("*?")
        if part not in (right, short_form) and not unknown:
            return False
    return parts[6] == name + SUFFIX or (bool(given) and parts[6] == name)
