"""The built site: what reports and others link to is there, and it stands alone."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import generated_pages
import pytest
from console import Page, Unexpected

# What pages may link to outside; today nothing. CI has no network and cannot tell when such a page
# is gone: `sphinx-build -b linkcheck docs DIRECTORY` does, by hand.
EXTERNAL: frozenset[str] = frozenset()


class Article(HTMLParser):
    """Collects the links of a page's own text, without the theme's."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: set[str] = set()
        self._inside = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside |= tag == "article"
        if tag == "a" and self._inside:
            self.links.add(dict(attrs).get("href") or "")

    def handle_endtag(self, tag: str) -> None:
        self._inside &= tag != "article"


@pytest.fixture
def site() -> Path:
    if "DOCS_SITE" not in os.environ:
        pytest.skip("DOCS_SITE says where the site was built; tox -e docs does both")
    return Path(os.environ["DOCS_SITE"])


@pytest.fixture
def page() -> Iterator[Page]:
    page = Page()
    yield page
    page.close()


def test_each_clause_and_each_reading_has_its_anchor(site: Path) -> None:
    clauses = (site / "clauses.html").read_text(encoding="utf-8")
    missing = [
        e["id"] for e in generated_pages.entries() if f'id="{e["id"].lower()}"' not in clauses
    ]
    assert not missing
    readings = (site / "readings.html").read_text(encoding="utf-8")
    assert all(f'id="reading-{number}"' in readings for number in range(1, 13))


def test_pages_link_outside_only_to_what_is_on_the_list(site: Path) -> None:
    links = {
        link
        for page in site.rglob("*.html")
        for link in Article(page.read_text(encoding="utf-8")).links
        if "//" in link
    }
    assert links <= EXTERNAL


def test_links_of_the_readme_lead_to_files() -> None:
    root = Path(__file__).parents[1]
    text = (root / "README.md").read_text(encoding="utf-8")
    links = re.findall(r"\]\((?!https?:)([^)#]+)", text)
    assert links
    assert not [link for link in links if not (root / link).exists()]


def test_advice_and_a_sample_stand_with_their_clause(monkeypatch: pytest.MonkeyPatch) -> None:
    (one, *_) = generated_pages.entries()
    sample = {"clause": one["id"], "expected": "this", "seen": "that " * 30, "hint": ""}
    monkeypatch.setattr(generated_pages, "entries", lambda: [{**one, "advice": "Do it well."}])
    monkeypatch.setattr(generated_pages, "_samples", lambda: {one["id"]: sample})
    text = generated_pages.clauses()
    assert ": Do it well." in text
    assert "  Expected  this\n  Seen      that that" in text
    assert "Hint" not in text


def test_a_disputed_clause_says_so_in_the_table_and_below(monkeypatch: pytest.MonkeyPatch) -> None:
    (one, *_) = generated_pages.entries()
    disputed = {**one, "since": "1.1", "disputed": "By Ann, who reads it otherwise."}
    monkeypatch.setattr(generated_pages, "entries", lambda: [disputed])
    text = generated_pages.clauses()
    assert f"| {one['level']}, disputed |" in text
    assert "Disputed\n: By Ann, who reads it otherwise." in text
    assert "; since 1.1.*" in text


def test_ports_that_a_page_names_stand_for_free_ones(page: Page) -> None:
    page.write("asked", "http://127.0.0.1:8081/ and 18081\n")
    page.run("$ cat asked\nhttp://127.0.0.1:8081/ and 18081\n")
    page.run("$ grep '/127.0.0.1:80[8]1' asked\n$ echo $?\n1\n")


def test_what_is_not_printed_is_missed(page: Page) -> None:
    page.run("$ echo one; echo two\none\n...\n")
    page.run("$ echo in 1.5 s\nin 77.2 s\n")
    with pytest.raises(Unexpected, match="expected"):
        page.run("$ echo one\ntwo\n")


def test_a_command_that_fails_says_so_on_its_page(page: Page) -> None:
    page.run("$ false\n$ echo $?\n1\n")
    with pytest.raises(Unexpected, match="ended with 1"):
        page.run("$ false\n")


def test_blocks_go_on_where_the_last_one_was(page: Page) -> None:
    page.run("$ mkdir there\n$ cd there\n")
    page.write("a/file", "text\n")
    page.run("$ cat a/file\ntext\n")
