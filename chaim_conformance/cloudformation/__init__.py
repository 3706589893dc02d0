"""CloudFormation as a custom resource sees it: the events it sends, the answers it understands."""

from chaim_conformance.cloudformation.answers import answered_without_handler, read_answer
from chaim_conformance.cloudformation.resource import CustomResource

__all__ = ["CustomResource", "answered_without_handler", "read_answer"]
