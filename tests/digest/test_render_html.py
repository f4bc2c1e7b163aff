"""The page: whole, safe, speaking three languages, and the same every time."""

from __future__ import annotations

import base64
import hashlib
import itertools
import re
from dataclasses import replace
from typing import Any, get_args

import pytest
from lxml import html

from treatywatch.digest.compose import compose
from treatywatch.digest.options import DigestOptions, Language
from treatywatch.digest.render_html import render_html
from treatywatch.news.week_input import WeekInput
from treatywatch.news.weekly import IsoWeek

LANGUAGES: tuple[Language, ...] = get_args(Language)
ALLOWED = {
    "html",
    "head",
    "meta",
    "title",
    "style",
    "link",
    "body",
    "svg",
    "defs",
    "pattern",
    "rect",
    "line",
    "path",
    "g",
    "text",
    "a",
    "div",
    "header",
    "p",
    "strong",
    "span",
    "h1",
    "h2",
    "h3",
    "h4",
    "main",
    "section",
    "dl",
    "dt",
    "dd",
    "ul",
    "ol",
    "li",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
    "details",
    "summary",
    "figure",
    "article",
    "blockquote",
    "cite",
    "bdi",
    "mark",
    "footer",
    "br",
}


def page_of(week: WeekInput, **options: Any) -> str:
    chosen = DigestOptions(**options)
    return render_html(compose(week, chosen), chosen)


def tree(page: str) -> Any:
    return html.document_fromstring(page)


@pytest.fixture(scope="module", params=LANGUAGES)
def language(request: pytest.FixtureRequest) -> Language:
    return request.param


@pytest.mark.slow
def test_it_is_one_file_without_script_or_anything_remote(
    full_week: WeekInput, language: Language
) -> None:
    page = page_of(full_week, language=language)
    assert len(page.encode()) < 500_000
    document = tree(page)
    assert {str(node.tag) for node in document.iter() if isinstance(node.tag, str)} <= ALLOWED
    assert not document.xpath("//@src | //@style | //@srcset")
    assert not [name for name in document.xpath("//@*/..") for k in name.attrib if k[:2] == "on"]
    assert document.xpath("//link/@href") == ["data:,"]
    assert "@import" not in page
    assert set(re.findall(r"url\(([^)]*)\)", page)) == {"#hatch"}


def test_the_policy_lets_in_its_own_style_and_nothing_else(full_week: WeekInput) -> None:
    page = page_of(full_week)
    style = re.search(r"<style>(.*?)</style>", page, re.S)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    (policy,) = tree(page).xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    assert policy.startswith(f"default-src 'none'; style-src 'sha256-{digest}';")
    assert "unsafe" not in policy
    assert "script" not in policy


@pytest.mark.slow
def test_language_and_direction_are_right(full_week: WeekInput, language: Language) -> None:
    document = tree(page_of(full_week, language=language))
    assert document.get("lang") == language
    assert document.get("dir") == ("rtl" if language == "ar" else "ltr")
    quotes = document.xpath("//blockquote")
    assert {quote.get("lang") for quote in quotes} == {"ar", "en", "vi"}
    for node in document.xpath("//blockquote | //cite/* | //*[@class='context']"):
        assert node.get("dir") == ("rtl" if node.get("lang") == "ar" else "ltr")


@pytest.mark.slow
def test_headings_step_down_one_at_a_time(full_week: WeekInput, language: Language) -> None:
    levels = [
        int(node.tag[1])
        for node in tree(page_of(full_week, language=language)).iter()
        if isinstance(node.tag, str) and re.fullmatch("h[1-6]", node.tag)
    ]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(b <= a + 1 for a, b in itertools.pairwise(levels))


def test_every_plot_has_a_text_alternative_and_its_numbers(full_week: WeekInput) -> None:
    document = tree(page_of(full_week))
    plots = document.xpath("//svg[@class='plot']")
    assert len(plots) == 6
    assert all(plot.get("role") == "img" and plot.get("aria-label") for plot in plots)
    others = document.xpath("//svg[not(@class='plot')]")
    assert all(other.get("aria-hidden") == "true" for other in others)
    english = document.xpath("//figure")[1]
    cells = [cell.text for cell in english.xpath(".//tbody/tr[last()]/td")]
    assert cells == ["5", "4", "3", "9"]


def test_ids_are_one_of_a_kind(full_week: WeekInput) -> None:
    document = tree(page_of(full_week))
    ids = document.xpath("//@id")
    assert len(ids) == len(set(ids))
    assert set(document.xpath("//@aria-labelledby")) <= set(ids)


def test_outgoing_links_say_nothing_of_the_reader(full_week: WeekInput) -> None:
    for link in tree(page_of(full_week)).xpath("//a[not(starts-with(@href, '#'))]"):
        assert link.get("href").startswith(("https://", "http://"))
        assert set(link.get("rel").split()) == {"noopener", "noreferrer", "nofollow"}


@pytest.mark.slow
@pytest.mark.parametrize("of", LANGUAGES)
def test_hostile_text_stays_text(hostile_week: WeekInput, press: Any, of: Language) -> None:
    title = press.hostile[1]
    page = page_of(hostile_week, language=of, title=title)
    document = tree(page)
    assert {str(node.tag) for node in document.iter() if isinstance(node.tag, str)} <= ALLOWED
    for node in document.iter():
        assert not [name for name in node.attrib if name.startswith("on") or name == "style"]
    assert all(href.startswith(("http", "#", "data:,")) for href in document.xpath("//@href"))
    assert "\u202e" not in page
    assert "\x00" not in page
    assert len(page.encode()) < 500_000
    assert "</title><script>" in "".join(document.xpath("//h1")[0].itertext())


@pytest.mark.slow
def test_the_bytes_depend_on_the_week_alone(full_week: WeekInput) -> None:
    first, second = page_of(full_week), page_of(replace(full_week))
    assert first == second


@pytest.mark.slow
def test_a_flood_stays_under_half_a_megabyte(full_week: WeekInput, press: Any) -> None:
    loud = "loud " * 400
    articles = [
        replace(
            press.article(n, ("ar", "en", "vi")[n % 3], "mixed"),
            outlet=f"{n % 700} {loud}",
            title=loud,
            url=f"https://a.example/{'x' * 1_900}",
            story_id=f"s{n % 900}",
        )
        for n in range(3_000)
    ]
    passages = [
        replace(passage, text=f"{n} {loud}", before=loud, after=loud, themes=(f"theme {n}",))
        for n, article in enumerate(articles)
        for passage in press.passages(article, n)
    ]
    themes = [replace(full_week.themes[0], theme=f"{n} {loud}") for n in range(500)]
    week = replace(
        full_week,
        articles=tuple(articles),
        passages=tuple(passages),
        themes=tuple(themes),
        counts=tuple(press.count_week(articles, full_week.week)),
        drifts=tuple(replace(full_week.drifts[0], article_id=f"{n}") for n in range(500)),
        feeds_down=tuple(replace(full_week.feeds_down[0], feed_id=f"{n}") for n in range(500)),
        omissions=replace(full_week.omissions, failed_pages={f"{n} {loud}": n for n in range(500)}),
    )
    assert len(page_of(week).encode()) < 500_000


@pytest.mark.parametrize("of", LANGUAGES)
def test_an_empty_week_is_a_page(of: Language) -> None:
    week = IsoWeek(2026, 53)
    empty = WeekInput(week=week, weeks=week.shift(-11).until(week))
    document = tree(page_of(empty, language=of))
    assert not document.xpath("//blockquote")
    assert len(document.xpath("//h2")) >= 5


@pytest.mark.slow
def test_arabic_digits_are_the_readers_choice(full_week: WeekInput) -> None:
    assert "53" in page_of(full_week, language="ar")
    body = "".join(tree(page_of(full_week, language="ar", arabic_digits=True)).body.itertext())
    assert "٥٣" in body
    numbers = re.findall(r"\d+", re.sub(r"bundled-1|ISO", "", body))
    assert not [number for number in numbers if number.isascii()]


def test_a_theme_of_the_operator_keeps_its_name(full_week: WeekInput) -> None:
    names = {**full_week.theme_names, "surveillance": {"en": "wire <tapping>"}}
    page = page_of(replace(full_week, theme_names=names))
    assert "wire &lt;tapping&gt;" in page


def test_nothing_tells_when_it_was_written(full_week: WeekInput) -> None:
    page = page_of(full_week)
    (updated,) = tree(page).xpath("//meta[@name='treatywatch-updated']/@content")
    assert updated == "2026-11-23T00:12:00+00:00"
