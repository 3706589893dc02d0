"""Whatever a provider says, a reader of Markdown sees it as it was said, and nothing else."""

from __future__ import annotations

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chaim_conformance.report.markdown_text import code, fenced, prose, table

markdown_it = pytest.importorskip("markdown_it", reason="markdown-it-py is in `tox -e ci`")
READER = markdown_it.MarkdownIt("commonmark").enable(["table", "strikethrough"])
SAID = st.one_of(
    st.text(st.sampled_from("|`\\*_<>[]()!&;#~ \n-:a1$@"), max_size=30),
    st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=30),
)


def words(text: str) -> str:
    return " ".join(text.split())


def cells(rendered: str) -> list[str]:
    return re.findall(r"<td>(.*?)</td>", rendered, re.DOTALL)


@given(st.lists(SAID, min_size=2, max_size=4))
def test_values_in_a_table(said: list[str]) -> None:
    found = cells(READER.render(table(["head"] * len(said), [[code(one) for one in said]])))
    assert len(found) == len(said)
    for one, cell in zip(said, found, strict=True):
        shown = re.fullmatch(r"(?:<code>(.*)</code>)?", cell, re.DOTALL)
        assert shown is not None
        assert html.unescape(shown[1] or "") == words(one)


@given(SAID)
def test_prose_in_a_table(said: str) -> None:
    (found,) = cells(READER.render(table(["head"], [[prose(said)]])))
    assert "<" not in found
    assert html.unescape(found) == words(said)


@given(st.lists(SAID.map(lambda one: one.replace("\n", " ")), min_size=1, max_size=3))
def test_lines_in_a_block(said: list[str]) -> None:
    rendered = READER.render(fenced(said))
    shown = re.fullmatch(
        r'<pre><code class="language-text">(.*)\n</code></pre>\n', rendered, re.DOTALL
    )
    assert shown is not None
    assert html.unescape(shown[1]) == "\n".join(said)
