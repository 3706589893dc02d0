"""An author opens report.html: from the disk, on a phone, on paper, without scripts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import Open
from tests.report.made_up_runs import FAILURE, IDS

PHONE = {"viewport": {"width": 360, "height": 640}, "is_mobile": True, "has_touch": True}
NAMES = ("mixed", "several", "conformant", "all", "compared")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]


def shown(page: Any) -> list[str]:
    """The ids of the clauses that are in the list now."""
    rows = page.locator(".clause:visible .slug").count()
    texts = page.locator(".clause:visible .id").all_text_contents()
    assert rows == len(texts)
    return list(texts)


@pytest.mark.parametrize("name", NAMES)
def test_it_opens_without_a_word_of_complaint(visit: Open, name: str) -> None:
    page = visit(name)
    assert page.locator("h1").is_visible()


def test_the_verdict_is_on_the_first_screen_of_a_phone(visit: Open) -> None:
    page = visit("mixed", **PHONE)
    for words in ("Not conformant", "fail the run", "Fix first", "node:index.js", "seed 7"):
        box = page.get_by_text(words).first.bounding_box()
        assert box["y"] + box["height"] <= 640


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_wider_than_a_phone(visit: Open, name: str) -> None:
    page = visit(name, **PHONE)
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_filters_narrow_it_down_and_count(visit: Open) -> None:
    page = visit("mixed")
    assert len(shown(page)) == 9
    page.select_option("[name=status]", "fail")
    assert shown(page) == ["H03", "H10"]
    assert page.locator("output").inner_text() == "2 of 9 clauses"
    assert page.locator("[name=family] option", has_text="Hashing").inner_text() == "Hashing (1)"
    page.select_option("[name=family]", "hashing")
    assert shown(page) == ["H10"]
    assert page.locator(".violation:visible").count() == 1
    page.get_by_role("button", name="Clear").click()
    assert len(shown(page)) == 9


def test_search_finds_words_of_a_clause_and_of_what_was_seen(visit: Open) -> None:
    page = visit("mixed")
    page.get_by_role("searchbox").fill("hash lowercase")
    assert shown(page) == ["H10"]
    page.get_by_role("searchbox").fill("H03 bbbb")
    assert shown(page) == ["H03"]
    page.get_by_role("searchbox").fill("no such word")
    assert page.get_by_text("No clause is like that").is_visible()
    page.get_by_role("searchbox").press("Escape")
    assert len(shown(page)) == 9


def test_what_one_sees_can_be_sent_as_a_link(visit: Open) -> None:
    page = visit("mixed")
    page.select_option("[name=status]", "blocked")
    page.get_by_role("searchbox").fill("retry")
    state = page.evaluate("location.hash")
    again = visit("mixed", state)
    assert shown(again) == ["H08"]
    assert again.locator("[name=q]").input_value() == "retry"


def test_the_counts_at_the_top_filter(visit: Open) -> None:
    page = visit("mixed")
    page.locator(".tally a", has_text="known").click()
    assert shown(page) == ["H05"]
    assert "status=known" in page.url


@pytest.mark.parametrize("clause", ["H10", "H12", "H56"])
def test_a_link_to_a_clause_opens_it(visit: Open, clause: str) -> None:
    page = visit("mixed", f"#{clause}")
    target = page.locator(f"#{clause}")
    assert target.locator("details").first.get_attribute("open") is not None
    page.wait_for_function(
        f"document.getElementById('{clause}').getBoundingClientRect().top < innerHeight"
    )


def test_a_link_to_a_clause_that_is_filtered_out_brings_it_back(visit: Open) -> None:
    page = visit("mixed", "#status=pass")
    assert shown(page) == ["H01"]
    page.locator(".then a", has_text="H10").click()
    page.locator("#H10").wait_for(state="visible")
    assert page.locator("#H10 .sequence").is_visible()
    assert page.evaluate("location.hash") == "#H10"


def test_a_card_opens_by_keyboard(visit: Open) -> None:
    page = visit("mixed")
    page.locator("#H10 summary").focus()
    assert not page.locator("#H10 .replay").is_visible()
    page.keyboard.press("Enter")
    assert page.locator("#H10 .replay").is_visible()


def test_all_of_it_opens_at_once(visit: Open) -> None:
    page = visit("mixed")
    page.get_by_role("button", name="Open all").click()
    assert page.locator(".sequence:visible").count() == 4
    page.get_by_role("button", name="Close all").click()
    assert page.locator(".sequence:visible").count() == 0


def test_the_command_is_copied(visit: Open) -> None:
    page = visit("mixed", "#H10", permissions=["clipboard-read", "clipboard-write"])
    page.locator("#H10 .copy").click()
    page.locator("#H10 .copy", has_text="Copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == FAILURE.replay


def test_without_a_clipboard_the_command_is_selected(visit: Open) -> None:
    page = visit("mixed", "#H10")
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(Error('no')); }")
    page.locator("#H10 .copy").click()
    page.locator("#H10 .copy", has_text="Selected").wait_for()
    assert page.evaluate("getSelection().toString()") == FAILURE.replay


def test_without_scripts_it_is_all_there(visit: Open) -> None:
    page = visit("mixed", java_script_enabled=False)
    assert not page.locator(".filters").is_visible()
    assert not page.locator(".copy").first.is_visible()
    page.locator("#H10 summary").click()
    assert page.locator("#H10 .sequence").is_visible()


@pytest.mark.parametrize("scripts", [True, False])
def test_on_paper_there_is_all_of_it_and_nothing_to_press(visit: Open, scripts: bool) -> None:
    page = visit("mixed", "#status=pass", java_script_enabled=scripts)
    page.emulate_media(media="print")
    assert page.locator(".sequence:visible").count() == 4
    assert page.locator("#H56 .clause-text").is_visible()
    assert page.locator("button:visible, input:visible, select:visible").count() == 0


def test_a_pdf_of_every_clause_violated_is_made(visit: Open, tmp_path: Path) -> None:
    page = visit("all")
    page.pdf(path=tmp_path / "all.pdf", format="A4")
    # A page of paper has room for about one violation; closed ones would be a few pages.
    assert (tmp_path / "all.pdf").read_bytes().count(b"/Type /Page\n") >= len(IDS)


@pytest.mark.parametrize("scheme", ["light", "dark"])
# The others have nothing that these have not.
@pytest.mark.parametrize("name", ["several", "conformant", "compared"])
def test_it_is_accessible(visit: Open, axe: str, name: str, scheme: str) -> None:
    page = visit(name, color_scheme=scheme)
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    page.evaluate(axe)
    found = page.evaluate(
        "rules => axe.run({runOnly: {type: 'tag', values: rules}, resultTypes: ['violations']})",
        RULES,
    )
    wrong = [
        f"{one['id']}: {node['html'][:200]}" for one in found["violations"] for node in one["nodes"]
    ]
    assert wrong == []
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor") != "rgb(255, 255, 255)"
    assert dark is (scheme == "dark")
