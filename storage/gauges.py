"""What a monitor wants to know of the database: queue, languages, labels, runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from treatywatch.storage.reader import Reader
from treatywatch.storage.rows import rows_of
from treatywatch.storage.sqlfiles import read_sql


@dataclass(frozen=True, slots=True)
class LanguageWatch:
    """How a language of the feed list is watched. None: never."""

    language: str
    feeds: int
    watched_since: datetime | None
    last_new_entry_at: datetime | None


@dataclass(frozen=True, slots=True)
class Gauges:
    """Counts over the whole database."""

    entries: int
    pending: int
    failed: int
    oldest_pending_at: datetime | None
    languages: tuple[LanguageWatch, ...] = ()
    labels: Mapping[tuple[str, str], int] = field(default_factory=dict)  # language, label
    runs: Mapping[tuple[str, str], int] = field(default_factory=dict)  # kind, state


def read_gauges(reader: Reader) -> Gauges:
    """Read them all in one look.

    Raises:
        StorageError: when the database cannot be read.
    """
    with reader.connection() as connection:

        def rows(query: str) -> list[dict[str, Any]]:
            return rows_of(connection.execute(query))

        def counts(columns: str, table: str) -> dict[tuple[str, str], int]:
            query = f"SELECT {columns}, count(*) FROM {table} GROUP BY ALL ORDER BY ALL"
            return {(one, two): n for one, two, n in connection.execute(query).fetchall()}

        return Gauges(
            **rows(read_sql("queries/gauge_queue"))[0],
            languages=tuple(
                LanguageWatch(**row) for row in rows(read_sql("queries/gauge_languages"))
            ),
            labels=counts("language, label", "article_stance"),
            runs=counts("kind, state", "runs"),
        )


def entries_by_day(reader: Reader, today: date, days: int = 32) -> dict[str, list[int]]:
    """Return the new entries of each listed feed a day, oldest first, `today` last."""
    with reader.connection() as connection:
        rows = connection.execute(
            read_sql("queries/gauge_volume"), {"today": today, "days": days}
        ).fetchall()
    return {feed_id: [int(count) for count in counts] for feed_id, counts in rows}
