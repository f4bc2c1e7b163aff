"""The database as it stood: the same views over what had been seen by a moment.

Temporary views of the base tables' names hide what came later. The views of the schema name
their tables without a schema, so they read through them, and every query works unchanged.
"""

from __future__ import annotations

from datetime import datetime

from treatywatch.news.errors import UsageError
from treatywatch.storage.database import Connection
from treatywatch.storage.facts import FACTS, facts_sql
from treatywatch.storage.rows import identifier, scalar

# The column that says when a row came to be; rows later changed in place show their newest state.
_BORN = {
    "feeds": "listed_at",
    "feed_fetches": "fetched_at",
    "entries": "first_seen_at",
    "page_failures": "failed_at",
    "articles": "first_seen_at",
    "article_versions": "seen_at",
    "article_sightings": "seen_at",
    "story_links": "linked_at",
    "passage_stances": "classified_at",
    "article_stances": "classified_at",
    "model_choices": "chosen_at",
    "models": "first_used_at",
    "runs": "started_at",
}


# Columns that say when something ended, which was not known before it did.
_ENDED = {"feeds": ("delisted_at", "retired_at")}


def lay_views(connection: Connection, moment: datetime) -> None:
    """Make every later query of this connection see the database as of `moment`, inclusive.

    Raises:
        UsageError: the moment has no time zone.
    """
    if moment.tzinfo is None:
        raise UsageError(f"{moment}: a moment needs a time zone, as in 2026-11-01T00:00+07:00.")
    catalog = scalar(connection, "SELECT current_database()")
    schema = scalar(connection, "SELECT current_schema()")
    for table, column in _BORN.items():
        then = f"<= TIMESTAMPTZ '{moment.isoformat()}'"
        ended = ", ".join(
            f"CASE WHEN {name} {then} THEN {name} END AS {name}" for name in _ENDED.get(table, ())
        )
        columns = f"* REPLACE ({ended})" if ended else "*"
        connection.execute(
            f"CREATE OR REPLACE TEMP VIEW {table} AS SELECT {columns} "
            f"FROM {identifier(catalog)}.{identifier(schema)}.{table} "
            f"WHERE {column} {then}"
        )
    for table in FACTS:
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE {table} AS " + facts_sql(table, "articles")
        )
