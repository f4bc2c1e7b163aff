"""Writing files whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from treatywatch.news.errors import TreatywatchError


def write_whole(contents: Mapping[Path, bytes]) -> None:
    """Write files of one folder so that a reader sees each old or new, never half.

    All are written under temporary names before the first takes its place.

    Raises:
        TreatywatchError: when the folder cannot be written to.
    """
    waiting: dict[Path, str] = {}
    try:
        for path, content in contents.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            waiting[path] = _write_beside(path, content)
        for path in tuple(waiting):
            os.replace(waiting[path], path)  # noqa: PTH105
            del waiting[path]
    except OSError as error:
        folder = next(iter(contents)).parent
        raise TreatywatchError(
            f"{folder}: cannot be written ({error.strerror}); free space or choose another folder."
        ) from error
    finally:
        for left in waiting.values():
            Path(left).unlink(missing_ok=True)


def _write_beside(path: Path, content: bytes) -> str:
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            # mkstemp's 0600 would hide the digest from a web server.
            os.fchmod(file.fileno(), 0o644)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return name
