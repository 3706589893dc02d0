"""The pages are tests: the files that they show are written, their commands run."""

from __future__ import annotations

import shutil
from typing import Any

from console import NODE_CDK, Page
from sybil import Example, Sybil
from sybil.parsers.markdown.lexers import FencedCodeBlockLexer
from sybil.parsers.myst import SkipParser
from sybil.parsers.myst.lexers import DirectiveLexer


def _write(example: Example) -> None:
    page: Page = example.namespace["page"]
    page.write(example.region.lexemes["options"]["caption"], str(example.parsed))


def _run(example: Example) -> None:
    page: Page = example.namespace["page"]
    page.run(str(example.parsed))


def _files(document: Any) -> Any:
    """Code blocks with a caption: that is the file's name."""
    for region in DirectiveLexer("code-block")(document):
        if "caption" in region.lexemes["options"]:
            region.parsed, region.evaluator = region.lexemes["source"], _write
            yield region


def _consoles(document: Any) -> Any:
    for region in FencedCodeBlockLexer("console")(document):
        region.parsed, region.evaluator = region.lexemes["source"], _run
        yield region


def _open(namespace: dict[str, Any]) -> None:
    namespace["page"] = Page()
    namespace["no_go"] = shutil.which("go") is None
    namespace["no_curl"] = shutil.which("curl") is None
    namespace["no_node_cdk"] = not NODE_CDK.is_dir()


def _close(namespace: dict[str, Any]) -> None:
    namespace["page"].close()


pytest_collect_file = Sybil(
    parsers=[_files, _consoles, SkipParser()],
    patterns=["*.md", "**/*.md"],
    setup=_open,
    teardown=_close,
).pytest()
