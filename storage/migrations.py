"""Bring a database to the schema of this version, forward only, a copy kept before."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from treatywatch.news.errors import DatabaseTooNewError, ForeignDatabaseError, UsageError
from treatywatch.news.text import stable_id
from treatywatch.news.whole import written_whole
from treatywatch.storage import lake
from treatywatch.storage.database import Connection, transaction
from treatywatch.storage.facts import rebuild_facts
from treatywatch.storage.files import drop_unfinished
from treatywatch.storage.named import VIEWS
from treatywatch.storage.rows import scalar
from treatywatch.storage.sqlfiles import FOLDER, split_statements, statements

# A catalogue of DuckLake keeps no comments on the columns of views.
_VIEW_COLUMN = re.compile(rf"COMMENT ON COLUMN ({'|'.join(VIEWS)})\.")
_FILE = re.compile(r"(\d{4})_(\w+)\.sql")


@dataclass(frozen=True, slots=True)
class Migration:
    """One step of the schema."""

    version: int
    name: str
    path: Path


def migrations() -> tuple[Migration, ...]:
    """Return the steps in order."""
    found = ((_FILE.fullmatch(path.name), path) for path in (FOLDER / "schema").iterdir())
    steps = (Migration(int(m[1]), m[2], path) for m, path in found if m)
    return tuple(sorted(steps, key=lambda step: step.version))


def newest_version() -> int:
    """Return the schema version of this treatywatch."""
    return migrations()[-1].version


def schema_version(connection: Connection, name: str) -> int:
    """Return the schema version of a database; 0 for an empty one.

    Raises:
        ForeignDatabaseError: the database holds tables, but not ours.
        DatabaseTooNewError: a newer treatywatch wrote it.
    """
    tables = {row[0] for row in connection.execute(_TABLES).fetchall()}
    if not tables:
        return 0
    if "schema_migrations" not in tables:
        raise ForeignDatabaseError(
            f"{name}: a database of something else (it has table '{min(tables)}'); "
            "choose another path with --db."
        )
    version: int = scalar(connection, "SELECT coalesce(max(version), 0) FROM schema_migrations")
    if version > newest_version():
        raise DatabaseTooNewError(
            f"{name}: schema {version} of a newer treatywatch; this one knows up to "
            f"{newest_version()}: upgrade treatywatch."
        )
    return version


def require_current(connection: Connection, name: str) -> None:
    """Refuse a database that is not of this version's schema.

    Raises:
        UsageError: it is older. Further as `schema_version`.
    """
    if schema_version(connection, name) < newest_version():
        raise UsageError(
            f"{name}: an older treatywatch wrote it; bring it up to date with "
            "`treatywatch db migrate`."
        )


def migrate(connection: Connection, name: str, now: datetime) -> list[int]:
    """Apply the missing steps and renew the views, in one transaction; return the steps."""
    known = schema_version(connection, name)
    missing = [step for step in migrations() if step.version > known]
    if not missing and _views_are_current(connection):
        return []
    with transaction(connection):
        connection.execute(_BOOKKEEPING)
        for step in missing:
            _apply(connection, step, now)
        if known and missing:
            rebuild_facts(connection)  # an older version kept fewer of them
        renew_views(connection)
    return [step.version for step in missing]


def keep_copy(file: Path, version: int, copy: Callable[[Path], None]) -> Path:
    """Copy a database file beside itself before it is migrated; return the copy.

    `copy` writes its content to a path, while nobody else writes to the database.
    """
    kept = file.with_name(f"{file.stem}.schema-{version:04d}{file.suffix}")
    drop_unfinished(file.parent, f"{file.stem}.schema-", time.time())
    with written_whole(kept, synced=True) as temporary:
        copy(temporary)
        shutil.copystat(file, temporary)
    return kept


def views_fingerprint() -> str:
    """Return a hash of the views and comments of this version."""
    return stable_id(*statements("schema/views"), *statements("schema/comments"))


def _apply(connection: Connection, step: Migration, now: datetime) -> None:
    for statement in split_statements(step.path.read_text(encoding="utf-8")):
        connection.execute(statement)
    connection.execute(
        "INSERT INTO schema_migrations (version, name, applied_at) VALUES (?, ?, ?)",
        [step.version, step.name, now],
    )


def renew_views(connection: Connection) -> None:
    """Write the views and comments of this version over whatever is there."""
    for statement in (*statements("schema/views"), *statements("schema/comments")):
        if not (lake.is_on_lake(connection) and _VIEW_COLUMN.match(statement)):
            connection.execute(statement)
    connection.execute("DELETE FROM settings WHERE name = 'views'")
    connection.execute("INSERT INTO settings VALUES ('views', ?)", [views_fingerprint()])


def _views_are_current(connection: Connection) -> bool:
    found = scalar(connection, "SELECT value FROM settings WHERE name = 'views'")
    return bool(found == views_fingerprint())


_TABLES = """
SELECT table_name FROM duckdb_tables()
WHERE NOT temporary AND NOT internal AND database_name = current_database()
"""
_BOOKKEEPING = """
CREATE TABLE IF NOT EXISTS schema_migrations (
    version INTEGER NOT NULL, name VARCHAR NOT NULL, applied_at TIMESTAMPTZ NOT NULL
)
"""
