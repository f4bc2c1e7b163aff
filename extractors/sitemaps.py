"""Sitemaps: indexes, plain and news sitemaps, gzipped or not, with the dates they declare."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from treatywatch.config.settings import ExtractSettings
from treatywatch.extractors import dates, decoding
from treatywatch.extractors.archives import GZIP_MAGIC, Link, SourceKind, Step, file_identity
from treatywatch.extractors.urls import is_fetchable, resolve_link
from treatywatch.extractors.workers import Mishap, Workers
from treatywatch.news.errors import FetchError
from treatywatch.news.records import Failure
from treatywatch.news.text import normalise, stable_id

# What the protocol allows one sitemap: 50,000 addresses in 50 MB.
MAX_SITEMAP_BYTES = 52_428_800
_MAX_LINKS = 50_000
_MAX_SITEMAPS = 50_000
_MAX_DEPTH = 4
_MAX_TITLE_CHARS = 1000
_UNITS = 1000  # of progress, a sitemap

Get = Callable[[str, int], bytes]
"""Fetch an address, at most so many bytes; raises FetchError."""


@dataclass(frozen=True, slots=True)
class SitemapEntry:
    """One address of a sitemap, or one sitemap of an index."""

    url: str
    modified_at: datetime | None = None
    published_at: datetime | None = None  # of news sitemaps
    title: str = ""


@dataclass(frozen=True, slots=True)
class Sitemap:
    """What a sitemap's bytes held."""

    entries: tuple[SitemapEntry, ...] = ()
    is_index: bool = False
    message: str = ""  # what is wrong with it; "" when nothing is


@dataclass(frozen=True, slots=True)
class SitemapDocument:
    """A sitemap's bytes and its address."""

    url: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Span:
    """The days asked for; None: open on that side. Both ends belong to it."""

    since: datetime | None = None
    until: datetime | None = None

    def holds(self, published_at: datetime | None) -> bool:
        """Tell whether an article of that date is asked for; one without a date is."""
        if published_at is None:
            return True
        return not self.ends_before(published_at) and not (self.until and published_at > self.until)

    def ends_before(self, at: datetime | None) -> bool:
        """Tell whether an instant lies before the span."""
        return self.since is not None and at is not None and at < self.since


def parse_sitemap(document: SitemapDocument) -> Sitemap:
    """Read a sitemap; what is malformed gives what stands before the fault, and a message."""
    from lxml import etree

    try:
        body = _plain(document.body)
    except (decoding.BodyTooLargeError, decoding.BodyDamagedError) as error:
        return Sitemap(message=str(error) or f"more than {MAX_SITEMAP_BYTES} bytes")
    if document.url.endswith("/robots.txt"):
        return _from_robots(document.url, body)
    entries: list[SitemapEntry] = []
    root = ""
    try:
        events = etree.iterparse(
            io.BytesIO(body.lstrip()), events=("start", "end"), recover=True, no_network=True,
            resolve_entities=False, huge_tree=False, load_dtd=False,
        )  # fmt: skip
        for event, element in events:
            name = _local(element)
            root = root or name
            if event == "end" and name in ("url", "sitemap"):
                entries += _entry(document.url, element)
                element.clear()
                if len(entries) >= _MAX_LINKS:
                    break
    except (etree.LxmlError, ValueError) as error:
        return Sitemap(tuple(entries), root == "sitemapindex", " ".join(str(error).split())[:200])
    if root not in ("urlset", "sitemapindex"):
        return Sitemap(message=f"no sitemap (its root is {root[:40]!r})")
    return Sitemap(tuple(entries), root == "sitemapindex")


def _plain(body: bytes) -> bytes:
    encoding = "gzip" if body.startswith(GZIP_MAGIC) else ""
    return decoding.decompress(body, encoding, MAX_SITEMAP_BYTES)


def _from_robots(url: str, body: bytes) -> Sitemap:
    from protego import Protego

    found = Protego.parse(body[:500_000].decode("utf-8", "replace")).sitemaps
    links = (resolve_link(url, link) for link in found)
    entries = tuple(SitemapEntry(link) for link in links if link)
    return Sitemap(entries, True, "" if entries else "it names no sitemap")


def _local(element: Any) -> str:
    tag = element.tag
    return tag.rpartition("}")[2].lower() if isinstance(tag, str) else ""


def _entry(base: str, element: Any) -> list[SitemapEntry]:
    """Return what an element holds; nothing when it leads nowhere."""
    words: dict[str, str] = {}
    for child in element.iter():
        text = (child.text or "").strip()
        if text:
            words.setdefault(_local(child), text)
    link = resolve_link(base, words.get("loc", ""))
    if not link or not is_fetchable(link):
        return []
    return [
        SitemapEntry(
            link,
            dates.parse_date(words.get("lastmod", "")),
            dates.parse_date(words.get("publication_date", "")),
            normalise(words.get("title", ""))[:_MAX_TITLE_CHARS],
        )
    ]


# --- the walk ----------------------------------------------------------------------------------


class SitemapTree:
    """A sitemap and all that it leads to. Units are thousandths of the sitemaps met so far."""

    kind: SourceKind = "sitemap"

    def __init__(
        self, place: str, get: Get, extract: ExtractSettings, span: Span, now: datetime
    ) -> None:
        self.name = place
        self._path = None if is_fetchable(place) else Path(place)
        self.identity = file_identity(self._path) if self._path else stable_id(place)
        self._get = get
        self._workers = Workers(extract)
        self._span = span
        self._now = now
        self._met = 1

    @property
    def total(self) -> int:
        """Return the units of all sitemaps met."""
        return self._met * _UNITS

    def steps(self, cursor: str) -> Iterator[Step]:
        """Give the addresses; the cursor says nothing, since a sitemap changes between runs."""
        del cursor
        waiting = [(self.name, 0)]
        seen = {self.name}
        done = 0
        while waiting:
            place, depth = waiting.pop()
            try:
                sitemap = self._read(place)
            except FetchError as error:
                yield self._failed(place, done, error.error_class, error.message)
                done += _UNITS
                continue
            if sitemap.message:
                yield self._failed(place, done, "malformed", sitemap.message)
            if sitemap.is_index and depth < _MAX_DEPTH:
                fresh = [e.url for e in sitemap.entries if self._leads_on(e) and e.url not in seen]
                fresh = list(dict.fromkeys(fresh))[: _MAX_SITEMAPS - len(seen)]
                seen.update(fresh)
                self._met = len(seen)
                waiting += [(url, depth + 1) for url in reversed(fresh)]
            elif not sitemap.is_index:
                yield from self._links(sitemap, done)
            done += _UNITS
        self._workers.close()

    def _leads_on(self, entry: SitemapEntry) -> bool:
        return not self._span.ends_before(entry.modified_at)

    def _links(self, sitemap: Sitemap, done: int) -> Iterator[Step]:
        count = len(sitemap.entries)
        for number, entry in enumerate(sitemap.entries, 1):
            is_asked = self._leads_on(entry) and self._span.holds(entry.published_at)
            link = Link(entry.url, entry.title, entry.published_at) if is_asked else None
            yield Step("", done + number * _UNITS // count, link)

    def _read(self, place: str) -> Sitemap:
        if self._path is not None and place == self.name:
            with self._path.open("rb") as file:
                body = file.read(MAX_SITEMAP_BYTES + 1)
        else:
            body = self._get(place, MAX_SITEMAP_BYTES)
        [sitemap] = self._workers.run(parse_sitemap, [SitemapDocument(place, body)])
        return Sitemap(message=sitemap.message) if isinstance(sitemap, Mishap) else sitemap

    def _failed(self, place: str, done: int, error_class: str, message: str) -> Step:
        return Step("", done, Failure("page", place, error_class, message, self._now))
