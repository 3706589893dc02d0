"""What a program declares of its tables, and nobody can tell afterwards: their own names.

Once a table is registered its ``name`` is known, whether the program gave it or Pulumi made one
with a random suffix. A resourceId is the same at every preview, so the difference matters (B09).
"""

from typing import Any
from weakref import WeakKeyDictionary

import pulumi

TABLE = "aws:dynamodb/table:Table"

_NAMES: WeakKeyDictionary[pulumi.Resource, Any] = WeakKeyDictionary()


def watch() -> None:
    """Looks at every table of this stack; to be called before the first one is declared."""
    pulumi.runtime.register_stack_transformation(_note)


def is_watched(table: pulumi.Resource) -> bool:
    """Whether the table was declared after :func:`watch`."""
    return table in _NAMES


def declared_name(table: pulumi.Resource) -> Any:
    """The table's physical name, perhaps an Output; ``None``: the program gives none."""
    return _NAMES[table]


def _note(args: pulumi.ResourceTransformationArgs) -> None:
    if args.type_ == TABLE:
        inputs = args.props if isinstance(args.props, dict) else vars(args.props)
        _NAMES[args.resource] = inputs.get("name")
