"""Debian's Chromium, driven by Playwright, with pages of made-up runs in it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from chaim_conformance.report.comparison import compare
from chaim_conformance.report.html import comparison_page, page
from tests.report.made_up_runs import all_violated, judged, mixed, provider, run

CHROMIUM = shutil.which("chromium")
AXE = Path(os.environ.get("CHAIM_AXE", "."), "node_modules/axe-core/axe.min.js")
# No step of a page takes as long, in milliseconds.
PATIENCE = 60_000


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """The browser; skips where it or its driver is missing."""
    playwright = pytest.importorskip(
        "playwright.sync_api", reason="needs Playwright for Python: tox -e browser"
    )
    if CHROMIUM is None:
        pytest.skip("needs Chromium: apt-get install chromium")
    with playwright.sync_playwright() as driver:
        # As root, in a container, its own sandbox cannot be had; the pages are ours.
        started = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture(scope="session")
def axe() -> str:
    """The accessibility checker; skips where it is missing."""
    if not AXE.is_file():
        pytest.skip("needs axe-core: npm install axe-core@4, and CHAIM_AXE as its --prefix")
    return AXE.read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Pages of runs, as files."""
    folder = tmp_path_factory.mktemp("pages")
    runs = {
        "mixed": run(*mixed()),
        "several": run(*mixed("stable"), *mixed("next")),
        "conformant": run(*provider("", judged("H01"), judged("H02"))),
        "all": all_violated(),
    }
    texts = {name: page.text(report) for name, report in runs.items()}
    reports = [("old.json", runs["conformant"]), ("new.json", runs["mixed"])]
    texts["compared"] = comparison_page.text(compare(reports), ["a note"])
    for name, text in texts.items():
        (folder / f"{name}.html").write_text(text, encoding="utf-8")
    return {name: folder / f"{name}.html" for name in texts}


@dataclass
class Opened:
    """A page in the browser, and what it complained of or asked the network for."""

    page: Any
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)


Open = Callable[..., Any]


@pytest.fixture
def visit(browser: Any, pages: dict[str, Path]) -> Iterator[Open]:
    """Opens a page by name; options are those of a browser's context.

    After the test none may have complained, or asked for anything but itself.
    """
    contexts: list[Any] = []
    visited: list[Opened] = []

    def open_(name: str, hash_: str = "", **options: Any) -> Any:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 800}, **options})
        contexts.append(context)
        context.set_default_timeout(PATIENCE)
        opened = Opened(context.new_page())
        visited.append(opened)
        opened.page.on("console", lambda message: opened.complaints.append(message.text))
        opened.page.on("pageerror", lambda error: opened.complaints.append(str(error)))
        opened.page.on("request", lambda request: opened.requests.append(request.url))
        opened.page.goto(pages[name].as_uri() + hash_)
        return opened.page

    yield open_
    for context in contexts:
        context.close()
    for opened in visited:
        assert not opened.complaints
        assert not [url for url in opened.requests if not url.startswith(("file:", "data:"))]
        assert sum(url.startswith("file:") for url in opened.requests) == 1
