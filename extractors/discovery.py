"""Find the feeds of a site from one of its pages."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from treatywatch.extractors import decoding
from treatywatch.extractors.engine import Fetcher
from treatywatch.extractors.feeds import FeedDocument, parse_feed
from treatywatch.extractors.markup import plain_text
from treatywatch.extractors.urls import resolve_link
from treatywatch.news.errors import ExtractionError, FetchError
from treatywatch.news.records import Feed

MAX_FOUND = 50
_FEED_TYPES = ("application/rss+xml", "application/atom+xml", "application/rdf+xml")
_FEED_LINK = re.compile(
    r"(?:^|[/._-])(?:rss|feed|atom|rdf)s?(?:[/._?-]|$)|\.(?:rss|atom|rdf)$", re.I
)
_MAX_ELEMENTS = 5_000
# Where feeds stand when a page does not say.
_USUAL_PATHS = ("/feed/", "/rss", "/rss.xml", "/feed.xml", "/atom.xml", "/index.xml")


@dataclass(frozen=True, slots=True)
class FoundFeed:
    """An address that a page gives for a feed; `declared` when its head says so."""

    url: str
    title: str = ""
    declared: bool = True


def discover(fetcher: Fetcher, url: str, now: datetime) -> list[FoundFeed]:
    """Return the feeds of an address: itself when it is one, else those its page leads to.

    Raises:
        FetchError: when the address cannot be fetched.
        ExtractionError: when reading what stands there takes too much time or memory.
    """
    document = _fetched(fetcher, url, now)
    found = fetcher.workers.run_one(_feeds_in, document, document.url)
    return found or _tried(fetcher, document.url, now)


def _fetched(fetcher: Fetcher, url: str, now: datetime) -> FeedDocument:
    answer = fetcher.get(url)
    feed = Feed(id="found", name="", url=answer.url, language="")
    return FeedDocument(feed, answer.url, answer.body, answer.charset, 1, now)


def _tried(fetcher: Fetcher, url: str, now: datetime) -> list[FoundFeed]:
    for address in usual_addresses(url):
        try:
            document = _fetched(fetcher, address, now)
            found = fetcher.workers.run_one(_feed_itself, document, document.url)
        except (FetchError, ExtractionError):  # most sites have none of these
            continue
        if found:
            return [replace(each, declared=False) for each in found]
    return []


def usual_addresses(url: str) -> list[str]:
    """Return the addresses to try when a page names no feed."""
    parts = urlsplit(url)
    return [f"{parts.scheme}://{parts.netloc}{path}" for path in _USUAL_PATHS]


# --- in the worker -----------------------------------------------------------------------------


def _feeds_in(document: FeedDocument) -> list[FoundFeed]:
    """Return a document itself when it is a feed, else the feeds that its markup leads to."""
    if found := _feed_itself(document):
        return found
    return find_feeds(decoding.decode(document.body, document.charset), document.url)


def _feed_itself(document: FeedDocument) -> list[FoundFeed]:
    parsed = parse_feed(document)
    return [] if parsed.error_class else [FoundFeed(document.url, parsed.title or document.url)]


def find_feeds(markup: str, url: str) -> list[FoundFeed]:
    """Return the feeds a page declares, then the links that look like feeds, without repeats."""
    from trafilatura import load_html

    tree = load_html(markup)
    if tree is None:
        return []
    found: dict[str, FoundFeed] = {}
    for feed in (*_declared(tree, url), *_linked(tree, url)):
        if feed.url:
            found.setdefault(feed.url, feed)
    return list(found.values())[:MAX_FOUND]


def _declared(tree: Any, url: str) -> list[FoundFeed]:
    links = tree.xpath("//link[@href and @type]")[:_MAX_ELEMENTS]
    return [
        FoundFeed(resolve_link(url, link.get("href")), plain_text(link.get("title", ""), 200))
        for link in links
        if link.get("type", "").partition(";")[0].strip().lower() in _FEED_TYPES
    ]


def _linked(tree: Any, url: str) -> list[FoundFeed]:
    links = tree.xpath("//a[@href]")[:_MAX_ELEMENTS]
    return [
        FoundFeed(resolve_link(url, link.get("href")), _words(link), declared=False)
        for link in links
        if _FEED_LINK.search(link.get("href"))
    ]


def _words(link: Any) -> str:
    return plain_text(" ".join("".join(link.itertext()).split()), 200)
