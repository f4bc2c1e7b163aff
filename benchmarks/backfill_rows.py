"""What a run of backfill.py left in its database."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb


def treaty_urls(database: Path) -> set[str]:
    """Return the addresses of the articles about the treaty."""
    with duckdb.connect(str(database), read_only=True) as connection:
        rows = connection.execute("SELECT url FROM articles WHERE is_treaty").fetchall()
    return {row[0] for row in rows}


def stage_seconds(database: Path) -> dict[str, float]:
    """Return the seconds of each stage of the last run."""
    query = "SELECT stage_seconds FROM runs ORDER BY started_at DESC LIMIT 1"
    with duckdb.connect(str(database), read_only=True) as connection:
        row = connection.execute(query).fetchone()
    return {name: round(value, 1) for name, value in row[0].items()} if row else {}


def rows_of(database: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Return the rows of a backfill without ids of runs and the clock."""
    queries = {
        "articles": "SELECT * EXCLUDE (first_seen_at, first_seen_date, last_seen_at,"
        " last_checked_at) FROM articles ORDER BY ALL",
        "versions": "SELECT * EXCLUDE (seen_at) FROM article_versions ORDER BY ALL",
        "passages": "SELECT * FROM passages ORDER BY ALL",
        "entries": "SELECT entry_id, url, status, article_id FROM entries ORDER BY ALL",
        "failures": "SELECT entry_id, error_class FROM page_failures ORDER BY ALL",
        "labels": "SELECT article_id, label, story_id, is_duplicate FROM article_stance"
        " ORDER BY ALL",
        "progress": "SELECT source_id, cursor, records, pages, passed, treaty, known, failed"
        " FROM backfill_progress ORDER BY ALL",
    }
    with duckdb.connect(str(database), read_only=True) as connection:
        return {name: connection.execute(query).fetchall() for name, query in queries.items()}
