"""Lists of addresses, one a line: a source whose pages are fetched now."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from treatywatch.extractors.archives import Link, SourceKind, Step, file_identity, plain_stream
from treatywatch.extractors.urls import MAX_URL_CHARS, is_fetchable
from treatywatch.news.records import Failure

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
        with self.path.open("rb") as raw, plain_stream(raw) as file:
            for number, line in enumerate(_lines(file), 1):
                if number > behind:
                    item = self._item(line, number)
                    yield Step(str(number), raw.tell(), item)

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
