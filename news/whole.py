"""Files that a reader sees old or new, never half."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def written_whole(path: Path, *, synced: bool = False) -> Iterator[Path]:
    """Yield a file beside `path` to write, which takes its place at the end; on an error it goes.

    With `synced` the disk holds it before it takes that place.

    Raises:
        OSError: it cannot take the place.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        yield temporary
        if synced:
            with temporary.open("rb") as file:
                os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        with suppress(OSError):  # what kept it from being written
            temporary.unlink()
