"""What the bindings of one app have to know of each other, whatever stacks they are in."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from constructs import Construct, IConstruct

from chaim_reference.cdk.config import TableBindingConfig
from chaim_reference.cdk.errors import BindingError

_ID = "ChaimBindings"


@dataclass(frozen=True)
class _First:
    binding: str
    config: TableBindingConfig


class AppBindings(Construct):
    """One an app, at its root, in no template. It lives in the app's own tree, so that apps which
    are synthesized in one process know nothing of each other.

    ``written`` are the LOCAL snapshots that this app has written so far.
    """

    def __init__(self, root: IConstruct) -> None:
        super().__init__(root, _ID)
        self.written: set[Path] = set()
        self._first: dict[str, _First] = {}

    @classmethod
    def of(cls, scope: IConstruct) -> AppBindings:
        """That of the app in which a construct is; it is made when it is asked for."""
        root = scope.node.root
        there = root.node.try_find_child(_ID)
        return there if isinstance(there, AppBindings) else cls(root)

    def agree(self, resource: IConstruct, binding: IConstruct, config: TableBindingConfig) -> None:
        """Raises :class:`BindingError` where another binding of the resource differs (B11)."""
        path = resource.node.path
        new = _First(binding.node.path, config)
        first = self._first.setdefault(path, new)
        for what, one, two in (
            ("appId", first.config.app_id, config.app_id),
            ("credentials", first.config.credentials, config.credentials),
        ):
            if one != two:
                raise BindingError(
                    f"{path} is bound with different {what}: {one} by {first.binding}, "
                    f"{two} by {new.binding}; share one TableBindingConfig"
                )
