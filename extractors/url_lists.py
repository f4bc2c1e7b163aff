"""Lists of addresses, one a line: a source whose pages are fetched now."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from treatywatch.extractors.archives import Link, SourceKind, Step, file_identity, plain_stream
from treatywatch.extractors.urls import MAX_URL_CHARS, is_fetchable
from treatywatch.news.records import Failure

_DAMAGE = (EOFError, zlib.error, OSError)
_MAX_LINE = 2 * MAX_URL_CHARS


class UrlList:
    """A text file with one address a line; `#` begins a comment, what follows a space is left."""

    kind: SourceKind = "urls"

    def __init__(self, path: Path, now: datetime) -> None:
        self.path = path
        self.name = path.name
        self.total = path.stat().st_size
        self.identity = file_identity(path)
        self._now = now

    def steps(self, cursor: str) -> Iterator[Step]:
        """Give the addresses after a line."""
        behind = int(cursor or 0)
        number = 0
        with self.path.open("rb") as raw, plain_stream(raw) as file:
            try:
                for number, line in enumerate(_lines(file), 1):
                    if number > behind:
                        yield Step(str(number), raw.tell(), self._item(line, number))
            except _DAMAGE as error:
                # What is missing may still arrive: the cursor stays behind the last whole line.
                yield Step(str(max(number, behind)), self.total, self._damage(number, error))

    def _damage(self, number: int, error: Exception) -> Failure:
        where = f"{self.name}, after line {number}"
        why = " ".join(str(error).split())[:200]
        return Failure("page", where, "malformed", f"damaged or cut off ({why})", self._now)

    def _item(self, line: bytes, number: int) -> Link | Failure | None:
        words = line.decode("utf-8-sig" if number == 1 else "utf-8", "replace").split(None, 1)
        if not words or words[0].startswith("#"):
            return None
        if is_fetchable(words[0]):
            return Link(words[0])
        where = f"{self.name}, line {number}"
        return Failure("page", where, "malformed", f"no address: {words[0][:80]!r}", self._now)


def _lines(file: BinaryIO) -> Iterator[bytes]:
    """Give the lines of a file; one that is longer than any address is cut."""
    while line := file.readline(_MAX_LINE):
        yield line
        while len(line) == _MAX_LINE and not line.endswith(b"\n"):
            line = file.readline(_MAX_LINE)
