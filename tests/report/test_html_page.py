"""The page is one whole file: nothing loaded, nothing unescaped, every link leads somewhere."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

import pytest

from chaim_conformance.report.files import FILES
from chaim_conformance.report.html.page import LARGEST, text
from chaim_conformance.report.html.words import MEANINGS
from chaim_conformance.verdict import STATUSES
from tests.report.made_up_runs import (
    IDS,
    all_violated,
    everywhere,
    huge,
    judged,
    mixed,
    not_started,
    provider,
    run,
)

VOID = {"meta", "link", "input", "br"}
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>&lt;"


@dataclass
class Page(HTMLParser):
    """What a page has in it; elements that are not closed in their order are refused."""

    source: str
    open: list[str] = field(default_factory=list)
    elements: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)
    words: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self.feed(self.source)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] not in (["script"], ["style"]):
            self.words.append(data)

    @property
    def told(self) -> str:
        """What stands there to be read."""
        return "".join(self.words)

    def all(self, attribute: str) -> list[str]:
        """Every value of an attribute."""
        return [str(attrs[attribute]) for _, attrs in self.elements if attribute in attrs]

    def count(self, tag: str) -> int:
        return sum(name == tag for name, _ in self.elements)


def test_a_run_writes_the_page_too() -> None:
    assert FILES["report.html"] == "html.page"


@pytest.mark.parametrize(
    "report",
    [
        run(*mixed()),
        run(*mixed("stable"), *mixed("next")),
        run(*provider("", judged("H01"))),
        run(not_started()),
        run(*mixed("one"), not_started("other")),
        run(),
    ],
    ids=["one", "several", "conformant", "not started", "one not started", "nothing"],
)
def test_links_lead_somewhere_and_nothing_is_loaded(report) -> None:
    page = Page(text(report))
    ids = page.all("id")
    assert len(set(ids)) == len(ids)
    for target in page.all("href"):
        assert target.startswith(("./failures/", "data:,")) or target[1:] in ids
    assert not page.all("src")
    assert "style" not in {key for _, attrs in page.elements for key in attrs}
    policy = page.all("content")[0]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert not re.search(r"url\(|@import|https?://(?!www\.w3\.org/2000/svg)", text(report))


def test_the_first_screen_says_what_came_out_and_what_to_mend_first() -> None:
    said = Page(text(run(*mixed()))).told
    head = said[: said.index("What fails")]
    for words in (
        "Not conformant",
        "4 of 9 clauses fail the run",
        "Fix first: H03-one-event-id-per-request",
        "sha256:bbbb",
        "Until then H08 cannot be judged",
        "node:index.js",
        "contract 1.0",
        "kit 1.2.3",
        "profile quick",
        "seed 7",
        "2027-03-01 12:00 UTC",
    ):
        assert words in head


@pytest.mark.parametrize(
    ("report", "words"),
    [
        (run(*provider("", judged("H01"))), "Conformant"),
        (run(*provider("", judged("H01")), whole=False), "Not finished"),
        (run(not_started()), "Not judged: the provider could not be started"),
        (run(*provider("", judged("H01", "error"))), "No verdict"),
        (run(*mixed("a"), *provider("b", judged("H01", provider="b"))), "1 of 2 providers"),
        (run(*mixed("a"), *mixed("b")), "None of 2 providers"),
    ],
)
def test_the_verdict_is_told_in_words(report, words: str) -> None:
    assert f">{words}" in text(report).partition("<main>")[0]


def test_a_run_of_some_clauses_does_not_call_the_provider_conformant() -> None:
    started, verdict = provider("", judged("H01"))
    more = type(started)(**{**vars(started), "clauses": ("H01", "H02")})
    page = text(run(more, verdict))
    assert "Conformant in what was judged" in page
    assert "1 more were left out" in page


def test_each_status_is_explained_and_each_clause_has_its_place() -> None:
    page = Page(text(run(*mixed(), judged("H40", "error"))))
    assert set(MEANINGS) == set(STATUSES)
    for meaning in MEANINGS.values():
        assert meaning in page.told
    assert {"H01", "H03", "H05", "H08", "H10", "H12", "H20", "H26", "H40", "H56"} <= set(
        page.all("id")
    )


def test_a_violation_has_all_that_its_author_needs() -> None:
    source = text(run(*provider("", judged("H10", "fail"))))
    page = Page(source)
    for words in (
        "lowercase hexadecimal SHA-256",
        "the source says",
        "nothing is published",
        "operation 1 (Create, warm)",
        "Create ✓ → Update",
        "ERROR publishing failed",
        "chaim-conformance replay .chaim/failures/H10-content-hash.json",
    ):
        assert words in page.told
    assert "<ins>aaaa</ins>" in source
    assert "<del>bbbb</del>" in source
    assert page.count("svg") == 1
    assert "./failures/H10-content-hash.transcript.json" in page.all("href")
    assert source.count("<details open>") == 1


def test_several_providers_have_places_of_their_own() -> None:
    page = Page(text(run(*mixed("Stable one"), *mixed("next"), *mixed("NEXT"))))
    assert {"stable-one", "next", "next-3", "next-H10", "stable-one-H10"} <= set(page.all("id"))


def test_what_stands_in_a_report_is_never_markup() -> None:
    report = run(*mixed(), not_started("other"))
    page = Page(text(everywhere(report, lambda words: HOSTILE)))
    assert page.count("script") == 1
    assert page.count("img") == 0
    assert not [key for _, attrs in page.elements for key in attrs if key.startswith("on")]
    assert HOSTILE in page.told
    assert all(href.startswith(("#", "./", "data:,")) for href in page.all("href"))


def test_an_address_in_place_of_a_file_leads_nowhere_else() -> None:
    report = everywhere(run(*mixed()), lambda words: "javascript:alert(1)")
    assert "./javascript%3Aalert%281%29" in Page(text(report)).all("href")


def test_what_no_file_can_hold_is_made_visible() -> None:
    page = text(everywhere(run(*mixed()), lambda words: f"{words}\ud800\x1b\x00"))
    assert "\\ud800\\x1b\\x00" in page
    page.encode()


def test_no_clause_at_all_that_holds_is_a_page_below_a_megabyte() -> None:
    made = text(all_violated(huge()))
    assert len(made.encode()) < LARGEST
    page = Page(made)
    assert set(IDS) <= set(page.all("id"))
    assert page.count("svg") == len(IDS)
    assert "characters more" in page.told


def test_what_fits_is_not_shortened() -> None:
    made = text(run(*provider("", judged("H10", "fail", failure=huge()))))
    assert "characters more" not in made
    assert made.count("x" * 300) >= 60


def test_what_there_is_to_be_said_against_a_violation_stands_beside_it() -> None:
    odd = judged("H10", "fail", fails=False, reservations=("odd", "new in 1.1"))
    told = Page(text(run(*provider("", odd)))).told
    assert "No real platform would ask for what showed this" in told
    assert "It is new in 1.1 of the contract" in told
    assert "It does not fail the run; under --strict it would" in told
    report = run(*provider("", judged("H10", "fail")))
    disputed = everywhere(report, lambda words: words)
    (one,) = disputed.providers
    clauses = tuple(type(c)(**{**vars(c), "disputed": "by whom"}) for c in one.clauses)
    one = type(one)(**{**vars(one), "clauses": clauses})
    page = Page(text(type(report)(**{**vars(report), "providers": (one,)})))
    assert "Disputed: by whom" in page.told
