"""Fetched pages turned into outcomes, in worker processes that can be killed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime
from types import TracebackType
from typing import Self, cast

from treatywatch.config.settings import ExtractSettings
from treatywatch.extractors import articles, decoding, kinds, lines
from treatywatch.extractors.sieve import Sieve, searched_text
from treatywatch.extractors.workers import Mishap, Workers
from treatywatch.news.errors import TRANSIENT_FETCH_ERRORS, ExtractionError, ExtractionErrorClass
from treatywatch.news.records import (
    Article,
    Failure,
    Page,
    PageOutcome,
    PageOutcomeKind,
    PendingPage,
)

_HTML_TYPES = re.compile(r"^(?:text/(?:html|plain|xml)|application/(?:xhtml\+xml|xml))?$")
_LOOKS_LIKE_HTML = re.compile(rb"<(?:!doctype|html|head|body|meta|div|p|article)\b", re.I)
# Spaces and line breaks of the markup included; what shows of a wall is far less.
_MAX_WALL_MARKUP_TEXT = 20_000
_DECLARES_ARTICLE = re.compile(r'"@type"\s*:\s*\[?\s*"\w*Article"')
# A short-lived fault of the server is waited out before a summary stands in for the page.
_PATIENCE = 2
_LONG_PATIENCE = 5


@dataclass(frozen=True, slots=True)
class ReadingJob:
    """One page to read and how."""

    pending: PendingPage
    fetched: Page | Failure
    sieve: Sieve | None
    least_chars: int


@dataclass(frozen=True, slots=True)
class LostJob:
    """A page that gave no outcome, and why."""

    reading: ReadingJob
    mishap: Mishap


class PageReader:
    """Read pages in worker processes."""

    def __init__(self, extract: ExtractSettings) -> None:
        self._extract = extract
        self._workers = Workers(extract)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop the workers."""
        self._workers.close()

    def read(
        self, pages: Sequence[tuple[PendingPage, Page | Failure]], signals: Sieve
    ) -> list[PageOutcome]:
        """Return what became of each page, in order; a page that kills its worker has failed."""
        sieve = signals if self._extract.sieve else None
        least = self._extract.min_text_chars
        jobs = [ReadingJob(pending, fetched, sieve, least) for pending, fetched in pages]
        outcomes = list(self._workers.run(read_page, jobs))
        return self._without_mishaps(jobs, outcomes)

    def _without_mishaps(
        self, jobs: Sequence[ReadingJob], outcomes: Sequence[PageOutcome | Mishap]
    ) -> list[PageOutcome]:
        """Put an outcome in the place of each mishap; what the feed carries may stand in for it.

        That is read in a worker too: it may be what the first one was lost over.
        """
        lost = [
            LostJob(job, outcome)
            for job, outcome in zip(jobs, outcomes, strict=True)
            if isinstance(outcome, Mishap)
        ]
        second = zip(lost, self._workers.run(read_lost, lost), strict=True)
        found = iter(
            [_failed_twice(each) if isinstance(told, Mishap) else told for each, told in second]
        )
        return [next(found) if isinstance(each, Mishap) else each for each in outcomes]


def read_one(extract: ExtractSettings, pending: PendingPage, page: Page) -> Article:
    """Read one page as an article of any length, in a worker process.

    Raises:
        ExtractionError: when it holds no article, or reading it takes too much time or memory.
    """
    job = ReadingJob(pending, page, sieve=None, least_chars=1)
    alone = extract.model_copy(update={"workers": min(extract.workers, 1)})
    with closing(Workers(alone)) as workers:
        outcome = workers.run_one(read_page, job, page.url)
    if outcome.failure is not None:
        kind = cast("ExtractionErrorClass", outcome.failure.error_class)
        raise ExtractionError(page.url, kind, outcome.failure.message)
    assert outcome.article is not None
    return outcome.article


def read_lost(job: LostJob) -> PageOutcome:
    """Read what the feed carries of a page that gave no outcome; runs in a worker process."""
    fetched = job.reading.fetched
    if isinstance(fetched, Failure):
        return _failed(job.reading, fetched)
    return _fallen_back(job.reading, fetched, _mishap_failure(fetched, job.mishap))


def _failed_twice(job: LostJob) -> PageOutcome:
    """Record a page whose feed's text no parser survived either."""
    fetched = job.reading.fetched
    if isinstance(fetched, Failure):
        return _failed(job.reading, fetched)
    return _measured(_failed(job.reading, _mishap_failure(fetched, job.mishap)), fetched)


def _mishap_failure(page: Page, mishap: Mishap) -> Failure:
    return Failure("extract", page.url, mishap.kind, mishap.message, page.fetched_at)


def read_page(job: ReadingJob) -> PageOutcome:
    """Read one page; runs in a worker process."""
    fetched = job.fetched
    if isinstance(fetched, Failure):
        return _unfetched(job, fetched)
    try:
        article, kind = _read(job, fetched)
    except ExtractionError as error:
        failure = Failure(
            "extract", error.url, error.error_class, error.message, fetched.fetched_at
        )
        return _fallen_back(job, fetched, failure)
    return _measured(_outcome(job, fetched.fetched_at, article, kind), fetched)


def _read(job: ReadingJob, page: Page) -> tuple[Article, PageOutcomeKind]:
    if not _is_html(page):
        raise ExtractionError(
            page.url, "not_html", f"not a web page ({page.content_type or 'unknown'})"
        )
    markup = decoding.decode(page.body, page.charset)
    searched = searched_text(markup)
    _refuse_wall(page, searched)
    at = page.fetched_at
    # Of an article that is known the page itself is asked: an error page holds no name either.
    is_new = job.pending.content_hash is None
    if is_new and job.sieve is not None and not _may_match(job, job.sieve, searched):
        return articles.off_topic(job.pending, page.url, markup, at), "off_topic"
    return articles.from_page(job.pending, page.url, markup, at, job.least_chars), "article"


def _is_html(page: Page) -> bool:
    if not page.body.strip():
        raise ExtractionError(page.url, "empty", "an empty answer")
    if page.body[:5] == b"%PDF-" or b"\x00\x00\x00" in page.body[:64]:
        return False
    if _HTML_TYPES.match(page.content_type):
        return True
    return bool(_LOOKS_LIKE_HTML.search(page.body[:2000]))


def _refuse_wall(page: Page, searched: str) -> None:
    """Refuse walls that answer 200; the sieve would take them for articles that are off topic."""
    if len(searched) > _MAX_WALL_MARKUP_TEXT or _DECLARES_ARTICLE.search(searched):
        return
    wall = kinds.wall_kind(lines.tidy(searched))
    if wall is not None:
        raise kinds.refusal(page.url, wall)


def _may_match(job: ReadingJob, sieve: Sieve, searched: str) -> bool:
    entry = job.pending.entry
    if sieve.may_match_text(searched) or sieve.may_match_text(f"{entry.title}\n{entry.summary}"):
        return True
    # A page may be a shell or a wall around what the feed carries whole.
    return bool(entry.content) and sieve.may_match_markup(entry.content)


# --- fallbacks and outcomes --------------------------------------------------------------------


def _unfetched(job: ReadingJob, failure: Failure) -> PageOutcome:
    is_passing = failure.error_class in TRANSIENT_FETCH_ERRORS
    # A host that asks for patience has more pages than turns; most were never asked for.
    patience = _LONG_PATIENCE if failure.error_class == "rate_limited" else _PATIENCE
    if is_passing and job.pending.attempts + 1 < patience:
        return _failed(job, failure)
    return _fallen_back(job, None, failure)


def _fallen_back(job: ReadingJob, page: Page | None, failure: Failure) -> PageOutcome:
    """Use what the feed carries; an article known before is not replaced by a summary."""
    if job.pending.article_id is None and failure.error_class != "listing":
        article = articles.from_feed(job.pending, failure.at, job.least_chars)
        if article is not None:
            found = _outcome(job, failure.at, article, "article")
            return _measured(replace(found, failure=failure), page)
    return _measured(_failed(job, failure), page)


def _failed(job: ReadingJob, failure: Failure) -> PageOutcome:
    entry = job.pending.entry
    return PageOutcome(entry.entry_id, entry.feed_id, "failed", failure.at, failure=failure)


def _outcome(job: ReadingJob, at: datetime, article: Article, kind: PageOutcomeKind) -> PageOutcome:
    entry = job.pending.entry
    is_same = kind == "article" and article.content_hash == job.pending.content_hash
    return PageOutcome(
        entry_id=entry.entry_id,
        feed_id=entry.feed_id,
        kind="unchanged" if is_same else kind,
        at=at,
        article=None if is_same else article,
    )


def _measured(outcome: PageOutcome, page: Page | None) -> PageOutcome:
    if page is None:
        return outcome
    return replace(
        outcome,
        http_status=page.status,
        body_bytes=len(page.body),
        seconds=round(page.seconds, 3),
    )
