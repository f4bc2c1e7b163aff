"""Growing past one file: the same schema and the same writes on a DuckLake catalogue.

A catalogue has no keys and lets several processes write at once. Every transaction therefore also
rewrites one row of `settings`: of two that overlap, the second to commit is refused as a whole,
and its batch is written again on top of the first. Readers read snapshots, which are plain files.
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import duckdb

from treatywatch.news.errors import DatabaseBusyError, UsageError
from treatywatch.storage.extensions import load_extension
from treatywatch.storage.rows import literal, scalar

if TYPE_CHECKING:
    from treatywatch.config.settings import Settings
    from treatywatch.storage.database import Connection

T = TypeVar("T")
NAME = "lake"
_SECRET = re.compile(r"(password\s*=\s*)('[^']*'|[^\s']+)|(://[^:/@\s]+:)[^@\s]+(?=@)", re.I)
_CONFLICT = re.compile(r"conflict|Failed to commit DuckLake transaction|could not serialize", re.I)


def is_lake(settings: Settings) -> bool:
    """Tell whether the database is a DuckLake catalogue."""
    return bool(settings.storage.url)


def data_path(settings: Settings) -> Path:
    """Return the folder of the catalogue's Parquet files."""
    chosen = settings.storage.data_path
    return Path(chosen) if chosen else settings.db.with_name(settings.db.stem + ".lake")


def connect_lake(settings: Settings, limits: Mapping[str, Any], *, read_only: bool) -> Connection:
    """Return a connection whose default database is the catalogue.

    Raises:
        UsageError: the address is not one of DuckLake.
        StorageError: an extension is not installed.
    """
    url = settings.storage.url
    if not url.startswith("ducklake:"):
        raise UsageError(
            f"storage.url = '{masked(url)}' is not known; write ducklake:FILE or "
            "ducklake:postgres:dbname=NAME host=HOST."
        )
    connection = duckdb.connect(":memory:", config=dict(limits))
    try:
        load_extension(connection, "ducklake")
        if url.startswith("ducklake:postgres:"):
            load_extension(connection, "postgres_scanner")
        folder = data_path(settings)
        if not read_only:
            folder.mkdir(parents=True, exist_ok=True)
        mode = ", READ_ONLY" if read_only else ""
        connection.execute(
            f"ATTACH {literal(url)} AS {NAME} (DATA_PATH {literal(f'{folder.absolute()}/')}{mode})"
        )
        connection.execute(f"USE {NAME}")
    except BaseException:
        connection.close()
        raise
    return connection


def claim(connection: Connection, batch_key: str) -> None:
    """Make this transaction conflict with any other that writes at the same time."""
    if not is_on_lake(connection):
        return
    connection.execute("DELETE FROM settings WHERE name = 'last_batch'")
    connection.execute("INSERT INTO settings VALUES ('last_batch', ?)", [batch_key])


def until_alone(connection: Connection, settings: Settings, write: Callable[[], T]) -> T:
    """Write, and write again when another process wrote to the catalogue meanwhile.

    Raises:
        DatabaseBusyError: others kept writing for `storage.lock_timeout`.
    """
    until = time.monotonic() + settings.storage.lock_timeout
    while True:
        try:
            return write()
        except duckdb.Error as error:
            if not (is_on_lake(connection) and is_conflict(error)):
                raise
            if time.monotonic() > until:
                raise DatabaseBusyError(
                    f"{masked(settings.storage.url)}: other processes kept writing to the "
                    "catalogue; wait and run again."
                ) from error
        time.sleep(random.uniform(0.05, 0.5))


def is_conflict(error: duckdb.Error) -> bool:
    """Tell whether another process wrote at the same time, so that trying again can help."""
    return bool(_CONFLICT.search(str(error)))


def compact(connection: Connection) -> None:
    """Join the small files that many batches leave, where the database is a catalogue."""
    if is_on_lake(connection):
        connection.execute(f"CALL ducklake_merge_adjacent_files('{NAME}')")


def masked(text: str) -> str:
    """Return text without the passwords in it."""
    return _SECRET.sub(lambda m: f"{m[1] or m[3]}***", text)


def is_on_lake(connection: Connection) -> bool:
    """Tell whether a connection's default database is a catalogue."""
    return bool(scalar(connection, "SELECT current_database()") == NAME)
