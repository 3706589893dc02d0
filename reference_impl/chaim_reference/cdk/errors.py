"""The one exception of the binder."""

from __future__ import annotations


class BindingError(ValueError):
    """A binding that cannot be; the message names it, what is wrong, and what to do."""
