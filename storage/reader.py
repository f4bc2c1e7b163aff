"""What the flows read back: due pages, feed states, story members, the shape of things."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from treatywatch.config.settings import Settings
from treatywatch.news.records import Article, Feed, FeedEntry, FeedState, NameMatch, PendingPage
from treatywatch.news.runs import RunReport
from treatywatch.news.stance import StoryMember
from treatywatch.storage import migrations, snapshots
from treatywatch.storage.database import Connection, open_database, require_database
from treatywatch.storage.rows import Row, rows_of
from treatywatch.storage.spool import Spool
from treatywatch.storage.sqlfiles import read_sql


@dataclass(frozen=True, slots=True)
class FeedHealth:
    """How one feed does, as the view `feed_health` says it."""

    feed_id: str
    name: str
    language: str
    url: str
    state: str  # ok, failing, dead, retired, off, new
    last_fetch_at: datetime | None
    last_success_at: datetime | None
    last_error_class: str | None
    last_error: str | None
    failure_weight: float
    ok_share_7d: float | None
    entries: int
    last_new_entry_at: datetime | None
    days_silent: float | None
    next_fetch_at: datetime | None


@dataclass(frozen=True, slots=True)
class StatusSummary:
    """What `treatywatch status` shows of the database. Sizes are in bytes."""

    path: Path
    size: int
    schema: int
    timezone: str | None
    model_id: str | None
    feeds: int
    entries: int
    entries_pending: int
    entries_failed: int
    articles: int
    treaty_articles: int
    undated: int
    newest_article_at: datetime | None
    waiting_batches: int
    snapshot: Path | None
    labels: Mapping[str, int] = field(default_factory=dict)
    languages: Mapping[str, int] = field(default_factory=dict)
    last_runs: tuple[RunReport, ...] = ()
    last_of_kind: tuple[RunReport, ...] = ()


class Reader:
    """Read the live database, in short looks."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._held: Connection | None = None

    def feed_states(self) -> dict[str, FeedState]:
        """Return what is remembered of each feed, by id."""
        columns = (
            "feed_id, current_url AS url, redirect_url, redirect_sightings, etag, last_modified, "
            "body_hash, last_fetch_at, last_success_at, last_full_fetch_at, next_fetch_at, "
            "failure_weight, retired_at, listed_url"
        )
        rows = self._rows(f"SELECT {columns} FROM feeds")
        return {row["feed_id"]: FeedState(**_filled(row)) for row in rows}

    def pending_pages(
        self, feeds: Mapping[str, Feed], now: datetime, limit: int
    ) -> list[PendingPage]:
        """Return pages to fetch now: new, failed ones due again, treaty articles to re-check.

        The feeds take turns, each with its newest entry first, so that no long feed crowds out
        the others when `limit` cuts the list.
        """
        rechecks = [days for days in self._settings.extract.recheck_days if days > 0]
        rows = self._rows(
            read_sql("queries/pending_pages"),
            {"now": now, "feeds": sorted(feeds), "rechecks": rechecks, "limit": limit},
        )
        return [_pending(row, feeds) for row in rows]

    def story_members(self, since: datetime) -> list[StoryMember]:
        """Return the articles about the treaty first seen since then, for linking stories."""
        rows = self._rows(read_sql("queries/story_members"), {"since": since})
        return [StoryMember(**(row | {"fingerprint": tuple(row["fingerprint"])})) for row in rows]

    def articles_for_reclassify(self, model_id: str, limit: int) -> list[Article]:
        """Return articles about the treaty that this model has not scored, oldest first.

        Articles whose text was dropped are left out: their old scores stand.
        """
        params = {"model_id": model_id, "limit": limit}
        return [_article(row) for row in self._rows(read_sql("queries/unscored_articles"), params)]

    def last_runs(self, n: int) -> list[RunReport]:
        """Return the last runs, newest first."""
        query = (
            "SELECT * EXCLUDE (process) FROM runs ORDER BY started_at DESC, run_id DESC LIMIT $n"
        )
        return [_run(row) for row in self._rows(query, {"n": n})]

    def last_of_kind(self) -> list[RunReport]:
        """Return the last run of each kind."""
        query = (
            "SELECT * EXCLUDE (process) FROM runs QUALIFY row_number() OVER "
            "(PARTITION BY kind ORDER BY started_at DESC, run_id DESC) = 1 ORDER BY kind"
        )
        return [_run(row) for row in self._rows(query)]

    def running(self) -> list[RunReport]:
        """Return the runs that are at work, or were when their process died."""
        query = "SELECT * EXCLUDE (process) FROM runs WHERE state = 'running' ORDER BY started_at"
        return [_run(row) for row in self._rows(query)]

    def feed_health(self) -> list[FeedHealth]:
        """Return how each feed does, by language and id."""
        columns = ", ".join(FeedHealth.__dataclass_fields__)
        rows = self._rows(f"SELECT {columns} FROM feed_health ORDER BY language, feed_id")
        return [FeedHealth(**row) for row in rows]

    def status_summary(self) -> StatusSummary:
        """Return what `treatywatch status` shows.

        Raises:
            UsageError: there is no database yet.
        """
        db = self._settings.db
        with self.connection() as connection:
            schema = migrations.schema_version(connection, str(db))
            counts = _rows(connection, read_sql("queries/status_counts"))[0]
            labels = _pairs(connection, "label")
            languages = _pairs(connection, "language")
        return StatusSummary(
            path=db,
            size=db.stat().st_size if db.exists() else 0,
            schema=schema,
            waiting_batches=len(Spool(db).waiting()),
            snapshot=snapshots.latest(self._settings),
            labels=labels,
            languages=languages,
            last_runs=tuple(self.last_runs(5)),
            last_of_kind=tuple(self.last_of_kind()),
            **counts,
        )

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """Yield a read-only connection to the live file; what is asked meanwhile shares it."""
        if self._held is not None:
            yield self._held
            return
        require_database(self._settings)
        with open_database(self._settings, read_only=True) as connection:
            self._held = connection
            try:
                yield connection
            finally:
                self._held = None

    def _rows(self, query: str, parameters: Mapping[str, Any] | None = None) -> list[Row]:
        with self.connection() as connection:
            return _rows(connection, query, parameters)


def _rows(
    connection: Connection, query: str, parameters: Mapping[str, Any] | None = None
) -> list[Row]:
    return rows_of(connection.execute(query, dict(parameters) if parameters else None))


def _pairs(connection: Connection, column: str) -> dict[str, int]:
    query = f"SELECT {column}, count(*) FROM article_stance GROUP BY ALL ORDER BY ALL"
    return dict(connection.execute(query).fetchall())


def _filled(row: Row) -> Row:
    counters = {"redirect_sightings": 0, "failure_weight": 0.0}
    return row | {name: row[name] or zero for name, zero in counters.items()}


def _pending(row: Row, feeds: Mapping[str, Feed]) -> PendingPage:
    texts = ("guid", "title", "summary", "content", "author", "outlet")
    entry = FeedEntry(
        entry_id=row["entry_id"],
        feed_id=row["feed_id"],
        url=row["url"],
        entry_hash=row["entry_hash"],
        published_at=row["published_at"],
        updated_at=row["updated_at"],
        status=row["status"],
        **{name: row[name] or "" for name in texts},
    )
    return PendingPage(
        entry=entry,
        feed=feeds[row["feed_id"]],
        attempts=row["attempts"],
        article_id=row["article_id"],
        content_hash=row["content_hash"],
    )


def _article(row: Row) -> Article:
    texts = ("country", "kind", "author", "description", "site_name", "image_url")
    names: Sequence[Row] = row["names"] or ()
    return Article(
        **(
            row
            | {name: row[name] or "" for name in texts}
            | {"names": tuple(NameMatch(**name) for name in names)}
            | {"fingerprint": tuple(row["fingerprint"] or ())}
        )
    )


def _run(row: Row) -> RunReport:
    maps = ("failures", "labels", "stage_seconds")
    return RunReport(**(row | {name: row[name] or {} for name in maps}))
