"""Writing a chunk of a backfill: articles about the treaty, failures, and how far it came."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from treatywatch.config.settings import Settings
from treatywatch.extractors.captures import Outlets
from treatywatch.extractors.page_plan import next_try_at
from treatywatch.extractors.sitemaps import Span
from treatywatch.flows.backfill_chunks import Chunk
from treatywatch.flows.backfill_tasks import PastPage
from treatywatch.flows.logs import log_spooled
from treatywatch.flows.tally import Tally
from treatywatch.flows.tasks import ScoredBatch
from treatywatch.news.records import Article, Failure, FeedEntry, PageOutcome
from treatywatch.news.text import stable_id
from treatywatch.storage.backfill import BackfillProgress, BackfillStore
from treatywatch.storage.writer import Writer


class ChunkStore:
    """Writes chunks in the order of the source; a chunk written twice changes nothing."""

    def __init__(
        self,
        settings: Settings,
        store: BackfillStore,
        writer: Writer,
        outlets: Outlets,
        span: Span,
    ) -> None:
        self._most_attempts = settings.fetch.max_attempts
        self._store = store
        self._writer = writer
        self._outlets = outlets
        self._span = span

    def write(
        self,
        progress: BackfillProgress,
        chunk: Chunk,
        batch: ScoredBatch,
        tally: Tally,
        now: datetime,
    ) -> BackfillProgress:
        """Store one chunk and return how far the source is taken in at `now`."""
        chosen = _Chosen(batch, self._span)
        chosen.leave_out(self._store.known_articles(chosen.article_ids()))
        pending = {page.pending.entry.entry_id: page for page in chunk.past}
        kept = [self._placed(outcome, pending) for outcome in chosen.kept]
        entries = _entries_to_note(chunk.past, kept)
        self._store.note_entries(entries, progress.begun_at)
        faults = [_fault(failure, progress) for failure in chunk.failures]
        outcomes = [*kept, *faults]
        ids = {outcome.entry_id for outcome in kept}
        scored = [each for each in batch.scored if each.article.entry_id in ids]
        retries = self._retries(outcomes, pending, progress.begun_at)
        counts = self._writer.write_pages(
            tally.run_id, outcomes, scored, progress.begun_at, retries
        )
        live = {key for key, page in pending.items() if page.page is None}
        self._store.settle(live & chosen.left, progress.begun_at)
        tally.add_pages([*batch.outcomes, *faults], counts)
        log_spooled(tally.run_id, counts.spooled)
        moved = _moved_on(progress, chunk, chosen, len(faults), now)
        self._store.advance(moved)
        return moved

    def _placed(self, outcome: PageOutcome, pending: dict[str, PastPage]) -> PageOutcome:
        """Name the outlet of a page that told its own address."""
        article = outcome.article
        if article is None or pending[outcome.entry_id].is_named:
            return outcome
        feed = self._outlets.feed_for(article.url, article.feed_id)
        named = replace(article, outlet=feed.name, country=feed.country, kind=feed.kind)
        return replace(outcome, article=named)

    def _retries(
        self, outcomes: Iterable[PageOutcome], pending: dict[str, PastPage], now: datetime
    ) -> dict[str, datetime | None]:
        """Return when a failed page is tried again; what an archive holds stays as it is."""
        failed = [o for o in outcomes if o.kind == "failed" and o.failure is not None]
        live = [o for o in failed if o.entry_id in pending and pending[o.entry_id].page is None]
        attempts = self._store.attempts([outcome.entry_id for outcome in live])
        retries: dict[str, datetime | None] = {outcome.entry_id: None for outcome in failed}
        for outcome in live:
            assert outcome.failure is not None
            tries = attempts.get(outcome.entry_id, 0) + 1
            retries[outcome.entry_id] = next_try_at(
                tries, now, outcome.failure, self._most_attempts
            )
        return retries


class _Chosen:
    """Which outcomes of a batch are kept: articles about the treaty of the days asked for."""

    def __init__(self, batch: ScoredBatch, span: Span) -> None:
        self.kept: list[PageOutcome] = []
        self.left: set[str] = set()
        self.outside = self.known = 0
        met: set[str] = set()
        for outcome in batch.outcomes:
            article = _treaty_article(outcome)
            if outcome.kind == "failed":
                self.kept.append(outcome)
            elif article is None:
                self.left.add(outcome.entry_id)
            elif not span.holds(article.published_at):
                self.outside += 1
                self.left.add(outcome.entry_id)
            elif article.article_id in met:
                self.known += 1
                self.left.add(outcome.entry_id)
            else:
                met.add(article.article_id)
                self.kept.append(outcome)

    def article_ids(self) -> list[str]:
        return [o.article.article_id for o in self.kept if o.article is not None]

    def leave_out(self, known: set[str]) -> None:
        """What the daily run or an earlier backfill stored stands as it is."""
        stored = [o for o in self.kept if o.article and o.article.article_id in known]
        self.known += len(stored)
        self.left |= {outcome.entry_id for outcome in stored}
        self.kept = [outcome for outcome in self.kept if outcome not in stored]

    @property
    def treaty(self) -> int:
        return sum(outcome.kind == "article" for outcome in self.kept)

    @property
    def failed(self) -> int:
        return sum(outcome.kind == "failed" for outcome in self.kept)


def _treaty_article(outcome: PageOutcome) -> Article | None:
    return outcome.article if outcome.kind == "article" else None


def _entries_to_note(past: Sequence[PastPage], kept: Sequence[PageOutcome]) -> list[FeedEntry]:
    """Return every entry of a live chunk, and of an archive those that leave a row."""
    ids = {outcome.entry_id for outcome in kept}
    return [
        page.pending.entry
        for page in past
        if page.page is None or page.pending.entry.entry_id in ids
    ]


def _fault(failure: Failure, progress: BackfillProgress) -> PageOutcome:
    """Record what is wrong with a source itself."""
    at = progress.begun_at
    entry_id = stable_id(progress.feed_id, failure.where)
    return PageOutcome(entry_id, progress.feed_id, "failed", at, failure=replace(failure, at=at))


def _moved_on(
    progress: BackfillProgress, chunk: Chunk, chosen: _Chosen, faults: int, now: datetime
) -> BackfillProgress:
    return replace(
        progress,
        updated_at=now,
        cursor=chunk.cursor,
        done=chunk.done,
        records=progress.records + chunk.records,
        pages=progress.pages + chunk.pages,
        passed=progress.passed + chunk.passed,
        treaty=progress.treaty + chosen.treaty,
        known=progress.known + chunk.known + chosen.known,
        outside=progress.outside + chosen.outside,
        failed=progress.failed + chosen.failed + faults,
    )
