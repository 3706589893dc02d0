"""With which credentials a deployment publishes: named, or given. Synth reads no secret (B13)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from chaim_reference.cdk.errors import BindingError

# What Secrets Manager allows in a name; an ARN ends with the name.
_NAME = re.compile(r"[A-Za-z0-9/_+=.@-]{1,512}")
_ARN = re.compile(r"arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:" + _NAME.pattern)


@dataclass(frozen=True, kw_only=True)
class ChaimCredentials:
    """A reference to a secret, or an API key and its secret; compared by value (B11).

    Made by :meth:`from_secrets_manager` or :meth:`from_api_keys`.
    """

    secret: str | None = None
    api_key: str | None = field(default=None, repr=False)
    api_secret: str | None = field(default=None, repr=False)

    @classmethod
    def from_secrets_manager(cls, name_or_arn: str) -> ChaimCredentials:
        """A secret that holds ``{"apiKey": "…", "apiSecret": "…"}``; the handler reads it.

        An ARN that ends with a hyphen and six letters or digits is taken for a complete one, as
        CDK does. Raises :class:`BindingError` for what is neither a name nor an ARN (B21).
        """
        known_form = _ARN if str(name_or_arn).startswith("arn:") else _NAME
        if not isinstance(name_or_arn, str) or not known_form.fullmatch(name_or_arn):
            raise BindingError(
                f"credentials: {name_or_arn!r} is no secret's name or ARN; expected a name such as "
                "'chaim/api-credentials', or 'arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME'"
            )
        return cls(secret=name_or_arn)

    @classmethod
    def from_api_keys(cls, key: str, secret: str) -> ChaimCredentials:
        """Key and secret themselves; they stand in the template, for all who may read it.

        Raises :class:`BindingError` where one is missing or empty (B21).
        """
        for name, value in (("key", key), ("secret", secret)):
            if not isinstance(value, str) or not value.strip():
                raise BindingError(f"credentials: the API {name} is missing or empty")
        return cls(api_key=key, api_secret=secret)

    @property
    def environment(self) -> Mapping[str, str]:
        """The variables by which the handler finds them."""
        if self.secret is not None:
            return {"SECRET_NAME": self.secret}
        return {"API_KEY": self.api_key or "", "API_SECRET": self.api_secret or ""}

    def __str__(self) -> str:
        return f"secret {self.secret}" if self.secret is not None else "an API key given directly"
