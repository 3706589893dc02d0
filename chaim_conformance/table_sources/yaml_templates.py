"""CloudFormation's YAML: with the short forms of its functions, ``!Ref`` for one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from chaim_conformance.errors import UsageError


def load(text: str, path: Path) -> Any:
    """The document, in the form that it has as JSON; raises :class:`UsageError`."""
    try:
        import yaml
    except ImportError as error:  # it comes with a package that the kit needs for something else
        raise UsageError(
            f"{path}: not JSON, and to read YAML takes PyYAML: pip install pyyaml"
        ) from error

    class Loader(yaml.SafeLoader):  # type: ignore[misc]  # it has no types
        """Reads times, and names of members, as the texts that they are written as, and functions
        in both forms.
        """

        def construct_mapping(self, node: Any, deep: bool = False) -> Any:
            if isinstance(node, yaml.MappingNode):
                self.flatten_mapping(node)
                for name, _ in node.value:
                    if isinstance(name, yaml.ScalarNode):
                        name.tag = "tag:yaml.org,2002:str"
            return super().construct_mapping(node, deep)

    def function(loader: Any, suffix: str, node: Any) -> Any:
        if isinstance(node, yaml.ScalarNode):
            value = loader.construct_scalar(node)
        elif isinstance(node, yaml.SequenceNode):
            value = loader.construct_sequence(node, deep=True)
        else:
            value = loader.construct_mapping(node, deep=True)
        if suffix == "GetAtt" and isinstance(value, str):
            value = value.split(".", 1)
        return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}

    Loader.add_multi_constructor("!", function)
    Loader.add_constructor("tag:yaml.org,2002:timestamp", Loader.construct_yaml_str)
    try:
        return yaml.load(text, Loader)  # a SafeLoader with functions, so nothing is executed
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{mark.line + 1}:{mark.column + 1}: " if mark else ""
        said = getattr(error, "problem", None) or str(error).partition("\n")[0]
        raise UsageError(f"{path}:{place or ' '}neither JSON nor YAML: {said}") from error
    except (LookupError, RecursionError, ValueError) as error:  # `!!int ""` is the first one
        raise UsageError(f"{path}: cannot be read as YAML: {error}") from error
