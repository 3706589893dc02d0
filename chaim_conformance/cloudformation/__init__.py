"""CloudFormation as a custom resource sees it: the events it sends, the answers it understands."""

from chaim_conformance.cloudformation.answers import answered_without_handler, read_answer
from chaim_conformance.cloudformation.stack import Request, Stack, comes_again

__all__ = ["Request", "Stack", "answered_without_handler", "comes_again", "read_answer"]
