"""What a binding is configured with, once for all entities of a table."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from chaim_reference.cdk.credentials import ChaimCredentials
from chaim_reference.cdk.errors import BindingError


class FailureMode(StrEnum):
    """What trouble while publishing does to the deployment."""

    BEST_EFFORT = "BEST_EFFORT"  # it is logged, the deployment goes on
    STRICT = "STRICT"  # the deployment fails


@dataclass(frozen=True)
class TableBindingConfig:
    """The application, its credentials, and the failure mode.

    Raises :class:`BindingError` for an empty ``app_id``, missing credentials (B21), or a failure
    mode that is none.
    """

    app_id: str
    credentials: ChaimCredentials
    failure_mode: FailureMode = FailureMode.BEST_EFFORT  # B12

    def __post_init__(self) -> None:
        if not isinstance(self.app_id, str) or not self.app_id.strip():
            raise BindingError(f"app_id: expected the application's id, got {self.app_id!r}")
        if not isinstance(self.credentials, ChaimCredentials):
            raise BindingError(
                "credentials: missing; expected ChaimCredentials.from_secrets_manager(…) "
                "or ChaimCredentials.from_api_keys(…)"
            )
        if self.failure_mode not in list(FailureMode):
            raise BindingError(f"failure_mode: expected a FailureMode, got {self.failure_mode!r}")
