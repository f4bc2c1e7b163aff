"""The page in a real browser: three languages, light and dark, wide and narrow, and on paper.

Needs Debian's Chromium (`apt-get install chromium fonts-noto-core`) or another one named by
`CHROMIUM`; without it these tests are skipped. `DIGEST_PICTURES=docs` takes the pictures
for the README anew, from the digest of the demo.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from treatywatch.config.settings import Settings
from treatywatch.digest.options import DigestOptions, Language
from treatywatch.digest.write import write_digest
from treatywatch.news.week_input import WeekInput
from treatywatch.news.weekly import IsoWeek
from treatywatch.storage.weekly import read_week

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or ""
FLAGS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
LANGUAGES: tuple[Language, ...] = get_args(Language)
# Resolved now: each test moves to a folder of its own.
PICTURES = (
    Path(os.environ["DIGEST_PICTURES"]).resolve() if "DIGEST_PICTURES" in os.environ else None
)
A4_WIDTH = 680  # CSS pixels between the margins

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM, reason="no Chromium here; apt-get install chromium"),
]

# Text whose boxes meet cannot be read. Boxes are trimmed: a font's own is taller than its line.
OVERLAPS = """() => {
  const boxes = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode;
    if (!node.data.trim() || node.parentElement.closest('.hidden, .skip, details:not([open])'))
      continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const r of range.getClientRects())
      if (r.width > 2 && r.height > 2)
        boxes.push([
          r.left + 1, r.top + r.height * .3, r.right - 1, r.bottom - r.height * .3, node]);
  }
  boxes.sort((a, b) => a[1] - b[1]);
  const found = [];
  for (let i = 0; i < boxes.length; i++)
    for (let j = i + 1; j < boxes.length && boxes[j][1] < boxes[i][3]; j++)
      if (boxes[i][0] < boxes[j][2] && boxes[j][0] < boxes[i][2])
        found.push(boxes[i][4].data.trim() + ' / ' + boxes[j][4].data.trim());
  return found;
}"""
SPILLS = """() => [...document.querySelectorAll('body *:not(.hidden):not(.hidden *)')]
  .filter(e => e.clientWidth > 0 && e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e)
    .display !== 'inline' && !(e instanceof SVGElement))
  .map(e => e.tagName + '.' + e.className + ' ' + e.scrollWidth + '>' + e.clientWidth)"""


@dataclass
class Watched:
    """What a page did while it was open."""

    messages: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def pages(
    full_week: WeekInput, hostile_week: WeekInput, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    folder = tmp_path_factory.mktemp("digests")
    week = IsoWeek(2026, 53)
    empty = WeekInput(week=week, weeks=week.shift(-11).until(week))
    for language in LANGUAGES:
        options = DigestOptions(language=language, formats=("html",), arabic_digits=True)
        for name, one in (("full", full_week), ("hostile", hostile_week), ("empty", empty)):
            write_digest(one, options, folder / name / language)
    return folder


def page_path(pages: Path, name: str, language: str) -> Path:
    return next((pages / name / language).glob("digest-*.html"))


def opened(browser: Browser, path: Path, width: int, scheme: str = "light") -> tuple[Page, Watched]:
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme=scheme,  # type: ignore[arg-type]
        java_script_enabled=True,
    )
    page, watched = context.new_page(), Watched()
    page.on("console", lambda message: watched.messages.append(message.text))
    page.on("pageerror", lambda error: watched.messages.append(str(error)))
    page.on("request", lambda request: watched.requests.append(request.url))
    page.goto(path.as_uri())
    return page, watched


def open_details(page: Page) -> None:
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")


@pytest.mark.parametrize("name", ["full", "hostile", "empty"])
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390), ("dark", 820)])
def test_nothing_overflows_overlaps_runs_or_calls_home(
    browser: Browser, pages: Path, name: str, language: str, scheme: str, width: int
) -> None:
    path = page_path(pages, name, language)
    page, watched = opened(browser, path, width, scheme)
    for with_details in (False, True):
        if with_details:
            open_details(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate(SPILLS) == []
        assert page.evaluate(OVERLAPS) == []
    page.hover("h1")
    page.keyboard.press("Tab")
    assert page.evaluate("window.pwned") is None
    assert watched.messages == []
    assert watched.requests == [path.as_uri()]
    page.context.close()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(browser: Browser, pages: Path, language: str, scheme: str) -> None:
    page, _ = opened(browser, page_path(pages, "full", language), 1280, scheme)
    open_details(page)
    found = Axe().run(page)
    named = [f"{v['id']} ({v['impact']}): {v['nodes'][0]['html'][:200]}" for v in violations(found)]
    assert named == []
    page.context.close()


def violations(found: Any) -> list[dict[str, Any]]:
    return list(found.response["violations"])


def test_the_checks_see_what_they_look_for(browser: Browser, pages: Path) -> None:
    page, watched = opened(browser, page_path(pages, "full", "en"), 1280)
    page.evaluate("document.querySelector('.lede').style.marginBottom = '-80px'")
    assert page.evaluate(OVERLAPS) != []
    page.evaluate("document.querySelector('.note').style.color = '#cccccc'")
    assert "color-contrast" in {found["id"] for found in violations(Axe().run(page))}
    page.evaluate("document.querySelector('h1').style.width = '3000px'")
    assert page.evaluate("document.documentElement.scrollWidth") > 1280
    assert page.evaluate(SPILLS) != []
    page.evaluate("document.body.append(Object.assign(new Image(), {src: 'https://e.example/'}))")
    page.wait_for_timeout(200)
    assert any("Content Security Policy" in message for message in watched.messages)
    page.context.close()


def test_the_index_is_clean_too(browser: Browser, pages: Path) -> None:
    page, watched = opened(browser, pages / "full" / "ar" / "index.html", 390)
    assert violations(Axe().run(page)) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert watched.messages == []
    page.context.close()


def test_an_arabic_page_runs_from_right_to_left(browser: Browser, pages: Path) -> None:
    page, _ = opened(browser, page_path(pages, "full", "ar"), 1280)
    box = "selector => document.querySelector(selector).getBoundingClientRect().toJSON()"
    body = page.evaluate(box, ".page")
    first, last = (page.evaluate(box, f".figure.m-{name}") for name in ("articles", "concerns"))
    assert first["right"] > body["right"] - 60
    assert last["left"] < body["left"] + 60
    said = page.evaluate(
        "[...document.querySelectorAll('blockquote')]"
        ".map(q => [q.lang, getComputedStyle(q).direction])"
    )
    assert {tuple(pair) for pair in said} == {("ar", "rtl"), ("en", "ltr"), ("vi", "ltr")}
    page.context.close()


def test_the_latest_week_stands_where_reading_ends(browser: Browser, pages: Path) -> None:
    for language, is_last in (("en", True), ("ar", False)):
        page, _ = opened(browser, page_path(pages, "full", language), 1280)
        places = page.evaluate(
            "[...document.querySelector('figure .plot').querySelectorAll('text')].map("
            "t => [t.textContent, t.getBoundingClientRect().left])"
        )
        place = {text.translate(str.maketrans("٠١٢٣٤٥٦٧٨٩", "0123456789")): x for text, x in places}
        assert (place["47"] > place["36"]) is is_last
        page.context.close()


def test_the_keyboard_reaches_content_and_context(browser: Browser, pages: Path) -> None:
    page, _ = opened(browser, page_path(pages, "full", "en"), 1280)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.locator(".quote summary").first.focus()
    page.keyboard.press("Enter")
    assert page.locator(".quote details[open] .context").first.is_visible()
    page.context.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_prints_on_few_pages_of_a4(
    browser: Browser, pages: Path, language: str, tmp_path: Path
) -> None:
    page, _ = opened(browser, page_path(pages, "full", language), A4_WIDTH, "dark")
    page.emulate_media(media="print")
    assert page.evaluate("document.documentElement.scrollWidth") <= A4_WIDTH
    assert page.evaluate(OVERLAPS) == []
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert paper == "rgb(255, 255, 255)"
    printed = page.pdf(prefer_css_page_size=True)
    sheets = len(re.findall(rb"/Type\s*/Page\b", printed))
    assert 3 <= sheets <= 5
    assert re.search(rb"/MediaBox \[0 0 59\d(\.\d+)? 84\d(\.\d+)?\]", printed)
    page.context.close()


@pytest.fixture(scope="module")
def demo(demo_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the digest of the demo in the three languages."""
    folder = tmp_path_factory.mktemp("demo")
    shutil.copytree(demo_folder, folder / "demo")
    settings = Settings(db=folder / "demo" / "treatywatch.duckdb")
    (written,) = (folder / "demo").glob("digest-*.html")
    week = read_week(settings, IsoWeek.parse(written.stem.removeprefix("digest-")))
    for language in LANGUAGES:
        options = DigestOptions(language=language, formats=("html",))
        write_digest(week, options, folder / "demo" / language)
    return folder


@pytest.mark.timeout(900)  # the first one runs the demo, or waits for the worker that does
@pytest.mark.slow
@pytest.mark.server
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_digest_of_the_demo(browser: Browser, demo: Path, language: Language) -> None:
    path = page_path(demo, "demo", language)
    for scheme in ("light", "dark"):
        for width in (1280, 390):
            page, watched = opened(browser, path, width, scheme)
            open_details(page)
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            assert page.evaluate(SPILLS) == []
            assert page.evaluate(OVERLAPS) == []
            assert violations(Axe().run(page)) == []
            assert watched.messages == []
            assert watched.requests == [path.as_uri()]
            page.context.close()
    if PICTURES:
        take_picture(browser, path, PICTURES / f"digest-{language}.png")


def take_picture(browser: Browser, path: Path, picture: Path) -> None:
    page, _ = opened(browser, path, 1180)
    first_screens = {"x": 0, "y": 0, "width": 1180, "height": 1500}
    page.screenshot(path=picture, clip=first_screens, full_page=True)  # type: ignore[arg-type]
    assert picture.stat().st_size < 400_000
    page.context.close()
