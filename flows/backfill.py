"""The backfill: the past, from archives and lists, into the same rows as the daily run's."""

from __future__ import annotations

import time
import uuid
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from prefect import flow, get_run_logger, runtime

from treatywatch.config.feeds import load_feeds
from treatywatch.config.load import load_settings
from treatywatch.config.settings import Settings
from treatywatch.extractors.archives import Source
from treatywatch.extractors.captures import Outlets
from treatywatch.flows import tasks
from treatywatch.flows.aftermath import after_run, tell_failure
from treatywatch.flows.backfill_chunks import Chunk, Sifter
from treatywatch.flows.backfill_sources import (
    BackfillOrder,
    feed_id_of,
    open_source,
    order_of,
    source_id,
)
from treatywatch.flows.backfill_store import ChunkStore
from treatywatch.flows.backfill_tasks import PastPage, read_past
from treatywatch.flows.ending import end_run, leave_copy
from treatywatch.flows.interrupted import is_signal, mark_interrupted
from treatywatch.flows.lost import lost_articles, lost_pages
from treatywatch.flows.progress import watcher
from treatywatch.flows.report import report_lines
from treatywatch.flows.spread import Spread
from treatywatch.flows.stages import StageClock
from treatywatch.flows.stories import link_stories
from treatywatch.flows.tally import Tally
from treatywatch.flows.tasks import ScoredBatch, Worked
from treatywatch.flows.workshop import workshop_for
from treatywatch.news.errors import NothingFetchedError
from treatywatch.news.records import PageOutcome, RunReport, RunState
from treatywatch.storage.backfill import BackfillProgress, BackfillStore
from treatywatch.storage.reader import Reader
from treatywatch.storage.writer import Writer

_SAY_EVERY = 0.2  # seconds
_LONGEST_SILENCE = 10.0  # seconds without a place being kept


@flow(
    name="backfill",
    timeout_seconds=7 * 24 * 3600,
    on_failure=[tell_failure],
    on_crashed=[tell_failure],
)
def backfill(
    sources: list[str],
    db: str | None = None,
    since: str | None = None,
    until: str | None = None,
    language: str | None = None,
    again: bool = False,
    now: datetime | None = None,
) -> dict[str, Any]:
    """Take in the past from archives, sitemaps, lists and folders, as the daily run would have.

    Args:
        sources: WARC files, sitemaps, lists of addresses, folders of HTML.
        db: path of the database; none: the one in the settings.
        since: first day of publication that is wanted, as in 2025-10-25; none: all.
        until: last day of publication that is wanted; none: all.
        language: what to take pages to be in where they do not tell: ar, en or vi.
        again: read sources that were taken in before once more, from their beginning.
        now: the instant to take as now (UTC); none: the clock.

    Raises:
        NothingFetchedError: when every page was to be fetched and none could be.
        UsageError: when a source or a setting cannot be used.
    """
    settings = load_settings(db=Path(db) if db else None)
    order = order_of(sources, (since, until), settings.zone, language, again)
    return asdict(BackfillRun(settings, order, now or datetime.now(UTC)).go())


class BackfillRun:
    """One run of the backfill, source by source."""

    def __init__(self, settings: Settings, order: BackfillOrder, now: datetime) -> None:
        self.settings = settings
        self.order = order
        self.now = now
        self.clock = StageClock()
        self.writer = Writer(settings)
        self.store = BackfillStore(settings)
        self.spread = Spread(settings)
        self.here = self.spread
        self.outlets = Outlets(load_feeds(settings.feeds))
        run_id = runtime.flow_run.id or str(uuid.uuid4())
        self.tally = Tally(RunReport(run_id, "backfill", "running", now))
        self.records = self.pages = 0
        self._said_at = 0.0

    def go(self) -> RunReport:
        """Take in every source and return the report; a run that breaks is stored as failed."""
        self._begin()
        try:
            self._choose_model()
            with self.spread, self._threads():
                for number, place in enumerate(self.order.places, 1):
                    self._take(place, f"{number}/{len(self.order.places)}")
            with self.clock.at("store"):
                link_stories(Reader(self.settings), self.writer, self.now)
        except BaseException as error:
            self._end("interrupted" if is_signal(error) else "failed")
            raise
        counts = self.tally.report("running", None, {})
        if counts.pages_failed and not (self.pages or counts.pages_fetched):
            raise NothingFetchedError(_nothing(self._end("failed")))
        return self._end("completed")

    @contextmanager
    def _threads(self) -> Iterator[None]:
        """Have what runs batches in this process, where the settings spread them further."""
        flow_settings = self.settings.flow
        if flow_settings.task_runner == "threads":
            yield
            return
        near = flow_settings.model_copy(update={"task_runner": "threads"})
        with Spread(self.settings.model_copy(update={"flow": near})) as self.here:
            yield

    def _begin(self) -> None:
        with self.clock.at("store"):
            self.writer.migrate(self.now)
            mark_interrupted(self.settings, self.now)
            self.writer.begin_run(self.tally.report("running", None, {}))

    def _choose_model(self) -> None:
        model = workshop_for(self.settings).classifier.model.info
        with self.clock.at("store"):
            self.writer.register_model(model, self.now)

    def _take(self, place: str, number: str) -> None:
        """Take in one source from where it was left."""
        source = open_source(place, self.order, self.settings, self._get)
        begun = self._progress(source, place)
        if begun.finished_at is not None and begun.total == source.total:
            get_run_logger().info("%s was taken in before; nothing is new in it", place)
            return
        label = f"{number} {source.name[-30:]}"
        keeper = ChunkStore(self.settings, self.store, self.writer, self.outlets, self.order.span)
        sifter = Sifter(self.settings, self.store, self.outlets, self.order)
        progress = begun
        for chunk, batch in self._worked(sifter, source, begun):
            with self.clock.at("store"):
                progress = keeper.write(progress, chunk, batch, self.tally)
            self.records += chunk.records
            self.pages += chunk.pages
            self._say(label, progress, source)
        finished = replace(
            progress, finished_at=datetime.now(UTC), total=source.total, done=source.total
        )
        with self.clock.at("store"):
            self.store.advance(finished)
        watcher().update(label, finished.records, finished.records)

    def _progress(self, source: Source, place: str) -> BackfillProgress:
        """Return where the source stands, as this run takes it up."""
        identity = source_id(source, self.order)
        fresh = BackfillProgress(
            source_id=identity,
            feed_id=feed_id_of(identity),
            kind=source.kind,
            place=place,
            begun_at=self.now,
            updated_at=self.now,
            total=source.total,
        )
        with self.clock.at("store"):
            known = self.store.begin(fresh, f"Backfill of {source.name}")
        is_list = source.kind in ("urls", "sitemap", "folder")
        if self.order.again or (known.finished_at is not None and is_list):
            return fresh
        return known

    def _worked(
        self, sifter: Sifter, source: Source, begun: BackfillProgress
    ) -> Iterator[tuple[Chunk, ScoredBatch]]:
        """Sift the source while earlier chunks are read and scored; yield chunks in order."""
        in_order: deque[Chunk] = deque()
        done: dict[int, Any] = {}
        pages = self._pages(sifter.chunks(source.steps(begun.cursor), begun), in_order)
        for past, worked in self._spread_for(source).run(read_past, pages, begun.begun_at):
            done[id(past)] = worked
            while in_order and (not in_order[0].past or id(in_order[0].past) in done):
                chunk = in_order.popleft()
                yield chunk, self._scored(chunk, done.pop(id(chunk.past), None), begun.begun_at)
        for chunk in in_order:
            yield chunk, ScoredBatch(())

    def _pages(
        self, chunks: Iterator[Chunk], in_order: deque[Chunk]
    ) -> Iterator[tuple[PastPage, ...]]:
        """Give what is to be read; chunks without any join the one before, but not for ever."""
        given_at = time.monotonic()
        while True:
            with self.clock.at("sift"):
                chunk = next(chunks, None)
            if chunk is None:
                return
            if in_order and not in_order[-1].past:
                chunk = in_order.pop().followed_by(chunk)
            in_order.append(chunk)
            if chunk.past or time.monotonic() - given_at > _LONGEST_SILENCE:
                given_at = time.monotonic()
                yield chunk.past

    def _spread_for(self, source: Source) -> Spread:
        """Return what runs the batches; a host must not be asked from several processes at once."""
        is_live = source.kind in ("urls", "sitemap")
        return self.here if is_live else self.spread

    def _scored(self, chunk: Chunk, worked: Any, at: datetime) -> ScoredBatch:
        if not chunk.past:
            return ScoredBatch(())
        pending = [past.pending for past in chunk.past]
        outcomes: list[PageOutcome] = self._value(worked, lambda e: lost_pages(pending, e, at))
        worked = self.spread.one(tasks.classify, outcomes, at)
        batch: ScoredBatch = self._value(
            worked, lambda e: ScoredBatch(tuple(lost_articles(outcomes, e, at)))
        )
        return batch

    def _value(self, worked: Any, lost: Any) -> Any:
        """Return what a task made, or what `lost` says of its error."""
        if isinstance(worked, Worked):
            for stage, span in worked.spans:
                self.clock.add(stage, span)
            return worked.value
        error = worked if isinstance(worked, BaseException) else RuntimeError(str(worked))
        get_run_logger().error("a batch was lost; its pages are recorded as failed: %r", error)
        return lost(error)

    def _get(self, url: str, limit: int) -> bytes:
        return workshop_for(self.settings).fetcher.get(url, limit).body

    def _say(self, label: str, progress: BackfillProgress, source: Source) -> None:
        """Tell how many records are through, of how many there seem to be."""
        if time.monotonic() - self._said_at < _SAY_EVERY or not progress.done:
            return
        self._said_at = time.monotonic()
        expected = round(progress.records * max(source.total, 1) / progress.done)
        watcher().update(label, progress.records, max(expected, progress.records))

    def _end(self, state: RunState) -> RunReport:
        now = datetime.now(UTC)
        with self.clock.at("store"):
            report, fault = end_run(
                self.writer, self._report(state, now), partial(leave_copy, self.settings)
            )
        get_run_logger().info("\n".join(report_lines(report)))
        after_run(self.settings, report, self.now)
        if fault is not None:
            raise fault
        return report

    def _report(self, state: RunState, now: datetime) -> RunReport:
        counted = self.tally.report(state, now, self.clock.seconds())
        return replace(counted, entries_seen=self.records, entries_new=self.pages)


def _nothing(report: RunReport) -> str:
    causes = ", ".join(f"{count} {name}" for name, count in report.failures.items())
    return (
        f"nothing could be read or fetched, {report.pages_failed} times over ({causes}); "
        "check the sources and the network and run again."
    )
