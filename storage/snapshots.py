"""Consistent copies for readers: whole or not at all, kept for some days."""

from __future__ import annotations

import logging
import re
import time
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import duckdb

from treatywatch.config.settings import Settings
from treatywatch.news.errors import StorageError, UsageError
from treatywatch.news.whole import written_whole
from treatywatch.storage import lake
from treatywatch.storage.database import (
    open_database,
    require_database,
    require_file,
    transaction,
)
from treatywatch.storage.files import copying, drop_unfinished
from treatywatch.storage.migrations import renew_views
from treatywatch.storage.rows import literal

_NAME = re.compile(r"snapshot-(\d{8}T\d{6})Z\.duckdb")
_STAMP = "%Y%m%dT%H%M%S"
_AHEAD = timedelta(days=1)
logger = logging.getLogger(__name__)


def folder(settings: Settings) -> Path:
    """Return the folder of the copies of one database."""
    return settings.db.with_name(settings.db.stem + ".snapshots")


def make(settings: Settings, now: datetime) -> Path:
    """Copy the database for readers and drop copies past their days; return the copy.

    The database is held only while its file is copied, after its log was written into it.

    Raises:
        DatabaseBusyError, StorageError: nothing was left half-made.
    """
    require_database(settings)
    place = folder(settings)
    target = place / f"snapshot-{now.astimezone(UTC).strftime(_STAMP)}Z.duckdb"
    copy = _copy_lake if lake.is_lake(settings) else _copy_file
    try:
        place.mkdir(parents=True, exist_ok=True)
        with written_whole(target, synced=True) as temporary:
            copy(settings, temporary)
    except OSError as error:
        raise _unwritten(target, error) from error
    drop_old(settings, now)
    return target


def latest(settings: Settings, now: datetime | None = None) -> Path | None:
    """Return the newest copy, or None; `now` is the clock's where it is not told.

    One stamped more than a day ahead is of a clock that was wrong: it is left out and told of,
    unless all are, when the clock of today is as likely the wrong one.
    """
    found = all_of(settings)
    until = (now or datetime.now(UTC)) + _AHEAD
    timely = [path for path in found if (taken_at(path) or until) <= until]
    if not timely:
        return found[-1] if found else None
    for path in found[len(timely) :]:
        _tell_of(path)
    return timely[-1]


def all_of(settings: Settings) -> list[Path]:
    """Return the copies, oldest first."""
    place = folder(settings)
    if not place.is_dir():
        return []
    return sorted(path for path in place.iterdir() if _NAME.fullmatch(path.name))


def for_reading(settings: Settings) -> Path:
    """Return what readers read: the newest copy, or the live file where none is kept up to date.

    Raises:
        UsageError: there is no database.
    """
    copy = latest(settings)
    if copy is not None and (settings.storage.snapshot or lake.is_lake(settings)):
        return copy
    if lake.is_lake(settings):
        raise UsageError(
            "there is no copy of the catalogue for readers yet; `treatywatch db snapshot` "
            "makes one."
        )
    require_file(settings.db)
    return settings.db


def taken_at(path: Path) -> datetime | None:
    """Return when a copy was made, from its name; None for the live file."""
    match = _NAME.fullmatch(path.name)
    return datetime.strptime(match[1], _STAMP).replace(tzinfo=UTC) if match else None


def drop_old(settings: Settings, now: datetime) -> list[Path]:
    """Delete copies older than `storage.snapshot_days`, never the newest; return them.

    What killed processes left half-made goes too.
    """
    before = now - timedelta(days=settings.storage.snapshot_days)
    newest = latest(settings, now)
    old = [p for p in all_of(settings) if p != newest and (taken_at(p) or now) < before]
    for path in old:
        path.unlink(missing_ok=True)
    drop_unfinished(folder(settings), "snapshot-", time.time())
    return old


@cache
def _tell_of(path: Path) -> None:
    """Tell of a copy that is left out, once a process."""
    logger.warning(
        "%s: a copy stamped ahead of the clock, left out; delete it if the clock is right.", path
    )


def _copy_file(settings: Settings, target: Path) -> None:
    with copying(settings) as copy, open_database(settings, read_only=False) as connection:
        # The connection keeps other writers out while the file is copied.
        connection.execute("CHECKPOINT")
        try:
            copy(target)
        except OSError as error:  # of the copy; as one of the database it would be misnamed
            raise _unwritten(target.parent, error) from error


def _copy_lake(settings: Settings, target: Path) -> None:
    """Copy one consistent state of a catalogue into a plain file."""
    with open_database(settings, read_only=True) as connection, transaction(connection):
        connection.execute(f"ATTACH {literal(target)} AS copy")
        connection.execute(f"COPY FROM DATABASE {lake.NAME} TO copy")
    # Comments on the columns of views stay behind; the copy gets them from this version.
    with duckdb.connect(str(target)) as copy:
        renew_views(copy)


def _unwritten(place: Path, error: OSError) -> StorageError:
    return StorageError(
        f"{place}: the copy for readers cannot be written ({error.strerror}); free space or mend "
        "its permissions, then `treatywatch db snapshot`."
    )
