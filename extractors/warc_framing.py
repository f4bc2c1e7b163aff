"""Where the records of a WARC file lie: gzip members or plain records one after another.

The framing is done here, because a place in the file must be kept after each record, and a damaged
member must cost that member alone.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from treatywatch.extractors.archives import GZIP_MAGIC
from treatywatch.extractors.warc_records import CHUNK, Stream, next_record

_SEARCH_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record begins: the offset of its gzip member (or its own), and its number there."""

    offset: int
    number: int = 0

    def __str__(self) -> str:
        return f"{self.offset}:{self.number}"


def place_of(cursor: str) -> Place:
    """Read a cursor; an empty one is the beginning of the file."""
    offset, _, number = cursor.partition(":")
    return Place(int(offset or 0), int(number or 0))


class GzipMembers:
    """Gzip members one after another, as WARC files are compressed; a record each, as a rule."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._raw = _Member(file)
        self._stream: Stream = io.BufferedReader(self._raw, CHUNK)

    def open(self, place: Place) -> Stream:
        """Return a stream that begins with the record of a place."""
        self._file.seek(place.offset)
        self._raw = _Member(self._file)
        self._stream = io.BufferedReader(self._raw, CHUNK)
        for _ in range(place.number):
            if next_record(self._stream, lambda _headers: False, 0) is None:
                break
        return self._stream

    def after(self, place: Place) -> Place:
        """Return the place after the record that was just read."""
        # A record that ended its member is followed by the next member.
        if self._raw.end is not None and not self._stream.peek(1):
            return Place(self._raw.end)
        return Place(place.offset, place.number + 1)

    def reached(self) -> int:
        """Return how far the file was read, what was read ahead included."""
        return self._file.tell()

    def next_place(self) -> Place | None:
        """Return where the next member begins; None when this one did not end."""
        return None if self._raw.end is None else Place(self._raw.end)

    def resume_after(self, begun: int, _place: Place) -> Place | None:
        """Find the next member that begins with a record."""
        for offset in _found(self._file, GZIP_MAGIC + b"\x08", begun + 1):
            self._file.seek(offset)
            try:
                start = zlib.decompressobj(31).decompress(self._file.read(CHUNK), 5)
            except zlib.error:
                continue
            if start == b"WARC/":
                return Place(offset)
        return None


class PlainRecords:
    """Records one after another."""

    def __init__(self, file: io.BufferedReader) -> None:
        self._file = file

    def open(self, place: Place) -> Stream:
        """Return a stream that begins with the record of a place."""
        self._file.seek(place.offset)
        return self._file

    def after(self, _place: Place) -> Place:
        """Return the place after the record that was just read."""
        return Place(self._file.tell())

    def reached(self) -> int:
        """Return how far the file was read, what was read ahead included."""
        return self._file.tell()

    def next_place(self) -> Place | None:
        """Return None: the records of a plain file are one stretch."""
        return None

    def resume_after(self, _begun: int, place: Place) -> Place | None:
        """Find the next line that begins a record; a wrong length may have hidden it."""
        for offset in _found(self._file, b"\nWARC/", place.offset + 1):
            return Place(offset + 1)
        return None


class _Member(io.RawIOBase):
    """One gzip member, decompressed as it is read."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__()
        self._file = file
        self._inflate = zlib.decompressobj(31)
        self.end: int | None = None  # where the next member begins, once this one is through

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer with what the member holds next.

        Raises:
            EOFError: the file ends inside the member.
            zlib.error: the member is damaged.
        """
        while self.end is None:
            waiting = self._inflate.unconsumed_tail
            chunk = waiting or self._file.read(CHUNK)
            piece = self._inflate.decompress(chunk, len(buffer))
            if not (chunk or piece or self._inflate.eof):
                raise EOFError("the file ends inside it")
            if self._inflate.eof:
                self.end = self._file.tell() - len(self._inflate.unused_data)
            if piece:
                buffer[: len(piece)] = piece
                return len(piece)
        return 0


def _found(file: BinaryIO, mark: bytes, start: int) -> Iterator[int]:
    """Give the offsets at which a mark stands, from `start` on."""
    offset, kept = start, b""
    while True:
        file.seek(offset + len(kept))
        block = file.read(_SEARCH_BYTES)
        if not block:
            return
        window = kept + block
        at = window.find(mark)
        while at >= 0:
            yield offset + at
            at = window.find(mark, at + 1)
        kept = window[-(len(mark) - 1) :]
        offset += len(window) - len(kept)
