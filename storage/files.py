"""Files as large as the database: copied while it is held, and cleared away when half made."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from treatywatch.storage.database import take_turn

if TYPE_CHECKING:  # the process of a query reads no settings, and they take it 0.3 s to load
    from treatywatch.config.settings import Settings

_PORTION = 1024 * 1024
# What `written_whole` calls them, and the log that DuckDB writes beside one.
_UNFINISHED = re.compile(r"\..+\.(\d+)\.tmp(\.wal)?")
# A process that does not show here may live in another container or on another machine: what
# it writes changes all the time, and nothing takes a day to write.
_STILL, _DAY = 600.0, 86400.0  # seconds


@contextmanager
def copying(settings: Settings) -> Iterator[Callable[[Path], None]]:
    """Yield what copies the database file while a connection opened in this block holds it.

    A process that closes a file gives up its locks on it, DuckDB's too: what was copied from is
    closed after that connection.
    """
    with take_turn(settings.db, settings.storage.lock_timeout), ExitStack() as closed_last:

        def copy(target: Path) -> None:
            source = closed_last.enter_context(settings.db.open("rb"))
            with target.open("wb") as file:
                shutil.copyfileobj(source, file, _PORTION)

        yield copy


def drop_unfinished(folder: Path, start: str, now: float) -> list[Path]:
    """Delete files half written by processes that are gone, and return them.

    `start` is what their whole names begin with; `now` is in seconds, as of the files' times.
    """
    found = [(path, _UNFINISHED.fullmatch(path.name)) for path in folder.glob(".*.tmp*")]
    left = [
        path
        for path, match in found
        if match and path.name.startswith(f".{start}") and _is_left(path, int(match[1]), now)
    ]
    for path in left:
        path.unlink(missing_ok=True)
    return left


def _is_left(path: Path, pid: int, now: float) -> bool:
    try:
        age = abs(now - path.stat().st_mtime)  # a clock that was wrong may have stamped it
    except FileNotFoundError:
        return False
    return age > _DAY or (age > _STILL and not psutil.pid_exists(pid))
