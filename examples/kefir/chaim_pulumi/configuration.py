"""What an application says once for all entities of a table: who it is, by which credentials."""

import re
from dataclasses import dataclass, field
from typing import Literal

import pulumi

FailureMode = Literal["BEST_EFFORT", "STRICT"]
SECRET_ARN = re.compile(r"arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:[\w/+=.@-]+")


@dataclass(frozen=True)
class Secret:
    """A secret of Secrets Manager, by name or ARN; the publisher reads it, nobody before (B13)."""

    reference: str

    def problem(self) -> str:
        """What is wrong with it; empty: nothing."""
        wrong = self.reference.startswith("arn:") and not SECRET_ARN.fullmatch(self.reference)
        if wrong or not self.reference.strip():
            return f"secret {self.reference!r} is neither a secret's name nor its ARN"
        return ""

    def environment(self) -> dict[str, pulumi.Input[str]]:
        """What the publisher finds it by."""
        return {"SECRET_NAME": self.reference}


@dataclass(frozen=True)
class Keys:
    """A key and its secret, as a rule from ``config.require_secret``; encrypted in the state."""

    api_key: pulumi.Input[str] = field(repr=False)
    api_secret: pulumi.Input[str] = field(repr=False)

    def problem(self) -> str:
        """What is wrong with them, as far as they are known."""
        keys = {"api_key": self.api_key, "api_secret": self.api_secret}
        empty = [name for name, key in keys.items() if isinstance(key, str) and not key.strip()]
        return f"{' and '.join(empty)} must not be empty" if empty else ""

    def environment(self) -> dict[str, pulumi.Input[str]]:
        """What the publisher finds them by."""
        return {
            "API_KEY": pulumi.Output.secret(self.api_key),
            "API_SECRET": pulumi.Output.secret(self.api_secret),
        }


@dataclass(frozen=True)
class BindingConfig:
    """One per table: all of its entities belong to one application (B11)."""

    app_id: str
    credentials: Secret | Keys | None
    failure_mode: FailureMode = "BEST_EFFORT"

    def problem(self) -> str:
        """What is wrong with it; empty: nothing (B21)."""
        if not self.app_id.strip():
            return "app_id must not be empty"
        if self.credentials is None:
            return "credentials are missing: give a Secret or Keys"
        return self.credentials.problem()

    def agrees_with(self, other: "BindingConfig") -> bool:
        """Whether application and credentials are the same, by value.

        The values of two Outputs are not known when a program runs; only the same Output is equal.
        """
        return (self.app_id, self.credentials) == (other.app_id, other.credentials)

    def environment(self) -> dict[str, pulumi.Input[str]]:
        """What the publisher is run with (B12)."""
        credentials = self.credentials.environment() if self.credentials else {}
        environment = {"APP_ID": self.app_id, "FAILURE_MODE": self.failure_mode, **credentials}
        base_url = pulumi.Config("chaim").get("apiBaseUrl")
        return environment | ({"CHAIM_API_BASE_URL": base_url} if base_url else {})
