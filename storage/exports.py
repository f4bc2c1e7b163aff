"""Carry a database out as Parquet, and in again: open files, a manifest, nothing half-written."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from treatywatch.config.settings import Settings
from treatywatch.news.errors import DatabaseTooNewError, StorageError, UsageError
from treatywatch.storage import migrations, snapshots
from treatywatch.storage.database import Connection, open_database, transaction
from treatywatch.storage.facts import rebuild_facts
from treatywatch.storage.rows import literal, scalar

FORMAT = "treatywatch-export"
MANIFEST = "manifest.json"
# Tables of articles are cut by the month an article was first seen and its language.
_BY_ARTICLE = (
    "articles", "article_versions", "article_sightings", "story_links", "passages",
    "passage_stances", "article_stances",
)  # fmt: skip
_WHOLE = (
    "settings", "feeds", "feed_fetches", "entries", "page_failures", "models", "model_choices",
    "runs", "backfill_progress",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written or read: rows by table, the files, their bytes together."""

    folder: Path
    rows: dict[str, int]
    files: int
    size: int


def export_database(settings: Settings, target: Path, now: datetime) -> Exported:
    """Write what readers read as Parquet into a new folder, with a manifest.

    Raises:
        UsageError: the folder is there already and not empty, or cannot be made.
    """
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise UsageError(f"{target}: already there; name a new or an empty folder.")
    source = snapshots.for_reading(settings)
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        temporary.mkdir(parents=True)
        with (
            open_database(settings, read_only=True, path=source) as connection,
            _errors_named(target, temporary),
        ):
            schema = migrations.schema_version(connection, str(source))
            rows = {table: _write_table(connection, table, temporary) for table in _tables()}
        files = sorted(path for path in temporary.rglob("*.parquet"))
        manifest = {
            "format": FORMAT,
            "schema": schema,
            "exported_at": now.astimezone(UTC).isoformat(),
            "rows": rows,
            "files": {str(p.relative_to(temporary)): _described(p) for p in files},
        }
        text = json.dumps(manifest, indent=1, ensure_ascii=False)
        (temporary / MANIFEST).write_text(text, encoding="utf-8")
        if target.exists():
            target.rmdir()
        temporary.replace(target)
    except OSError as error:
        raise _unwritten(target, error.strerror) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    size = sum(entry["bytes"] for entry in manifest["files"].values())  # type: ignore[attr-defined]
    return Exported(target, rows, len(files), size)


def import_database(settings: Settings, source: Path, now: datetime) -> Exported:
    """Read an export into a database that holds nothing yet, all of it or nothing.

    Raises:
        UsageError: no export there, a file that differs from the manifest, a database in use.
        DatabaseTooNewError: a newer treatywatch wrote the export.
    """
    manifest = _read_manifest(source)
    files = [_checked(source, name, entry) for name, entry in manifest["files"].items()]
    with open_database(settings, read_only=False) as connection:
        migrations.migrate(connection, str(settings.db), now)
        _require_empty(connection, settings.db)
        with transaction(connection):
            connection.execute("DELETE FROM settings WHERE name <> 'views'")
            rows = {table: _read_table(connection, table, source) for table in _tables()}
            rebuild_facts(connection)
            if rows != manifest["rows"]:
                raise UsageError(f"{source}: rows differ from {MANIFEST}; export again.")
    if settings.storage.snapshot and snapshots.latest(settings) is not None:
        snapshots.make(settings, now)  # readers would go on with what was there before
    return Exported(source, rows, len(files), sum(path.stat().st_size for path in files))


def _tables() -> tuple[str, ...]:
    return (*_WHOLE, *_BY_ARTICLE)


@contextmanager
def _errors_named(target: Path, temporary: Path) -> Iterator[None]:
    """Name the export in errors about its files; inside a connection they would name its file."""
    try:
        yield
    except OSError as error:
        raise _unwritten(target, error.strerror) from error
    except duckdb.IOException as error:
        if str(temporary) not in str(error):
            raise
        raise _unwritten(target, str(error).rpartition(": ")[2]) from error


def _unwritten(target: Path, why: str | None) -> UsageError:
    return UsageError(f"{target}: cannot be written ({why}); name another place.")


def _write_table(connection: Connection, table: str, folder: Path) -> int:
    if table in _BY_ARTICLE:
        connection.execute(
            f"COPY (SELECT t.*, strftime(a.first_seen_date, '%Y-%m') AS export_month, "
            f"a.language AS export_language FROM {table} AS t "
            f"JOIN articles AS a ON a.article_id = t.article_id) "
            f"TO {literal(folder / table)} (FORMAT parquet, COMPRESSION zstd, "
            "PARTITION_BY (export_month, export_language))"
        )
    else:
        # `views` is the fingerprint of this database's own views, not data.
        rest = " WHERE name <> 'views'" if table == "settings" else ""
        (folder / table).mkdir()
        connection.execute(
            f"COPY (SELECT * FROM {table}{rest}) TO {literal(folder / table / 'all.parquet')} "
            "(FORMAT parquet, COMPRESSION zstd)"
        )
    return _count(connection, table)


def _read_table(connection: Connection, table: str, folder: Path) -> int:
    files = sorted(str(path) for path in (folder / table).rglob("*.parquet"))
    if files:
        connection.execute(
            f"INSERT INTO {table} BY NAME SELECT * FROM "
            "read_parquet($files, hive_partitioning = false, union_by_name = true)",
            {"files": files},
        )
    return _count(connection, table)


def _count(connection: Connection, table: str) -> int:
    rest = " WHERE name <> 'views'" if table == "settings" else ""
    return int(scalar(connection, f"SELECT count(*) FROM {table}{rest}"))


def _require_empty(connection: Connection, file: Path) -> None:
    for table in ("feeds", "entries", "articles", "runs"):
        if _count(connection, table):
            raise UsageError(f"{file}: holds data already; import into a new file with --db.")


def _described(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {"bytes": path.stat().st_size, "sha256": digest}


def _read_manifest(folder: Path) -> dict[str, Any]:
    path = folder / MANIFEST
    try:
        manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        known = manifest["format"] == FORMAT and isinstance(manifest["files"], dict)
        schema = int(manifest["schema"])
    except FileNotFoundError as error:
        raise UsageError(f"{path}: not there; name a folder that `db export` wrote.") from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{path}: not the manifest of an export ({error}).") from error
    if not known:
        raise UsageError(f"{path}: not the manifest of an export.")
    if schema > migrations.newest_version():
        raise DatabaseTooNewError(
            f"{path}: schema {schema} of a newer treatywatch; upgrade treatywatch."
        )
    return manifest


def _checked(folder: Path, name: str, entry: Any) -> Path:
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()) or not path.is_file():
        raise UsageError(f"{folder / name}: named in {MANIFEST}, but not there; export again.")
    try:
        found = _described(path)
    except OSError as error:
        raise StorageError(f"{path}: cannot be read ({error.strerror}).") from error
    if found != entry:
        raise UsageError(f"{path}: differs from {MANIFEST}; export again.")
    return path
