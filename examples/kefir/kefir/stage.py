"""Development and production: what resources are called in each, and how they are protected."""

from dataclasses import dataclass
from typing import Literal, cast, get_args

import pulumi

PREFIX = "kefir-app"
StageName = Literal["dev", "prod"]
# In development anybody may try the app out, from whatever origin it is served.
ANYWHERE = ("*",)


@dataclass(frozen=True)
class Stage:
    """One of the two environments; ``domains`` are the origins that the app is served from."""

    name: StageName
    region: str
    domains: tuple[str, ...]

    @classmethod
    def current(cls) -> "Stage":
        """That of the stack whose program runs: a stack is called as its stage."""
        name = pulumi.get_stack()
        if name not in get_args(StageName):
            raise pulumi.RunError(
                f"stack {name!r}: the app has the stages {' and '.join(get_args(StageName))}; "
                "select one of these: pulumi stack select dev"
            )
        config = pulumi.Config(PREFIX)
        domains: list[str] | None = config.get_object("domains")
        if name == "prod" and not domains:
            raise pulumi.RunError(
                "kefir-app:domains is not set: in production only these origins may call the API; "
                "set it in Pulumi.prod.yaml"
            )
        return cls(
            name=cast(StageName, name),
            region=pulumi.Config("aws").require("region"),
            domains=tuple(domains or ANYWHERE),
        )

    @property
    def is_production(self) -> bool:
        """Whether data has to outlive mistakes."""
        return self.name == "prod"

    @property
    def retention_days(self) -> int:
        """How long logs are kept, and old versions of photos."""
        return 30 if self.is_production else 1

    def named(self, resource: str) -> str:
        """The name that a resource has in AWS."""
        return f"{PREFIX}-{self.name}-{resource}"

    def critical(self) -> pulumi.ResourceOptions:
        """Of what holds data. In production Pulumi refuses to delete it, and if it is taken out of
        the program all the same, it stays in AWS.
        """
        return pulumi.ResourceOptions(
            protect=self.is_production, retain_on_delete=self.is_production
        )
