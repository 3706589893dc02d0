"""What can go wrong with a run itself, as opposed to the provider that it judges."""

from __future__ import annotations


class UsageError(Exception):
    """The user asked for something that cannot be done: exit code 4, no traceback.

    The message names the file, the option or the field, what was expected and what to do.
    """


class ProviderNotStartable(UsageError):
    """The provider cannot be run at all (no file, syntax error, no export): exit code 4."""


class SdkMissing(ProviderNotStartable):
    """The handler needs a package of the AWS SDK, which Lambda has and this machine has not."""


class HarnessError(Exception):
    """The kit or its environment failed: verdict *error*, exit code 3, never a violation."""


class AppNotBuildable(HarnessError):
    """An app could not be built, whoever binds it: the tool around the binder refused it."""
