"""How far each source of a backfill was taken in, and what of it is known already.

Entries are noted before their pages are written and the place is moved on after, so that a
backfill which is killed anywhere takes the last records in again and ends in the same rows.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from typing import TypeVar

from treatywatch.config.settings import Settings
from treatywatch.news.records import Feed, FeedEntry
from treatywatch.storage import lake
from treatywatch.storage.apply import stage
from treatywatch.storage.batches import COLUMNS_WHEN_EMPTY
from treatywatch.storage.database import Connection, open_database, transaction
from treatywatch.storage.rows import storable
from treatywatch.storage.sqlfiles import statements

T = TypeVar("T")
_ENTRY_COLUMNS = COLUMNS_WHEN_EMPTY["staged_entries"]
_TIMES = ("published_at", "updated_at")


@dataclass(frozen=True, slots=True)
class BackfillProgress:
    """One source: where it stands, and the counts of what was met on the way.

    `done` of `total` are in the source's own units. `passed` pages had a sign of a name; of them
    `treaty` became articles, `known` were stored before, `outside` lay outside the days asked for.
    """

    source_id: str
    feed_id: str
    kind: str
    place: str
    begun_at: datetime
    updated_at: datetime
    finished_at: datetime | None = None
    cursor: str = ""
    done: int = 0
    total: int = 0
    records: int = 0
    pages: int = 0
    passed: int = 0
    treaty: int = 0
    known: int = 0
    outside: int = 0
    failed: int = 0


class BackfillStore:
    """Read and write what a backfill remembers. Expects a database that was migrated."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def begin(self, progress: BackfillProgress, name: str) -> BackfillProgress:
        """Return where the source stands; a new one is noted with its pseudo-feed.

        The pseudo-feed is off the list from the start: no run fetches it, no trend counts on it.
        """

        def note(connection: Connection) -> BackfillProgress:
            found = self._find(connection, progress.source_id)
            if found is None:
                _register(connection, progress, name)
                _put(connection, progress)
            return found or progress

        return self._write(note)

    def advance(self, progress: BackfillProgress) -> None:
        """Remember how far the source was taken in."""
        self._write(lambda connection: _put(connection, progress))

    def all(self) -> list[BackfillProgress]:
        """Return every source, the newest first."""
        with open_database(self._settings, read_only=True) as connection:
            return _select(connection, "ORDER BY begun_at DESC, source_id", [])

    def note_entries(self, entries: Sequence[FeedEntry], now: datetime) -> None:
        """Make entries known; those that are stay as they are."""
        if not entries:
            return
        rows = [_entry_row(entry) for entry in entries]
        types = {("entries", name): "VARCHAR" for name in _ENTRY_COLUMNS}
        types |= {("entries", name): "TIMESTAMPTZ" for name in _TIMES}

        def note(connection: Connection) -> None:
            stage(connection, "staged_entries", rows, types)
            connection.execute(
                "CREATE OR REPLACE TEMP TABLE noted AS SELECT CAST(? AS TIMESTAMPTZ) AS now, value "
                "AS zone FROM settings WHERE name = 'timezone'",
                [now],
            )
            for statement in statements("queries/note_backfill_entries"):
                connection.execute(statement)

        self._write(note)

    def settle(self, entry_ids: Collection[str], now: datetime) -> None:
        """Mark entries that became no article of the backfill, so that none is fetched again."""
        if not entry_ids:
            return
        query = (
            "UPDATE entries SET status = 'skipped', next_try_at = NULL, last_attempt_at = ? "
            "WHERE status = 'pending' AND entry_id IN (SELECT unnest(?))"
        )
        self._write(lambda connection: connection.execute(query, [now, list(entry_ids)]))

    def known_articles(self, article_ids: Collection[str]) -> set[str]:
        """Return which of these articles are stored."""
        return self._among("SELECT article_id FROM articles WHERE article_id", article_ids)

    def settled_entries(self, entry_ids: Collection[str]) -> set[str]:
        """Return which of these entries need no further try."""
        query = "SELECT entry_id FROM entries WHERE status <> 'pending' AND entry_id"
        return self._among(query, entry_ids)

    def attempts(self, entry_ids: Collection[str]) -> Mapping[str, int]:
        """Return how often the pages of these entries failed; those never tried are left out."""
        if not entry_ids:
            return {}
        query = "SELECT entry_id, attempts FROM entries WHERE entry_id IN (SELECT unnest(?))"
        with open_database(self._settings, read_only=True) as connection:
            return dict(connection.execute(query, [list(entry_ids)]).fetchall())

    def _among(self, query: str, ids: Collection[str]) -> set[str]:
        if not ids:
            return set()
        with open_database(self._settings, read_only=True) as connection:
            rows = connection.execute(f"{query} IN (SELECT unnest(?))", [list(ids)]).fetchall()
        return {row[0] for row in rows}

    def _find(self, connection: Connection, source_id: str) -> BackfillProgress | None:
        found = _select(connection, "WHERE source_id = ?", [source_id])
        return found[0] if found else None

    def _write(self, change: Callable[[Connection], T]) -> T:
        """Make a change in one transaction, as a batch of the writer is made."""
        with open_database(self._settings, read_only=False) as connection:

            def once() -> T:
                with transaction(connection):
                    lake.claim(connection, f"backfill {uuid.uuid4().hex}")
                    return change(connection)

            return lake.until_alone(connection, self._settings, once)


def _select(connection: Connection, rest: str, values: list[str]) -> list[BackfillProgress]:
    names = ", ".join(each.name for each in fields(BackfillProgress))
    rows = connection.execute(f"SELECT {names} FROM backfill_progress {rest}", values).fetchall()
    return [BackfillProgress(*row) for row in rows]


def _put(connection: Connection, progress: BackfillProgress) -> None:
    row = asdict(progress)
    connection.execute("DELETE FROM backfill_progress WHERE source_id = ?", [progress.source_id])
    names, marks = ", ".join(row), ", ".join("?" * len(row))
    connection.execute(
        f"INSERT INTO backfill_progress ({names}) VALUES ({marks})", list(row.values())
    )


def _register(connection: Connection, progress: BackfillProgress, name: str) -> None:
    feed = asdict(Feed(progress.feed_id, name, progress.place, "", enabled=False))
    feed["feed_id"] = feed.pop("id")
    row = feed | {"listed_at": progress.begun_at, "delisted_at": progress.begun_at}
    row |= {"redirect_sightings": 0, "failure_weight": 0.0}
    names, marks = ", ".join(row), ", ".join("?" * len(row))
    connection.execute(
        f"INSERT INTO feeds ({names}) SELECT {marks} "
        "WHERE NOT EXISTS (SELECT 1 FROM feeds WHERE feed_id = ?)",
        [*row.values(), progress.feed_id],
    )


def _entry_row(entry: FeedEntry) -> dict[str, str | None]:
    row = asdict(replace(entry, status="pending"))
    for name in _TIMES:
        row[name] = row[name].isoformat() if row[name] else None
    return {name: storable(row[name]) if row[name] else row[name] for name in _ENTRY_COLUMNS}
