"""The only door through which the database is written.

Every call is one transaction that can be repeated: a killed run, run again, ends in the same
rows. The lock is held for that transaction alone. When another process keeps the database for
longer than `storage.lock_timeout`, the batch waits in a file and is written at the next chance.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

from treatywatch.config.settings import Settings
from treatywatch.news.errors import DatabaseBusyError
from treatywatch.news.records import Feed, FeedResult, PageOutcome
from treatywatch.news.runs import RunReport, time_limit
from treatywatch.news.stance import ModelInfo, ScoredArticle
from treatywatch.storage import batches, lake, migrations, retention, snapshots
from treatywatch.storage.apply import apply_batch, set_zone
from treatywatch.storage.batches import Batch, PageBatch, Retries
from treatywatch.storage.counts import Counts, FeedWriteCounts, PageWriteCounts
from treatywatch.storage.database import Connection, explain, open_database, transaction
from treatywatch.storage.files import copying
from treatywatch.storage.processes import is_alive, this_process
from treatywatch.storage.spool import Spool

_SHORT_WAIT = 1.0
# What is committed is safe in the log beside the file. Folding the log into a large file takes a
# tenth of a second, and so does reading a log of ten megabytes at each opening: these batches
# leave a short log to the row that ends a run.
_FREQUENT = frozenset({"feeds", "pages", "stances", "stories"})
_LONG_LOG = 3_000_000  # bytes
_SPARE_TIME = timedelta(hours=1)  # what a run at its time limit may need to end
# What comes of the batch itself and not of the disk, the memory or another process.
_OF_THE_BATCH = (
    KeyError, TypeError, ValueError, AttributeError,
    duckdb.DataError, duckdb.IntegrityError, duckdb.NotSupportedError, duckdb.ProgrammingError,
)  # fmt: skip
logger = logging.getLogger(__name__)


class Writer:
    """Write to the database named in the settings."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._spool = Spool(settings.db)
        self._is_blocked = False

    def migrate(self, now: datetime) -> list[int]:
        """Bring the database to this version's schema and zone; return the steps applied.

        Raises:
            DatabaseTooNewError, ForeignDatabaseError, DatabaseBusyError, StorageError.
        """
        with copying(self._settings) as copy, self._open() as connection:
            known = migrations.schema_version(connection, str(self._settings.db))
            is_older = 0 < known < migrations.newest_version()
            if is_older and not lake.is_lake(self._settings):  # a catalogue keeps its own past
                connection.execute("CHECKPOINT")
                migrations.keep_copy(self._settings.db, known, copy)
            applied = self._prepare(connection, now)
        if is_older and snapshots.latest(self._settings):
            # Readers take the newest copy, and it was older; `now` may lie before it.
            snapshots.make(self._settings, datetime.now(UTC))
        return applied

    def register_feeds(self, feeds: Sequence[Feed], now: datetime) -> None:
        """Make the feed list known: new feeds are added, left-out ones marked, none deleted."""
        self._submit(batches.register_batch(feeds, now))

    def begin_run(self, report: RunReport) -> None:
        """Write the row of a run that has started, with this process as its owner."""
        self._submit(batches.run_batch(report, this_process()))

    def finish_run(self, report: RunReport) -> None:
        """Write the final row of a run."""
        self._submit(batches.run_batch(report, this_process()))

    def mark_interrupted_runs(self, now: datetime) -> int:
        """Mark the runs that a dead process left running; return how many."""
        dead = self._dead_processes(now)
        if not dead:
            return 0
        counts = self._submit(Batch("interrupt", now, tables={"staged_dead": dead}))
        return counts.get("interrupted")

    def write_feeds(
        self, run_id: str, results: Sequence[FeedResult], now: datetime | None = None
    ) -> FeedWriteCounts:
        """Write a batch of fetched feeds: log, state and entries together.

        `now` is when the entries were seen; None takes the newest fetch of the batch.
        """
        if not results:
            return FeedWriteCounts()
        seen = now or max(result.fetch.fetched_at for result in results)
        counts = self._submit(batches.feeds_batch(run_id, results, seen))
        return FeedWriteCounts(counts.get("entries_new"), counts.spooled)

    def write_pages(
        self,
        run_id: str,
        outcomes: Sequence[PageOutcome],
        scored: Sequence[ScoredArticle],
        now: datetime,
        retries: Retries | None = None,
    ) -> PageWriteCounts:
        """Write a batch of pages: articles, versions, passages, stances, entries together.

        `retries` says when a failed page is tried again (None: never); one that it does not
        name waits 6 hours, doubled at each attempt, at most a week.
        """
        if not outcomes:
            return PageWriteCounts()
        pages = PageBatch(run_id, outcomes, scored, now, retries or {})
        max_attempts = self._settings.fetch.max_attempts
        counts = self._submit(batches.pages_batch(pages, self._settings.zone, max_attempts))
        if counts.spooled:
            return PageWriteCounts(spooled=True)
        return PageWriteCounts(
            articles=counts.get("articles"),
            new=counts.get("new"),
            edited=counts.get("edited"),
            unchanged=counts.get("unchanged"),
            treaty=sum(outcome.kind == "article" for outcome in outcomes),
            labels=Counter(article.stance.label for article in scored),
        )

    def register_model(self, model: ModelInfo, now: datetime, *, is_current: bool = True) -> None:
        """Make a model known, and let the views show its scores unless `is_current` is False."""
        row = {"model_id": model.model_id, "description": model.description}
        row |= {"sha256": model.sha256, "first_used_at": now.isoformat()}
        options = {"is_current": is_current}
        self._submit(Batch("model", now, tables={"staged_models": [row]}, options=options))

    def write_stances(self, model_id: str, scored: Sequence[ScoredArticle], now: datetime) -> None:
        """Write the scores of one model for articles stored before; older ones are kept."""
        mine = [article for article in scored if article.model_id == model_id]
        if mine:
            self._submit(batches.stances_batch(mine, now))

    def write_stories(self, stories: Mapping[str, str], now: datetime) -> int:
        """Link articles (keys) into stories (values); return how many links changed.

        The first seen article of a story is its original, the others are duplicates.
        """
        if not stories:
            return 0
        return self._submit(batches.stories_batch(stories, now)).get("links")

    def apply_retention(self, now: datetime) -> int:
        """Drop the text of articles older than `storage.keep_text_days`; return how many.

        Where another process writes to the catalogue meanwhile it is left to the next time.
        """
        with self._open() as connection:
            self._prepare(connection, now)
            try:
                with transaction(connection):
                    dropped = retention.drop_old_text(connection, self._settings, now)
                lake.compact(connection)
            except duckdb.Error as error:
                if not (lake.is_on_lake(connection) and lake.is_conflict(error)):
                    raise
                return 0
            return dropped

    def _submit(self, batch: Batch) -> Counts:
        try:
            with self._open() as connection:
                self._is_blocked = False
                self._prepare(connection, batch.now)
                self._write_waiting(connection)
                if batch.kind in _FREQUENT and self._log_bytes() < _LONG_LOG:
                    connection.execute("PRAGMA disable_checkpoint_on_shutdown")
                return self._apply(connection, batch)
        except DatabaseBusyError:
            if not lake.is_lake(self._settings) and not self._settings.db.exists():
                raise
            # The run was told once and waited once; what follows need not wait as long again.
            self._is_blocked = True
            self._spool.put(batch)
            return Counts(spooled=True)

    def _log_bytes(self) -> int:
        log = self._settings.db.with_name(self._settings.db.name + ".wal")
        try:
            return log.stat().st_size
        except OSError:
            return 0

    def _apply(self, connection: Connection, batch: Batch) -> Counts:
        return lake.until_alone(connection, self._settings, lambda: apply_batch(connection, batch))

    def _write_waiting(self, connection: Connection) -> None:
        for path in self._spool.waiting():
            try:
                batch = self._spool.read(path)
                if batch is not None:
                    self._apply(connection, batch)
            except _OF_THE_BATCH as error:
                if isinstance(error, duckdb.Error) and explain(error, self._settings.db):
                    raise
                self._set_aside(path, error)
            else:
                path.unlink(missing_ok=True)

    def _set_aside(self, path: Path, error: Exception) -> None:
        """Take a batch that can never be written out of the way of all that come after it."""
        reason = " ".join(f"{type(error).__name__}: {error}".split())[:300]
        logger.error(
            "%s: a waiting batch that cannot be written (%s); it lies aside as %s, and what it "
            "holds is missing in the database.", path, reason, self._spool.set_aside(path).name,
        )  # fmt: skip

    def _prepare(self, connection: Connection, now: datetime) -> list[int]:
        steps = migrations.migrate(connection, str(self._settings.db), now)
        set_zone(connection, self._settings.timezone)
        return steps

    def _open(self) -> AbstractContextManager[Connection]:
        wait = _SHORT_WAIT if self._is_blocked else None
        return open_database(self._settings, read_only=False, wait=wait)

    def _dead_processes(self, now: datetime) -> list[dict[str, str]]:
        with self._open() as connection:
            self._prepare(connection, now)
            rows = connection.execute(
                "SELECT coalesce(process, ''), kind, started_at FROM runs WHERE state = 'running'"
            ).fetchall()
        alive = {
            process
            for process, kind, started_at in rows
            if is_alive(process, is_overdue=now - started_at > time_limit(kind) + _SPARE_TIME)
        }
        return [{"process": name} for name in sorted({row[0] for row in rows} - alive)]
