"""Pages of the past turned into outcomes: whose they are, in which language, and what they say."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from treatywatch.extractors import decoding
from treatywatch.extractors.archives import Capture, Link
from treatywatch.extractors.heads import read_head
from treatywatch.extractors.languages import detect_language
from treatywatch.extractors.markup import plain_text
from treatywatch.extractors.reader import PageReader, ReadingJob, read_page
from treatywatch.extractors.sieve import Sieve
from treatywatch.extractors.urls import canonical_key, host_of
from treatywatch.extractors.workers import Mishap
from treatywatch.news.records import (
    LANGUAGES,
    Failure,
    Feed,
    FeedEntry,
    Page,
    PageOutcome,
    PendingPage,
)
from treatywatch.news.text import stable_id

BACKFILL_PREFIX = "backfill:"
"""Ids of pseudo-feeds begin with it: what the past brought is told from what the feeds did."""

_EDITIONS = ("www.", "m.", "amp.")
_SAMPLE_CHARS = 20_000


@dataclass(frozen=True, slots=True)
class CaptureJob:
    """One page of the past to read. `sieve` is None where it went through it already."""

    pending: PendingPage
    fetched: Page | Failure
    is_named: bool
    sieve: Sieve | None
    least_chars: int


class Outlets:
    """Tells whose page an address is, from the feeds that are known."""

    def __init__(self, feeds: Iterable[Feed]) -> None:
        self._feeds: dict[str, list[Feed]] = {}
        for feed in feeds:
            for address in {_site(feed.homepage), _site(feed.url)} - {""}:
                self._feeds.setdefault(address, []).append(feed)

    def feed_for(self, url: str, feed_id: str, language: str = "") -> Feed:
        """Return a pseudo-feed for one page: its outlet as the feed list has it, else its host.

        `language` is the operator's word; without it that of the outlet's feeds holds where they
        agree, and "" says that the page itself must tell.
        """
        site = _site(url)
        known = self._feeds.get(site, ())
        return Feed(
            id=feed_id,
            name=_same(feed.name for feed in known) or site or url.partition("/")[0],
            url=url,
            language=language or _same(feed.language for feed in known),
            country=_same(feed.country for feed in known),
            kind=_same(feed.kind for feed in known),
        )


def _site(url: str) -> str:
    host = host_of(url)
    for edition in _EDITIONS:
        host = host.removeprefix(edition)
    return host


def _same(values: Iterable[str]) -> str:
    different = set(values)
    return different.pop() if len(different) == 1 else ""


def entry_for(item: Capture | Link, feed: Feed) -> FeedEntry:
    """Return the entry under which a page of the past is kept."""
    listed = item if isinstance(item, Link) else Link(item.url)
    return FeedEntry(
        stable_id(feed.id, item.url),
        feed.id,
        item.url,
        guid=item.url,
        title=listed.title,
        entry_hash=stable_id(item.url),
        published_at=listed.published_at,
    )


def article_id_for(url: str) -> str:
    """Return the id under which the article of an address is known."""
    return stable_id(canonical_key(url))


class CaptureReader(PageReader):
    """Read pages of the past in the same worker processes as those of the day."""

    def read_captures(self, jobs: Sequence[CaptureJob]) -> list[PageOutcome]:
        """Return what became of each page, in order; one that kills its worker has failed."""
        outcomes = self._workers.run(read_capture, jobs)
        return [
            _lost(job, outcome) if isinstance(outcome, Mishap) else outcome
            for job, outcome in zip(jobs, outcomes, strict=True)
        ]


def read_capture(job: CaptureJob) -> PageOutcome:
    """Read one page; runs in a worker process. What the page says of itself fills the gaps."""
    pending, fetched = job.pending, job.fetched
    if isinstance(fetched, Page) and (not job.is_named or not pending.feed.language):
        markup = decoding.decode(fetched.body, fetched.charset)
        if not job.is_named:
            fetched = _named(fetched, markup)
        if not pending.feed.language:
            feed = replace(pending.feed, language=_language_of(markup))
            pending = replace(pending, feed=feed)
    return read_page(ReadingJob(pending, fetched, job.sieve, job.least_chars))


def _named(page: Page, markup: str) -> Page:
    return replace(page, url=read_head(markup, "").canonical_url or page.url)


def _language_of(markup: str) -> str:
    """Return the language of the page's words when it is one of ours, else ""."""
    words = plain_text(markup, _SAMPLE_CHARS)
    # Menus come first on a page; the middle is likelier to be the article.
    middle = words[len(words) // 4 :]
    found, _ = detect_language(middle, words[:200], "")
    return found if found in LANGUAGES else ""


def _lost(job: CaptureJob, mishap: Mishap) -> PageOutcome:
    entry, fetched = job.pending.entry, job.fetched
    at = fetched.fetched_at if isinstance(fetched, Page) else fetched.at
    failure = Failure("extract", entry.url, mishap.kind, mishap.message, at)
    return PageOutcome(entry.entry_id, entry.feed_id, "failed", at, failure=failure)
