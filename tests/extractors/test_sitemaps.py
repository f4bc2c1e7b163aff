"""Sitemaps of every kind lead to their pages, and hostile ones lead nowhere for long."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from treatywatch.config.settings import ExtractSettings
from treatywatch.extractors.archives import Link
from treatywatch.extractors.sitemaps import (
    SitemapDocument,
    SitemapTree,
    Span,
    parse_sitemap,
)
from treatywatch.news.errors import FetchError
from treatywatch.news.records import Failure

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
HERE = ExtractSettings(workers=0)
ROOT = "https://paper.example/sitemap.xml"
NEWS = """<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"
        xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"
        xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">
 <url><loc>https://paper.example/1?a=1&amp;b=2</loc><lastmod>2025-10-26</lastmod>
  <image:image><image:loc>https://paper.example/1.jpg</image:loc></image:image>
  <news:news><news:publication><news:name>Paper</news:name><news:language>vi</news:language>
   </news:publication><news:publication_date>2025-10-25T08:00:00+07:00</news:publication_date>
   <news:title>Công ước Hà Nội</news:title></news:news></url>
 <url><loc> /2 </loc></url>
 <url><loc>javascript:alert(1)</loc></url>
 <url><lastmod>2025-01-01</lastmod></url>
</urlset>"""


def urlset(*urls: str) -> bytes:
    return ("<urlset>" + "".join(f"<url><loc>{u}</loc></url>" for u in urls) + "</urlset>").encode()


def index(*urls: str, modified: str = "") -> bytes:
    day = f"<lastmod>{modified}</lastmod>" if modified else ""
    inner = "".join(f"<sitemap><loc>{u}</loc>{day}</sitemap>" for u in urls)
    return f"<sitemapindex>{inner}</sitemapindex>".encode()


class Web:
    """Answers from a table, and remembers what was asked."""

    def __init__(self, pages: Mapping[str, bytes]) -> None:
        self.pages = pages
        self.asked: list[str] = []

    def get(self, url: str, limit: int) -> bytes:
        self.asked.append(url)
        if url not in self.pages:
            raise FetchError(url, "http_4xx", "HTTP 404", status=404)
        return self.pages[url]


def walk(web: Web, place: str = ROOT, span: Span | None = None) -> tuple[list[Link], list[Failure]]:
    tree = SitemapTree(place, web.get, HERE, span or Span(), NOW)
    steps = list(tree.steps(""))
    done = [step.done for step in steps]
    assert done == sorted(done)
    assert not done or done[-1] <= tree.total
    found = [step.item for step in steps]
    return (
        [item for item in found if isinstance(item, Link)],
        [item for item in found if isinstance(item, Failure)],
    )


def test_a_news_sitemap_tells_titles_and_dates() -> None:
    found = parse_sitemap(SitemapDocument(ROOT, NEWS.encode()))
    assert not found.is_index
    assert not found.message
    first, second = found.entries
    assert first.url == "https://paper.example/1?a=1&b=2"
    assert first.published_at == datetime(2025, 10, 25, 1, tzinfo=UTC)
    assert first.modified_at == datetime(2025, 10, 26, 12, tzinfo=UTC)
    assert first.title == "Công ước Hà Nội"
    assert (second.url, second.published_at) == ("https://paper.example/2", None)


def test_an_index_leads_to_its_sitemaps_gzipped_or_not() -> None:
    web = Web(
        {
            ROOT: index("https://paper.example/a.xml.gz", "https://paper.example/b.xml"),
            "https://paper.example/a.xml.gz": gzip.compress(urlset("https://paper.example/1")),
            "https://paper.example/b.xml": urlset("https://paper.example/2", "/3"),
        }
    )
    links, failures = walk(web)
    assert [link.url[-1] for link in links] == ["1", "2", "3"]
    assert not failures


def test_robots_names_the_sitemaps_of_a_site() -> None:
    robots = "https://paper.example/robots.txt"
    web = Web({robots: f"User-agent: *\nSitemap: {ROOT}\n".encode(), ROOT: urlset("/1")})
    assert [link.url for link in walk(web, robots)[0]] == ["https://paper.example/1"]


def test_a_local_file_is_read_without_asking_the_web(tmp_path: Path) -> None:
    path = tmp_path / "map.xml"
    path.write_bytes(NEWS.encode())
    web = Web({})
    assert walk(web, str(path))[0][0].url == "https://paper.example/1?a=1&b=2"
    assert not web.asked


def test_sitemaps_that_fail_are_told_and_the_others_read() -> None:
    web = Web(
        {
            ROOT: index("/gone.xml", "/page.xml", "/cut.xml", "/good.xml"),
            "https://paper.example/page.xml": b"<!doctype html><html><body>no</body></html>",
            "https://paper.example/cut.xml": gzip.compress(urlset("/1"))[:-20],
            "https://paper.example/good.xml": urlset("/2"),
        }
    )
    links, failures = walk(web)
    assert [link.url for link in links] == ["https://paper.example/2"]
    assert {failure.at for failure in failures} == {NOW}
    assert [(f.where[22:], f.error_class) for f in failures] == [
        ("gone.xml", "http_4xx"), ("page.xml", "malformed"), ("cut.xml", "malformed"),
    ]  # fmt: skip


def test_days_leave_out_what_cannot_lie_in_them() -> None:
    web = Web(
        {
            ROOT: index("/old.xml", modified="2025-01-01")[:-15] + index("/new.xml")[14:],
            "https://paper.example/new.xml": NEWS.encode(),
        }
    )
    span = Span(datetime(2025, 10, 25, tzinfo=UTC), datetime(2025, 10, 25, 23, tzinfo=UTC))
    links, _ = walk(web, span=span)
    assert "https://paper.example/old.xml" not in web.asked
    assert len(links) == 2  # the second says nothing of its date
    later = Span(since=datetime(2025, 10, 27, tzinfo=UTC))
    assert [link.url[-1] for link in walk(web, span=later)[0]] == ["2"]
    earlier = Span(until=datetime(2025, 10, 24, tzinfo=UTC))
    assert [link.url[-1] for link in walk(web, span=earlier)[0]] == ["2"]


@pytest.mark.parametrize(
    "body",
    [
        b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><urlset><url><loc>&a;</loc></url>'
        b"</urlset>",
        b'<!DOCTYPE x [<!ENTITY a "xx"><!ENTITY b "&a;&a;&a;">]><urlset><url><loc>&b;</loc></url>'
        b"</urlset>",
        gzip.compress(b"<urlset>" + b" " * 60_000_000),
        b"<urlset>" + b"<url>" * 300_000,
        b"",
        b"\x00" * 1000,
    ],
    ids=["file", "entities", "bomb", "nesting", "empty", "zeros"],
)
def test_hostile_sitemaps_lead_nowhere(body: bytes) -> None:
    assert not parse_sitemap(SitemapDocument(ROOT, body)).entries


def test_an_index_of_itself_ends() -> None:
    web = Web({ROOT: index(ROOT, "/b.xml"), "https://paper.example/b.xml": index(ROOT, "/b.xml")})
    walk(web)
    assert web.asked == [ROOT, "https://paper.example/b.xml"]


def test_a_chain_of_indexes_ends() -> None:
    class Endless(Web):
        def get(self, url: str, limit: int) -> bytes:
            self.asked.append(url)
            return index(url + "x")

    web = Endless({})
    walk(web)
    assert len(web.asked) < 10


@settings(max_examples=80, deadline=None)
@given(st.binary(max_size=400) | st.text("<>/urlsetoc:. \n&;", max_size=300).map(str.encode))
def test_any_bytes_give_a_sitemap_or_say_why_not(body: bytes) -> None:
    found = parse_sitemap(SitemapDocument(ROOT, body))
    assert found.message or isinstance(found.entries, tuple)
