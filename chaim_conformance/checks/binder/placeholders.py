"""Texts that stand where a tool does not know a value yet: its own notations, and its objects.

A notation names a value that deployment will tell; a binder may leave it where a clause lets a
value be open. The text of an object, which was not asked for the value that it holds, says nothing.
"""

from __future__ import annotations

import re
from typing import Any

# CDK's tokens, those of CDK for Terraform, CloudFormation's own expressions, Terraform's
# references, what it prints in a plan, and what Pulumi sends for what a preview does not know.
NOTATION = re.compile(
    r"\$\{(?:Tf)?Token\["
    r"|\$\{AWS::"
    r"|\$\{[A-Za-z_][\w-]*\.[^}]+\}"
    r"|\(known after apply\)"
    r"|04da6b54-80e4-46f7-96ec-b56ff0331ba9"
)
# A Pulumi Output as Python prints it, and what its text says instead, in any of its languages.
OBJECT = re.compile(
    r"<pulumi\.output\.Output object at |Calling \[?\w+(?:\(\))?\]? on an \[?Output\b"
)
# As `NOTATION`, with all else in `${}`: where a value may be open, more is taken for one.
OPEN = re.compile(rf"\$\{{.*?\}}+|{NOTATION.pattern}")


def is_token(value: Any) -> bool:
    """Whether a text holds what stands for a value that a tool does not know yet."""
    return isinstance(value, str) and bool(NOTATION.search(value) or OBJECT.search(value))


def is_left_open(value: Any) -> bool:
    """Whether a text says by a notation that its value, or a part of it, is not known yet."""
    return isinstance(value, str) and bool(OPEN.search(value)) and not OBJECT.search(value)
