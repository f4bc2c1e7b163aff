"""Cutting a source into chunks: what passes the sieve and is not known yet, to be worked on."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

from treatywatch.config.settings import Settings
from treatywatch.extractors.archives import Capture, Link, Step
from treatywatch.extractors.captures import Outlets, article_id_for, entry_for
from treatywatch.flows.backfill_sources import BackfillOrder
from treatywatch.flows.backfill_tasks import PastPage
from treatywatch.flows.workshop import workshop_for
from treatywatch.news.records import Failure, PendingPage
from treatywatch.news.text import fit_to_show
from treatywatch.storage.backfill import BackfillProgress, BackfillStore

_MAX_RECORDS = 2_000
_MAX_BYTES = 8_000_000  # of the pages kept in memory for one chunk
_MAX_SECONDS = 5.0
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some steps of a source. `past` is what is left to work on; the rest was only counted."""

    cursor: str
    done: int
    past: tuple[PastPage, ...] = ()
    failures: tuple[Failure, ...] = ()
    records: int = 0
    pages: int = 0
    passed: int = 0
    known: int = 0

    def followed_by(self, other: Chunk) -> Chunk:
        """Join a chunk that leaves nothing to work on with the next one."""
        return replace(
            other,
            failures=self.failures + other.failures,
            records=self.records + other.records,
            pages=self.pages + other.pages,
            passed=self.passed + other.passed,
            known=self.known + other.known,
        )


@dataclass(slots=True)
class _Draft:
    """A chunk as it grows."""

    cursor: str = ""
    done: int = 0
    past: list[PastPage] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    records: int = 0
    pages: int = 0
    kept_bytes: int = 0
    until: float = field(default_factory=lambda: time.monotonic() + _MAX_SECONDS)

    def is_full(self, most: int) -> bool:
        return (
            len(self.past) + len(self.failures) >= most
            or self.records >= _MAX_RECORDS
            or self.kept_bytes >= _MAX_BYTES
            or time.monotonic() > self.until
        )


class Sifter:
    """Reads the steps of one source and lets through what may be about the treaty."""

    def __init__(
        self, settings: Settings, store: BackfillStore, outlets: Outlets, order: BackfillOrder
    ) -> None:
        self._settings = settings
        self._store = store
        self._outlets = outlets
        self._order = order
        self._sieve = workshop_for(settings).sieve if settings.extract.sieve else None

    def chunks(self, steps: Iterator[Step], progress: BackfillProgress) -> Iterator[Chunk]:
        """Give the steps in chunks, none larger in memory than a few megabytes."""
        draft = _Draft()
        for step in steps:
            draft.cursor, draft.done = step.cursor, step.done
            draft.records += 1
            self._take(draft, step, progress)
            if draft.is_full(self._settings.flow.batch_pages):
                yield self._chunk(draft)
                draft = _Draft()
        if draft.records:
            yield self._chunk(draft)

    def _take(self, draft: _Draft, step: Step, progress: BackfillProgress) -> None:
        """Take in one record; one that cannot be sieved has failed, and the rest goes on."""
        item = step.item
        if isinstance(item, Failure):
            draft.failures.append(item)
            return
        try:
            past = self._sifted(item, progress.feed_id)
        except Exception as error:  # strangers' bytes; each resumption would end here again
            assert item is not None
            _log.warning("sieving %s failed", fit_to_show(item.url), exc_info=error)
            draft.failures.append(_unsieved(item.url, error, progress.begun_at))
            past = None
        draft.pages += isinstance(item, Capture)
        if past is not None:
            draft.past.append(past)
            draft.kept_bytes += len(past.page.body) if past.page is not None else 0

    def _sifted(self, item: Capture | Link | None, feed_id: str) -> PastPage | None:
        """Return what is left to work on of a record; None when that is nothing."""
        if isinstance(item, Link):
            return PastPage(self._pending(item, feed_id))
        if item is None:
            return None
        page = item.page
        if self._sieve is not None and not self._sieve.may_match(page.body, page.charset):
            return None
        return PastPage(self._pending(item, feed_id), page, item.is_named)

    def _pending(self, item: Capture | Link, feed_id: str) -> PendingPage:
        feed = self._outlets.feed_for(item.url, feed_id, self._order.language)
        return PendingPage(entry_for(item, feed), feed)

    def _chunk(self, draft: _Draft) -> Chunk:
        fresh = self._unknown(draft.past)
        return Chunk(
            cursor=draft.cursor,
            done=draft.done,
            past=fresh,
            failures=tuple(draft.failures),
            records=draft.records,
            pages=draft.pages,
            passed=len(draft.past),
            known=len(draft.past) - len(fresh),
        )

    def _unknown(self, past: list[PastPage]) -> tuple[PastPage, ...]:
        """Leave out what is stored already, by its entry or its article, and what comes twice."""
        once = {page.pending.entry.entry_id: page for page in reversed(past)}
        articles = {key: article_id_for(page.pending.entry.url) for key, page in once.items()}
        stored = self._store.known_articles(articles.values())
        settled = set() if self._order.again else self._store.settled_entries(once)
        return tuple(
            page
            for key, page in reversed(once.items())
            if key not in settled and articles[key] not in stored
        )


def _unsieved(url: str, error: Exception, at: datetime) -> Failure:
    words = " ".join(str(error).split())[:200]
    message = f"it could not be sieved ({type(error).__name__}: {words})"
    return Failure("extract", url, "crashed", message, at)
