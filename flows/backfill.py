"""The backfill: the past, from archives and lists, into the same rows as the daily run's."""

from __future__ import annotations

import time
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from prefect import flow, get_run_logger

from treatywatch.config.feeds import load_feeds
from treatywatch.config.load import load_settings
from treatywatch.config.settings import Settings
from treatywatch.extractors.archives import Source
from treatywatch.extractors.captures import Outlets
from treatywatch.flows.aftermath import tell_failure
from treatywatch.flows.backfill_chunks import Sifter
from treatywatch.flows.backfill_queue import BackfillQueue
from treatywatch.flows.backfill_sources import (
    BackfillOrder,
    feed_id_of,
    open_source,
    order_of,
    source_id,
)
from treatywatch.flows.backfill_store import ChunkStore
from treatywatch.flows.progress import watcher
from treatywatch.flows.runs import RunDesk
from treatywatch.flows.stories import link_stories
from treatywatch.flows.workshop import workshop_for
from treatywatch.news.errors import NothingFetchedError
from treatywatch.news.runs import RunReport, time_limit
from treatywatch.storage.backfill import BackfillProgress, BackfillStore
from treatywatch.storage.reader import Reader

_SAY_EVERY = 0.2  # seconds


@flow(
    name="backfill",
    timeout_seconds=time_limit("backfill").total_seconds(),
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
        self.desk = RunDesk(settings, "backfill", now)
        self.clock, self.tally, self.writer = self.desk.clock, self.desk.tally, self.desk.writer
        self.store = BackfillStore(settings)
        self.queue = BackfillQueue(self.desk)
        self.outlets = Outlets(load_feeds(settings.feeds))
        self._said_at = 0.0

    def go(self) -> RunReport:
        """Take in every source and return the report; a run that breaks is stored as failed."""
        self.desk.begin()
        with self.desk.stored_if_broken():
            self.desk.choose_model()
            with self.queue:
                for number, place in enumerate(self.order.places, 1):
                    self._take(place, f"{number}/{len(self.order.places)}")
            with self.clock.at("store"):
                link_stories(Reader(self.settings), self.writer, self.now)
            counts = self.tally.report("running", None, {})
            if counts.pages_failed and not (counts.entries_new or counts.pages_fetched):
                raise NothingFetchedError(_nothing(counts))
        return self.desk.end()

    def _take(self, place: str, number: str) -> None:
        """Take in one source from where it was left."""
        source = open_source(place, self.order, self.settings, self._get, self.now)
        begun = self._progress(source, place)
        if begun.finished_at is not None and begun.total == source.total:
            get_run_logger().info("%s was taken in before; nothing is new in it", place)
            return
        label = f"{number} {source.name[-30:]}"
        keeper = ChunkStore(self.settings, self.store, self.writer, self.outlets, self.order.span)
        sifter = Sifter(self.settings, self.store, self.outlets, self.order)
        progress = begun
        for chunk, batch in self.queue.worked(sifter, source, begun):
            with self.clock.at("store"):
                progress = keeper.write(progress, chunk, batch, self.tally, datetime.now(UTC))
            self.tally.add_records(chunk.records, chunk.pages)
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

    def _get(self, url: str, limit: int) -> bytes:
        return workshop_for(self.settings).fetcher.get(url, limit).body

    def _say(self, label: str, progress: BackfillProgress, source: Source) -> None:
        """Tell how many records are through, of how many there seem to be."""
        if time.monotonic() - self._said_at < _SAY_EVERY or not progress.done:
            return
        self._said_at = time.monotonic()
        expected = round(progress.records * max(source.total, 1) / progress.done)
        watcher().update(label, progress.records, max(expected, progress.records))


def _nothing(report: RunReport) -> str:
    causes = ", ".join(f"{count} {name}" for name, count in report.failures.items())
    return (
        f"nothing could be read or fetched, {report.pages_failed} times over ({causes}); "
        "check the sources and the network and run again."
    )
