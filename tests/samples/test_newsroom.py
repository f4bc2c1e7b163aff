"""Test that the sample newsroom is whole, honest about its traps and right over HTTP."""

from __future__ import annotations

import io
import json
import unicodedata
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from html import unescape
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urljoin, urlsplit

import feedparser
import pytest
import trafilatura

from treatywatch.samples.expectations import EXPECTED_FILE, expectations
from treatywatch.samples.feeds import feed_date, sample_feeds
from treatywatch.samples.newsroom import build_newsroom
from treatywatch.samples.records import (
    ARTICLE,
    TREATY_LABELS,
    Article,
    Outlet,
    SamplePage,
    load_articles,
    load_outlets,
)
from treatywatch.samples.server import SampleServer

MONDAY = date(2026, 11, 23)
BASE_URL = "http://127.0.0.1:8080"
EDITED = "/meridian-wire/world/prosecutors-back-un-cybercrime-treaty"
HOPES = """cooperation evidence victims capacity global_order rights_safeguards security standing
    economy"""
CONCERNS = """surveillance privacy expression vagueness repression weak_safeguards researchers host
    industry legitimacy"""

ARTICLES = load_articles()
READABLE = [article for article in ARTICLES if article.kind == ARTICLE]
OUTLETS = list(load_outlets().values())
LIVE = [outlet for outlet in OUTLETS if outlet.feed_state != "dead"]


@pytest.fixture(scope="module", params=[1, 2])
def edition(request: pytest.FixtureRequest) -> int:
    """Give each edition in turn."""
    number: int = request.param
    return number


@pytest.fixture(scope="module")
def pages(edition: int) -> dict[str, SamplePage]:
    """Build an edition once."""
    return build_newsroom(edition, MONDAY, BASE_URL)


@pytest.fixture
def server() -> Iterator[SampleServer]:
    """Serve edition 1."""
    with SampleServer(1, MONDAY) as running:
        yield running


def own_articles(outlet: Outlet) -> list[Article]:
    """List the articles of an outlet."""
    return [article for article in ARTICLES if article.outlet == outlet]


def parse(page: SamplePage) -> Any:
    """Parse a feed's bytes as a client would."""
    return feedparser.parse(
        io.BytesIO(page.body), response_headers={"content-type": page.headers["Content-Type"]}
    )


def get(server: SampleServer, path: str, headers: dict[str, str] | None = None) -> SamplePage:
    """Fetch a path over real HTTP."""
    connection = HTTPConnection("127.0.0.1", urlsplit(server.url).port, timeout=10)
    connection.request("GET", path, headers=headers or {})
    response = connection.getresponse()
    page = SamplePage(response.status, dict(response.headers), response.read())
    connection.close()
    return page


@pytest.mark.parametrize("outlet", LIVE, ids=lambda outlet: outlet.id)
def test_every_live_feed_gives_its_entries(outlet: Outlet, pages: dict[str, SamplePage]) -> None:
    """Find a linked entry for every article of the outlet."""
    feed = parse(pages[outlet.feed_path])
    links = {
        urlsplit(urljoin(BASE_URL + outlet.feed_path, entry.link)).path
        for entry in feed.entries
        if "link" in entry
    }
    assert links == {article.path for article in own_articles(outlet)}
    assert bool(feed.bozo) == (outlet.feed_state == "malformed")


def test_feeds_come_in_three_formats(pages: dict[str, SamplePage]) -> None:
    """Cover RSS 2.0, Atom and RDF."""
    versions = {parse(pages[outlet.feed_path]).version for outlet in LIVE}
    assert {"rss20", "atom10", "rss10"} <= versions


def test_the_dead_feed_is_dead(pages: dict[str, SamplePage]) -> None:
    """Answer 500 for it."""
    assert pages["/gulf-evening/feed.xml"].status == 500


def test_expected_json_is_current() -> None:
    """Match the articles; `python -m treatywatch.samples.expectations` rewrites it."""
    assert json.loads(EXPECTED_FILE.read_text(encoding="utf-8")) == expectations()


def test_every_expected_path_exists(pages: dict[str, SamplePage]) -> None:
    """Serve each page, feed and trap that expected.json names."""
    expected = expectations()
    paths = [record["path"] for record in expected["pages"] + expected["feeds"]]
    trapped = [path for trap in expected["traps"] for path in trap["paths"]]
    assert set(paths) | set(trapped) <= set(pages)
    assert all(trap["paths"] for trap in expected["traps"])


def test_every_trap_of_an_article_is_described() -> None:
    """Name no trap that expected.json does not explain."""
    described = {trap["id"] for trap in expectations()["traps"]}
    assert {trap for article in ARTICLES for trap in article.traps} <= described


def test_the_editions_differ_in_the_edited_article_alone() -> None:
    """Change its page and its feed, nothing else."""
    first, second = (build_newsroom(number, MONDAY, BASE_URL) for number in (1, 2))
    changed = {path for path in first | second if first.get(path) != second.get(path)}
    assert changed == {EDITED, "/meridian-wire/feed.xml"}


def test_the_edited_entry_moves_its_update_and_keeps_its_identity() -> None:
    """Keep id and publication date."""
    before, after = (
        next(
            entry
            for entry in parse(build_newsroom(number, MONDAY)["/meridian-wire/feed.xml"]).entries
            if entry.link.endswith(EDITED)
        )
        for number in (1, 2)
    )
    assert (before.id, before.published) == (after.id, after.published)
    assert before.updated_parsed < after.updated_parsed
    assert before.title != after.title


@pytest.mark.parametrize("article", READABLE, ids=lambda article: article.path)
def test_a_page_extracts_its_prose_and_no_neighbour(
    article: Article, edition: int, pages: dict[str, SamplePage]
) -> None:
    """Extract every paragraph, and no headline of the related box."""
    current = article.as_of(edition)
    html = pages[article.path].body.decode(article.outlet.encoding)
    text = unicodedata.normalize("NFC", trafilatura.extract(html, include_comments=False) or "")
    assert all(prose.removeprefix("## ") in text for prose in current.paragraphs)
    neighbours = [
        other.title for other in own_articles(article.outlet) if other.path != article.path
    ]
    assert not any(title in text for title in neighbours)


def test_pages_say_that_they_are_samples(pages: dict[str, SamplePage]) -> None:
    """Carry the generator mark on every page."""
    html = [page.body for page in pages.values() if "html" in page.headers["Content-Type"]]
    assert html
    assert all(b'<meta name="generator" content="treatywatch sample">' in body for body in html)


def test_the_arabic_daily_is_windows_1256(pages: dict[str, SamplePage]) -> None:
    """Decode as cp1256 and not as UTF-8, with no character references left."""
    for path in ("/sada-almadina/feed.xml", "/sada-almadina/news/siyasa/9920.html"):
        body = pages[path].body
        assert "معاهدة الأمم المتحدة" in body.decode("cp1256")
        assert b"&#" not in body.replace(b"&#x27;", b"")
        with pytest.raises(UnicodeDecodeError):
            body.decode("utf-8")


def test_the_decomposed_page_is_decomposed(pages: dict[str, SamplePage]) -> None:
    """Hold NFD text on the one page that has the trap, NFC elsewhere."""
    for article in READABLE:
        text = pages[article.path].body.decode(article.outlet.encoding)
        decomposed = "nfd_text" in article.traps
        assert unicodedata.is_normalized("NFD", text) or not decomposed, article.path
        assert unicodedata.is_normalized("NFC", text) != decomposed, article.path


def test_the_hostile_title_is_escaped(pages: dict[str, SamplePage]) -> None:
    """Show its markup as text in page and feed."""
    for path in (
        "/night-shift/posts/would-this-title-land-me-in-court.html",
        "/night-shift/feed.xml",
    ):
        text = pages[path].body.decode()
        assert "<script>alert" not in text
        assert "&lt;script&gt;alert" in text
        assert "\u202e" in text


def test_entity_titles_decode_to_vietnamese(pages: dict[str, SamplePage]) -> None:
    """Hold ASCII titles that unescape to the articles' titles."""
    titles = {entry.title for entry in parse(pages["/nguoi-xa-xu/feed.xml"]).entries}
    own = {article.title for article in ARTICLES if article.outlet.id == "nguoi-xa-xu"}
    assert {unescape(title) for title in titles} == own
    assert all(title.isascii() for title in titles)


def test_the_lead_stands_apart(pages: dict[str, SamplePage]) -> None:
    """Print the sapo in h2 and in the description, and not in the prose."""
    for article in (item for item in READABLE if "sapo_lead" in item.traps):
        html = pages[article.path].body.decode()
        assert f'<h2 class="sapo">{article.lead}</h2>' in html
        assert f'<meta name="description" content="{article.lead}">' in html
        assert article.lead not in article.paragraphs


def test_page_language_is_right_but_for_one_liar(pages: dict[str, SamplePage]) -> None:
    """Find exactly one page whose html lang is not its language."""
    liars = [
        article.path
        for article in READABLE
        if f'<html lang="{article.language}"'.encode() not in pages[article.path].body
    ]
    assert liars == ["/qanat-alufuq/tech/asila-wa-ajwiba-ittifaqiyya"]


def test_the_undated_article_has_no_date(pages: dict[str, SamplePage]) -> None:
    """Leave dates out of its page and its entry."""
    path = "/night-shift/posts/un-cybercrime-convention-chapter-by-chapter.html"
    assert trafilatura.extract_metadata(pages[path].body).date is None
    entries = parse(pages["/night-shift/feed.xml"]).entries
    entry = next(entry for entry in entries if entry.link.endswith(path))
    assert "published" not in entry
    assert "updated" not in entry


def test_the_missing_page_is_whole_in_its_feed(pages: dict[str, SamplePage]) -> None:
    """Answer 404 and carry the text in the feed."""
    article = next(item for item in ARTICLES if "page_gone_full_content" in item.traps)
    assert pages[article.path].status == 404
    entries = parse(pages[article.outlet.feed_path]).entries
    entry = next(entry for entry in entries if entry.link.endswith(article.path))
    assert all(prose in unescape(entry.content[0].value) for prose in article.paragraphs)


def test_wire_copies_differ_at_their_ends_only() -> None:
    """Share the middle paragraphs with their original."""
    known = {article.path: article for article in ARTICLES}
    copies = [article for article in ARTICLES if article.copy_of]
    assert len(copies) == 2
    for copy in copies:
        original = known[copy.copy_of]
        assert copy.paragraphs[1:-1] == original.paragraphs[1:-1]
        assert copy.paragraphs[0] != original.paragraphs[0]
        assert copy.paragraphs[-1] != original.paragraphs[-1]


@pytest.mark.parametrize("language", ["ar", "en", "vi"])
def test_each_language_is_covered(language: str) -> None:
    """Hold 15 articles, 10 about the treaty, two of each label, two look-alikes, three outlets."""
    own = [article for article in ARTICLES if article.language == language]
    labels = Counter(article.label for article in own)
    assert len(own) >= 15
    assert sum(article.treaty for article in own) >= 10
    assert all(labels[label] >= 2 for label in TREATY_LABELS)
    assert sum("look_alike" in article.traps for article in own) >= 2
    assert len({article.outlet.id for article in own}) >= 3


def test_every_theme_occurs() -> None:
    """Use each theme of the codebook, and no other word."""
    assert {theme for article in ARTICLES for theme in article.themes} == {
        *HOPES.split(),
        *CONCERNS.split(),
    }


@pytest.mark.parametrize("article", ARTICLES, ids=lambda article: article.path)
def test_treaty_articles_have_a_sound_length(article: Article) -> None:
    """Hold 150 to 350 words in five to nine blocks."""
    if article.label in TREATY_LABELS:
        words = sum(len(prose.split()) for prose in article.paragraphs)
        assert 150 <= words <= 350
        assert 5 <= len(article.paragraphs) <= 9


@pytest.mark.parametrize("day", range(7))
def test_dates_are_fresh_on_every_weekday(day: int) -> None:
    """Put nothing in the future and half of the entries in the last full week or later."""
    base = MONDAY + timedelta(days=day)
    stamps = [article.updated(base, edition=2) for article in ARTICLES]
    start = base - timedelta(days=base.weekday() + 7)
    recent = [stamp for stamp in stamps if stamp.date() >= start]
    assert max(stamps) <= datetime.combine(base, time(0, 1), UTC)
    assert len(recent) * 2 >= len(stamps)
    assert len({stamp.isocalendar().week for stamp in stamps}) >= 6


@pytest.mark.parametrize(
    ("style", "written"),
    [
        ("rfc822", "Mon, 09 Nov 2026 12:15:00 +0300"),
        ("short_offset", "Mon, 09 Nov 2026 12:15:00 +03"),
        ("two_digit_year", "Mon, 09 Nov 26 12:15:00 +0300"),
        ("us_no_zone", "11/9/2026 12:15:00 PM"),
        ("iso", "2026-11-09T12:15:00+03:00"),
        ("iso_no_zone", "2026-11-09T12:15:00"),
    ],
)
def test_dates_are_written_in_every_style(style: str, written: str) -> None:
    """Write a date as real feeds do."""
    article = next(item for item in ARTICLES if item.path == "/anba-alsahil/ar/news/184205")
    assert feed_date(style, article.published(date(2026, 11, 16))) == written


def test_sample_feeds_are_records_of_a_feed_list() -> None:
    """Give each outlet once, under the base URL."""
    feeds = sample_feeds(BASE_URL + "/")
    fields = {"id", "name", "url", "homepage", "language", "country", "kind"}
    assert [feed["id"] for feed in feeds] == [outlet.id for outlet in OUTLETS]
    assert all(set(feed) == fields for feed in feeds)
    assert all(feed["url"] == f"{BASE_URL}/{feed['id']}/feed.xml" for feed in feeds)


def test_the_server_answers_on_loopback(server: SampleServer) -> None:
    """Serve pages, robots.txt and 404."""
    assert server.url.startswith("http://127.0.0.1:")
    assert get(server, "/harbour-post/").status == 200
    assert b"Allow: /" in get(server, "/robots.txt").body
    assert get(server, "/nowhere").status == 404
    feed = get(server, "/meridian-wire/feed.xml").body
    assert f'href="{server.url}{EDITED}"'.encode() in feed


def test_the_server_answers_conditional_requests(server: SampleServer) -> None:
    """Answer 304 to a known feed, and 200 again after the edit."""
    path = "/meridian-wire/feed.xml"
    first = get(server, path)
    by_tag = {"If-None-Match": first.headers["ETag"]}
    by_date = {"If-Modified-Since": first.headers["Last-Modified"]}
    assert get(server, path, by_tag).status == 304
    assert get(server, path, by_date).status == 304
    assert get(server, path, {"If-Modified-Since": "no date"}).status == 200
    server.edition = 2
    assert get(server, path, by_tag).status == 200
    assert get(server, path, by_date).status == 200


def test_a_second_look_at_the_other_feeds_finds_nothing(server: SampleServer) -> None:
    """Keep the validators of every feed but the edited one across editions."""
    others = [outlet for outlet in LIVE if outlet.id != "meridian-wire"]
    tags = {outlet.id: get(server, outlet.feed_path).headers["ETag"] for outlet in others}
    server.edition = 2
    for outlet in others:
        assert get(server, outlet.feed_path, {"If-None-Match": tags[outlet.id]}).status == 304
