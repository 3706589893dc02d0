"""The one exception that this provider means."""

import pulumi


class BindingError(pulumi.RunError):
    """Why a table is not bound. Pulumi prints the message of a RunError, and no traceback."""
