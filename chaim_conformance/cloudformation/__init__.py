"""CloudFormation as a custom resource sees it: the events it sends, the answers it understands."""

from chaim_conformance.cloudformation.answers import read_answer
from chaim_conformance.cloudformation.resource import CustomResource

__all__ = ["CustomResource", "read_answer"]
