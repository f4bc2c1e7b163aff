"""Write a batch: stage its rows, run the SQL of its kind, renew what the views show."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from treatywatch.storage import lake
from treatywatch.storage.batches import COLUMNS_WHEN_EMPTY, Batch
from treatywatch.storage.counts import Counts
from treatywatch.storage.database import Connection, transaction
from treatywatch.storage.facts import rebuild_facts, refresh_facts
from treatywatch.storage.migrations import newest_version
from treatywatch.storage.rows import Row
from treatywatch.storage.sqlfiles import statements

_SQL_OF_KIND = {
    "register": ("queries/register_feeds",),
    "run": ("queries/write_run",),
    "interrupt": ("queries/interrupt_runs",),
    "feeds": ("queries/write_feeds",),
    "pages": ("queries/write_pages", "queries/write_stances", "queries/write_stories"),
    "stances": ("queries/write_stances",),
    "stories": ("queries/write_stories",),
    "model": ("queries/write_model",),
}
# Where a staged column's type comes from; the few that no table has are named here.
_TABLES_OF = {
    "staged_feeds": ("feeds",),
    "staged_feed_fetches": ("feed_fetches",),
    "staged_entries": ("entries",),
    "staged_runs": ("runs",),
    "staged_dead": ("runs",),
    "staged_models": ("models",),
    "staged_passages": ("passages",),
    "staged_passage_stances": ("passage_stances",),
    "staged_article_stances": ("article_stances",),
    "staged_stories": ("story_links",),
    "staged_articles": ("articles", "article_versions"),
    "staged_outcomes": ("page_failures", "entries"),
}
_EXTRA_TYPES = {
    "seen_date": "DATE", "tried_at": "TIMESTAMPTZ", "checked_at": "TIMESTAMPTZ",
    "is_final": "BOOLEAN", "outcome": "VARCHAR",
}  # fmt: skip


def apply_batch(connection: Connection, batch: Batch) -> Counts:
    """Write a batch in one transaction; written twice it changes nothing more."""
    with transaction(connection):
        lake.claim(connection, f"{batch.kind} {batch.now.isoformat()} {uuid.uuid4().hex}")
        _stage_batch(connection, batch)
        for name in _SQL_OF_KIND[batch.kind]:
            for statement in statements(name):
                connection.execute(statement)
        counts = _count(connection, batch)
        refresh_facts(connection, batch)
    return Counts(counts)


def set_zone(connection: Connection, zone: str) -> None:
    """Store the zone in which days begin; a new zone moves every stored day."""
    found = connection.execute("SELECT value FROM settings WHERE name = 'timezone'").fetchone()
    if found is not None and found[0] == zone:
        return
    with transaction(connection):
        connection.execute("DELETE FROM settings WHERE name = 'timezone'")
        connection.execute("INSERT INTO settings VALUES ('timezone', ?)", [zone])
        if found is not None:
            for statement in statements("queries/move_days"):
                connection.execute(statement)
            rebuild_facts(connection)


def _stage_batch(connection: Connection, batch: Batch) -> None:
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE batch AS SELECT CAST(? AS TIMESTAMPTZ) AS now, "
        "CAST(? AS VARCHAR) AS run_id, CAST(? AS INTEGER) AS max_attempts, value AS zone "
        "FROM settings WHERE name = 'timezone'",
        [batch.now, batch.run_id, batch.options.get("max_attempts", 1)],
    )
    types = _column_types_of(connection)
    for name, rows in batch.tables.items():
        stage(connection, name, rows, types)


def stage(
    connection: Connection, name: str, rows: Sequence[Row], types: Mapping[tuple[str, str], str]
) -> None:
    """Lay rows into a temporary table whose types are those of the table they are meant for."""
    columns = rows[0].keys() if rows else COLUMNS_WHEN_EMPTY[name]
    shape = {column: _type_of(name, column, types) for column in columns}
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT r.* FROM "
        "(SELECT unnest(from_json(CAST(? AS JSON), ?)) AS r)",
        [json.dumps(rows, ensure_ascii=False), json.dumps([shape])],
    )


def _type_of(name: str, column: str, types: Mapping[tuple[str, str], str]) -> str:
    for table in _TABLES_OF[name]:
        if (table, column) in types:
            return types[table, column]
    return _EXTRA_TYPES[column]


_types: dict[int, dict[tuple[str, str], str]] = {}


def _column_types_of(connection: Connection) -> dict[tuple[str, str], str]:
    # The batches are written to one schema only, the newest: its types are read once.
    version = newest_version()
    if version not in _types:
        _types[version] = _column_types(connection)
    return _types[version]


def _column_types(connection: Connection) -> dict[tuple[str, str], str]:
    rows = connection.execute(
        "SELECT table_name, column_name, data_type FROM duckdb_columns() "
        "WHERE database_name = current_database() AND NOT internal "
        "ORDER BY table_name, column_index"
    ).fetchall()
    return {(table, column): kind for table, column, kind in rows}


def _count(connection: Connection, batch: Batch) -> dict[str, int]:
    query = _COUNTS.get(batch.kind)
    if query is None:
        return {}
    found = connection.execute(query)
    names = [column[0] for column in found.description or ()]
    row: tuple[Any, ...] = found.fetchone() or ()
    return {name: int(value or 0) for name, value in zip(names, row, strict=True)}


_COUNTS = {
    "feeds": """
        SELECT count(*) FILTER (is_new) AS entries_new
        FROM incoming
    """,
    "pages": """
        SELECT
            count(*) AS articles,
            count(*) FILTER (k.article_id IS NULL) AS new,
            count(*) FILTER (k.content_hash <> s.content_hash) AS edited,
            count(*) FILTER (k.content_hash = s.content_hash)
                + (SELECT count(*) FROM noise)
                + (
                    SELECT count(DISTINCT article_id) FROM stand_ins
                    WHERE article_id NOT IN (SELECT article_id FROM staged_last)
                )
                + (SELECT count(*) FROM staged_outcomes WHERE outcome = 'unchanged') AS unchanged
        FROM staged_last AS s
        LEFT JOIN known AS k USING (article_id)
    """,
    "stories": "SELECT count(*) AS links FROM new_links",
    "interrupt": "SELECT count(*) AS interrupted FROM interrupted",
}
