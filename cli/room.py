"""Whether a run can write where it is to; else Prefect's server is waited for, minutes, in vain."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

LEAST_ROOM = 10_000_000  # bytes; the records of Prefect's own server take half of it


def check_room(db: Path) -> None:
    """Refuse a place where the database, or Prefect's own server, could not keep its records.

    Raises:
        OSError: it names the folder, or the file that stands where a folder is to be; those
            that do not exist yet are not looked at.
    """
    _check(db.parent)
    if "PREFECT_API_URL" not in os.environ:
        _check(Path(os.environ.get("PREFECT_HOME") or db.parent / ".prefect"))


def _check(folder: Path) -> None:
    folder = folder.absolute()
    place = next(each for each in (folder, *folder.parents) if each.exists())
    if not place.is_dir():
        raise OSError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(place))
    if not os.access(place, os.W_OK | os.X_OK):
        raise OSError(errno.EACCES, os.strerror(errno.EACCES), str(place))
    if shutil.disk_usage(place).free < LEAST_ROOM:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(place))
