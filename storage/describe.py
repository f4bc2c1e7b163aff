"""Write docs/database.md from the schema itself: `python -m treatywatch.storage.describe`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime

import duckdb

from treatywatch.storage import migrations
from treatywatch.storage.database import Connection
from treatywatch.storage.facts import FACTS
from treatywatch.storage.named import VIEWS, named_queries

WORKED = (
    "latest_articles", "languages_compared", "strongest_concerns", "strongest_hopes",
    "theme_ranking", "outlet_balance", "biggest_stories", "weeks_to_doubt", "edited_articles",
    "models_compared", "failures_by_class", "undated_articles",
)  # fmt: skip
_HEAD = """# The database

This page is made from the schema by `python -m treatywatch.storage.describe`; a test holds it to
it. The database is one DuckDB file (setting `db`, by default `data/treatywatch.duckdb`). Ask it
with `treatywatch sql` (see [SQL](sql.md)), or open a snapshot with any DuckDB of version 1.5.

- **Times** are `TIMESTAMPTZ` in UTC. **Days**, ISO weeks and months begin in the zone of the
  setting `timezone`; when it changes, every stored day moves with it at the next write.
- **Nothing is guessed**: an article without a day of publication has `published_at` NULL, and is
  counted in the row of each period view whose `period` is NULL.
- **Copies**: `articles` counts copies of a wire story, `stories` counts them once.
- **Nothing is overwritten**: edits are versions, models stand side by side, and every row says when
  it came to be, so the views can be asked as of a past day (`--as-of`). What a feed or an entry
  says of itself is the exception: its newest state is kept.
- **Keys are promises, not constraints**: the writer keeps rows unique by `MERGE` and anti-join, and
  `treatywatch db check` verifies it.
- **Text** is kept of articles about the treaty alone.
"""


def database_markdown() -> str:
    """Return the page about the database, from a new database in memory."""
    with duckdb.connect(":memory:") as connection:
        connection.execute("SET TimeZone = 'UTC'")
        migrations.migrate(connection, "memory", datetime(2026, 1, 1, tzinfo=UTC))
        parts = [_HEAD, "\n## Views to ask\n\nNames and columns of the first nine are fixed.\n"]
        parts += [_relation(connection, name) for name in VIEWS]
        parts.append("\n## Base tables\n")
        tables = _names(connection)
        parts += [_relation(connection, name) for name in tables if name not in FACTS]
        parts.append(
            "\n## Derived tables\n\nWhat the views read, joined when it is written. They follow "
            "from the base tables alone; ask the views instead.\n"
        )
        parts += [_relation(connection, name) for name in FACTS]
    parts.append("\n## Worked queries\n\nEach has a name: `treatywatch sql @theme_ranking`.\n")
    parts += list(_worked())
    return "".join(parts)


def _relation(connection: Connection, name: str) -> str:
    row = connection.execute(
        "SELECT comment FROM duckdb_tables() WHERE table_name = $name "
        "UNION ALL SELECT comment FROM duckdb_views() WHERE view_name = $name",
        {"name": name},
    ).fetchone()
    columns = connection.execute(
        "SELECT column_name, data_type, comment FROM duckdb_columns() "
        "WHERE table_name = $name ORDER BY column_index",
        {"name": name},
    ).fetchall()
    lines = [f"\n### {name}\n\n{row[0] if row else ''}\n\n| column | type | meaning |\n"]
    lines.append("| --- | --- | --- |\n")
    for column, kind, comment in columns:
        lines.append(f"| `{column}` | {_short(kind)} | {comment or ''} |\n")
    return "".join(lines)


def _short(kind: str) -> str:
    kind = kind.replace("TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ")
    return "STRUCT list" if kind.startswith("STRUCT") else kind.replace("|", "\\|")


def _names(connection: Connection) -> list[str]:
    rows = connection.execute(
        "SELECT table_name FROM duckdb_tables() WHERE NOT internal ORDER BY table_oid"
    ).fetchall()
    return [str(row[0]) for row in rows if row[0] != "schema_migrations"]


def _worked() -> Iterator[str]:
    for name in WORKED:
        query = named_queries()[name]
        body = "\n".join(line for line in query.sql.splitlines() if not line.startswith("--"))
        given = "".join(f"- `{key}`: {text}\n" for key, text in query.parameters.items())
        yield f"\n### @{name}\n\n{query.title}\n\n{given}{'' if not given else chr(10)}"
        yield f"```sql\n{body.strip()}\n```\n"


if __name__ == "__main__":
    sys.stdout.write(database_markdown())
