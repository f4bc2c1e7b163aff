"""Open the database: one file, one writing process, and errors that say what to do.

DuckDB lets one process write, and a reader that keeps the file open blocks it. So a connection
here lives for one batch or one question, waits its turn, and names who holds the file.
"""

from __future__ import annotations

import contextlib
import os
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from treatywatch.news.errors import (
    DatabaseBusyError,
    DatabaseTooNewError,
    ForeignDatabaseError,
    StorageError,
    UsageError,
)
from treatywatch.storage import lake

if TYPE_CHECKING:
    # The process of ad hoc queries needs no settings, and starts faster without them.
    from treatywatch.config.settings import Settings

Connection = duckdb.DuckDBPyConnection

# Short, so that one who waits finds the gap between two batches of a busy writer.
_FIRST_WAIT, _LONGEST_WAIT = 0.01, 0.1
_HOLDER = re.compile(r"held in (?P<program>.+?) \(PID (?P<pid>\d+)\)(?: by user (?P<user>\S+))?")
_turns: dict[str, threading.RLock] = {}
_turns_guard = threading.Lock()


@contextmanager
def open_database(
    settings: Settings, *, read_only: bool, path: Path | None = None, wait: float | None = None
) -> Iterator[Connection]:
    """Yield a connection to the live file, or to `path`, in UTC, and close it.

    `wait` is in seconds; None waits `storage.lock_timeout`. Threads of one process take turns,
    because DuckDB refuses a file opened twice with different options.

    Raises:
        DatabaseBusyError: another process holds the file for longer than `wait`.
        ForeignDatabaseError, DatabaseTooNewError, StorageError: as their names say.
    """
    file = path or settings.db
    patience = settings.storage.lock_timeout if wait is None else wait
    with take_turn(file, patience), translated_errors(file):
        connection = _connect(settings, path, read_only=read_only, patience=patience)
        try:
            connection.execute("SET TimeZone = 'UTC'")
            yield connection
        finally:
            connection.close()


@contextmanager
def take_turn(file: Path, patience: float) -> Iterator[None]:
    """Hold this process's only turn at a file; other processes are DuckDB's lock's business."""
    key = str(file.absolute())
    with _turns_guard:
        turn = _turns.setdefault(key, threading.RLock())
    if not turn.acquire(timeout=patience):
        raise DatabaseBusyError(
            f"{file}: another thread of this process has used it for {patience:g} s; try again."
        )
    try:
        yield
    finally:
        turn.release()


@contextmanager
def transaction(connection: Connection) -> Iterator[None]:
    """Commit what the block did, or nothing of it."""
    connection.execute("BEGIN TRANSACTION")
    try:
        yield
    except BaseException:
        # After a fatal error DuckDB refuses even this, and has rolled back by itself.
        with _quiet():
            connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


@contextmanager
def translated_errors(file: Path) -> Iterator[None]:
    """Turn DuckDB's errors about the file into ours; errors in a query pass unchanged."""
    try:
        yield
    except duckdb.Error as error:
        ours = explain(error, file)
        if ours is None:
            raise
        raise ours from error
    except OSError as error:
        place = error.filename2 or error.filename or file
        raise StorageError(
            f"{place}: {error.strerror or error}; free space or mend its permissions, then run "
            "again (a batch that was begun was rolled back)."
        ) from error


def explain(error: duckdb.Error, file: Path) -> StorageError | None:
    """Return our error for one of DuckDB's about the file itself, or None."""
    text = lake.masked(str(error))
    if "Could not set lock" in text or "Conflicting lock" in text:
        return DatabaseBusyError(busy_sentence(text, file))
    if "different configuration than existing" in text:
        return DatabaseBusyError(f"{file}: this process has it open already; close it first.")
    if "version number" in text and "can only read" in text:
        return DatabaseTooNewError(
            f"{file}: written by another version of DuckDB; use the treatywatch that wrote it."
        )
    if re.search(r"No space left|Disk quota|could not (write|sync)|failed to write", text, re.I):
        return StorageError(
            f"{file}: the disk is full or refuses writing; free some space and run again "
            "(the batch was rolled back)."
        )
    if re.search(
        r"not a valid DuckDB database|Extension .* not found|[Cc]orrupt|[Cc]hecksum|magic bytes",
        text,
    ):
        return ForeignDatabaseError(
            f"{file}: not a DuckDB database, or damaged; restore a copy (see `db snapshot`) or "
            "choose another path with --db."
        )
    if "Permission denied" in text or "Read-only file system" in text:
        return StorageError(f"{file}: no permission; check the owner of the file and folder.")
    if isinstance(error, duckdb.IOException | duckdb.FatalException | duckdb.InternalException):
        return StorageError(f"{file}: {text.splitlines()[0]}; the batch was rolled back.")
    return None


def busy_sentence(text: str, file: Path) -> str:
    """Say who holds the file, from the words of DuckDB's own message."""
    found = _HOLDER.search(text)
    if found is None:
        return f"{file}: another process holds it; close that program, or wait and run again."
    user = f" of user {found['user'].rstrip('.')}" if found["user"] else ""
    return (
        f"{file}: held by {Path(found['program']).name} (process {found['pid']}{user}); "
        "close it, or wait and run again."
    )


def require_database(settings: Settings) -> None:
    """Refuse a database that is not there; a catalogue says so itself.

    Raises:
        UsageError: when there is no such file.
    """
    if not lake.is_lake(settings):
        require_file(settings.db)


def require_file(file: Path) -> None:
    """Refuse a database that is not there, for commands that only read.

    Raises:
        UsageError: when there is no such file.
    """
    if file.is_dir():
        raise UsageError(f"{file}: a folder; name the database file in it.")
    if not file.is_file():
        raise UsageError(f"{file}: no database there yet; `treatywatch run` makes one.")


def _connect(
    settings: Settings, path: Path | None, *, read_only: bool, patience: float
) -> Connection:
    limits = _limits(settings)
    if path is not None or not lake.is_lake(settings):
        file = path or settings.db
        return connect_patiently(file, limits, read_only=read_only, patience=patience)
    return _try_patiently(
        lambda: lake.connect_lake(settings, limits, read_only=read_only), settings.db, patience
    )


def connect_patiently(
    file: Path, limits: Mapping[str, Any], *, read_only: bool, patience: float
) -> Connection:
    """Connect, trying again for `patience` seconds while another process holds the file."""
    if not read_only and (not file.exists() or file.stat().st_size == 0):
        _create(file)
    return _try_patiently(
        lambda: duckdb.connect(str(file), read_only=read_only, config=dict(limits)), file, patience
    )


def _try_patiently(connect: Callable[[], Connection], file: Path, patience: float) -> Connection:
    until = time.monotonic() + patience
    pause = _FIRST_WAIT
    while True:
        try:
            return connect()
        except duckdb.Error as error:
            busy = isinstance(explain(error, file), DatabaseBusyError)
            if not busy or time.monotonic() + pause > until:
                raise
        time.sleep(pause)
        pause = min(pause * 2, _LONGEST_WAIT)


def _create(file: Path) -> None:
    """Make an empty database, whole or not at all: a full disk must not leave a broken one."""
    file.parent.mkdir(parents=True, exist_ok=True)
    beginning = file.with_name(f".{file.name}.{os.getpid()}.new")
    try:
        duckdb.connect(str(beginning)).close()
        if file.exists() and file.stat().st_size == 0:
            beginning.replace(file)
        # A link fails where another process was quicker, and then its file is as good.
        with contextlib.suppress(FileExistsError, FileNotFoundError):
            os.link(beginning, file)
    finally:
        beginning.unlink(missing_ok=True)


def _limits(settings: Settings) -> dict[str, Any]:
    config: dict[str, Any] = {
        "memory_limit": settings.storage.memory_limit,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    if settings.storage.threads:
        config["threads"] = settings.storage.threads
    return config


@contextmanager
def _quiet() -> Iterator[None]:
    try:
        yield
    except duckdb.Error:
        return
