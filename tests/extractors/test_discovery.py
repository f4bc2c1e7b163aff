"""Feeds are found from a page, and a check says in words how a feed is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import httpx
import pytest

from treatywatch.config.settings import ExtractSettings, FetchSettings, Settings
from treatywatch.extractors.check import FeedCheck, check_feeds
from treatywatch.extractors.discovery import FoundFeed, discover, find_feeds
from treatywatch.extractors.engine import Fetcher
from treatywatch.news.errors import ExtractionError, FetchError
from treatywatch.news.records import Feed

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
PAGE = """<html><head>
<link rel="alternate" type="application/rss+xml" title="All news" href="/rss/all.xml">
<link rel="alternate" type="application/atom+xml; charset=utf-8" href="https://b.test/atom">
<link rel="stylesheet" type="text/css" href="/feed.css"></head><body>
<a href="/rss/all.xml">again</a> <a href="/rss/sport.rss">Sport</a> <a href="/feeder-cables">x</a>
<a href="javascript:rss()">x</a></body></html>"""


def rss(
    title: str = "Storm closes the harbour and the ferries stay in port", day: str = "20"
) -> str:
    item = f"<item><title>{title}</title><link>/1</link><pubDate>{day} Nov 2026</pubDate></item>"
    return f'<rss version="2.0"><channel><title>The Paper</title>{item}</channel></rss>'


@pytest.fixture
def web() -> dict[str, tuple[int, str]]:
    return {}


@pytest.fixture
def fetcher(web: dict[str, tuple[int, str]]) -> Iterator[Fetcher]:
    with Fetcher(settings_for(0), httpx.MockTransport(answers(web))) as fetcher:
        yield fetcher


def settings_for(workers: int) -> Settings:
    extract = ExtractSettings(workers=workers, page_seconds=1)
    return Settings(fetch=FetchSettings(host_delay=0), extract=extract)


def answers(web: dict[str, tuple[int, str]]) -> Callable[[httpx.Request], httpx.Response]:
    def answer(request: httpx.Request) -> httpx.Response:
        status, body = web.get(str(request.url), (404, ""))
        return httpx.Response(status, stream=httpx.ByteStream(body.encode()))

    return answer


def test_declared_feeds_come_first_and_links_that_look_like_feeds_after() -> None:
    assert find_feeds(PAGE, "http://paper.test/news") == [
        FoundFeed("http://paper.test/rss/all.xml", "All news"),
        FoundFeed("https://b.test/atom", ""),
        FoundFeed("http://paper.test/rss/sport.rss", "Sport", declared=False),
    ]
    assert find_feeds("", "http://paper.test/") == []


def test_an_address_that_is_a_feed_is_found_itself(
    fetcher: Fetcher, web: dict[str, tuple[int, str]]
) -> None:
    web["http://paper.test/rss"] = (200, rss())
    found = discover(fetcher, "http://paper.test/rss", NOW)
    assert found == [FoundFeed("http://paper.test/rss", "The Paper")]


def test_usual_addresses_are_tried_when_the_page_names_none(
    fetcher: Fetcher, web: dict[str, tuple[int, str]]
) -> None:
    web["http://paper.test/news"] = (200, "<html><body>Hello</body></html>")
    assert discover(fetcher, "http://paper.test/news", NOW) == []
    web["http://paper.test/rss.xml"] = (200, rss())
    found = discover(fetcher, "http://paper.test/news", NOW)
    assert found == [FoundFeed("http://paper.test/rss.xml", "The Paper", declared=False)]


def test_an_address_that_cannot_be_fetched_says_so(fetcher: Fetcher) -> None:
    with pytest.raises(FetchError):
        discover(fetcher, "http://paper.test/", NOW)


@pytest.mark.slow
def test_what_takes_too_long_to_read_is_refused_where_asked_and_passed_over_where_tried(
    web: dict[str, tuple[int, str]],
) -> None:
    item = "<item><title>A</title><link>/1</link></item>"
    heavy = f'<rss version="2.0"><channel>{item * 20_000}</channel></rss>'
    web |= {
        "http://paper.test/rss": (200, heavy),
        "http://paper.test/news": (200, "<html><body>Hello</body></html>"),
        "http://paper.test/rss.xml": (200, rss()),
    }
    with Fetcher(settings_for(1), httpx.MockTransport(answers(web))) as fetcher:
        with pytest.raises(ExtractionError, match="rss: reading it took too long"):
            discover(fetcher, "http://paper.test/rss", NOW)
        found = discover(fetcher, "http://paper.test/news", NOW)
    assert [each.url for each in found] == ["http://paper.test/rss.xml"]


def check(fetcher: Fetcher, language: str = "en") -> FeedCheck:
    (found,) = check_feeds(fetcher, [Feed("f", "P", "http://paper.test/rss", language)], NOW)
    return found


def test_a_good_feed_works(fetcher: Fetcher, web: dict[str, tuple[int, str]]) -> None:
    web["http://paper.test/rss"] = (200, rss())
    found = check(fetcher)
    assert (found.ok, found.entries, found.dated_share, found.language) == (True, 1, 1.0, "en")
    assert found.verdict == "works."
    assert found.newest_at == datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "body", "language", "words"),
    [
        (200, rss(day="99"), "en", "works, but no entry is dated."),
        (200, rss().replace("2026", "2024"), "en", "works, but nothing new since 2024-11-20."),
        (200, rss(), "vi", "works, but its words look like 'en', listed as 'vi'."),
        (200, "<rss><channel></channel></rss>", "en", "answers, but holds no entry."),
        (200, "<html><body>x</body></html>", "en", "failed: a web page, not a feed; "),
        (404, "", "en", "failed: HTTP 404; the address is not served any more"),
        (410, "", "en", "failed: HTTP 410; the outlet closed this feed"),
    ],
)
def test_verdicts(
    fetcher: Fetcher,
    web: dict[str, tuple[int, str]],
    status: int,
    body: str,
    language: str,
    words: str,
) -> None:
    web["http://paper.test/rss"] = (status, body)
    assert check(fetcher, language).verdict.startswith(words)
