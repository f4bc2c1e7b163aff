"""WARC files: the HTML responses in them, record by record, whatever else is damaged.

The framing is done here, because a place in the file must be kept after each record, a damaged
member must cost that member alone, and sizes must be bounded; warcio reads headers and chunks.
"""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from treatywatch.extractors import decoding
from treatywatch.extractors.archives import GZIP_MAGIC, Capture, SourceKind, Step, file_identity
from treatywatch.extractors.urls import is_fetchable
from treatywatch.news.records import Failure, Page

_CHUNK = 1 << 16
_MAX_LINE = 1 << 16
_MAX_HEADERS = 1 << 18
_SEARCH_BYTES = 1 << 20
_HTML_TYPES = ("text/html", "application/xhtml+xml")
_GOOD_STATUS = re.compile(r"2\d\d", re.ASCII)
_DAMAGE = (zlib.error, EOFError, ValueError, OSError)


Stream = Any  # buffered, with `peek`


class DamagedRecordError(Exception):
    """What stands here is no whole record."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a record begins: the offset of its gzip member (or its own), and its number there."""

    offset: int
    number: int = 0

    def __str__(self) -> str:
        return f"{self.offset}:{self.number}"


Walk = Generator[Step, None, _Place | None]
"""Steps, and at the end the place where to go on."""


def _place_of(cursor: str) -> _Place:
    offset, _, number = cursor.partition(":")
    return _Place(int(offset or 0), int(number or 0))


class WarcFile:
    """One WARC file. Units are bytes of the file as it lies on the disk."""

    kind: SourceKind = "warc"

    def __init__(self, path: Path, max_page_bytes: int, since: datetime | None = None) -> None:
        self.path = path
        self.name = path.name
        self.total = path.stat().st_size
        self.identity = file_identity(path)
        self._limit = max_page_bytes
        self._since = since
        self._done = 0

    def steps(self, cursor: str) -> Iterator[Step]:
        """Give the records after a cursor; damage is a step too, and the rest is read on."""
        with self.path.open("rb") as file:
            is_gzip = file.read(2) == GZIP_MAGIC or self.name.lower().endswith(".gz")
            framing = _Members(file) if is_gzip else _Plain(file)
            place: _Place | None = _place_of(cursor)
            self._done = 0
            while place is not None and place.offset < self.total:
                place = yield from self._stretch(framing, place)

    def _stretch(self, framing: _Members | _Plain, place: _Place) -> Walk:
        """Give the records of one member, or of the whole plain file; return where to go on."""
        begun = place.offset
        try:
            stream = framing.open(place)
            while (record := next_record(stream, self._wants, self._limit)) is not None:
                after = framing.after(place)
                yield self._step(after, framing.reached(), self._item(record, place))
                place = after
            return framing.next_place()
        except (DamagedRecordError, *_DAMAGE) as error:
            following = framing.resume_after(begun, place)
            failure = self._failure(place, "malformed", f"a damaged record ({_words(error)})")
            # A file may still be arriving: its cut-off end is looked at again.
            after = place if following is None else following
            yield self._step(after, following.offset if following else self.total, failure)
            return following

    def _step(self, after: _Place, done: int, item: Capture | Failure | None) -> Step:
        self._done = max(self._done, done)  # what is read ahead may have to be read again
        return Step(str(after), self._done, item)

    def _wants(self, headers: Any) -> bool:
        if (headers.get_header("WARC-Type") or "").lower() != "response":
            return False
        captured = _instant(headers.get_header("WARC-Date"))
        return not (self._since and captured and captured < self._since)

    def _item(self, record: Record, place: _Place) -> Capture | Failure | None:
        """Return the page of a record; None when it holds none."""
        if record.payload is None or record.http is None:
            return None
        url = (record.warc.get_header("WARC-Target-URI") or "").strip("<> ")
        status = record.http.get_statuscode() or ""
        media, _, rest = (record.http.get_header("content-type") or "").lower().partition(";")
        if not (
            _GOOD_STATUS.fullmatch(status) and media.strip() in _HTML_TYPES and is_fetchable(url)
        ):
            return None
        at = _instant(record.warc.get_header("WARC-Date"))
        if at is None:
            return self._failure(place, "malformed", "a record without a date")
        body = self._body(record)
        if body is None or len(body) > self._limit:
            return Failure("page", url, "too_large", f"more than {self._limit} bytes", at)
        charset = rest.partition("charset=")[2].split(";")[0].strip(" \"'")[:40] or None
        page = Page(url, url, int(status), media.strip(), charset, body, at)
        return Capture(url, page)

    def _body(self, record: Record) -> bytes | None:
        """Undo what the server did to the body; some crawlers undid it and kept the header."""
        assert record.payload is not None
        assert record.http is not None
        body = record.payload
        if (record.http.get_header("transfer-encoding") or "").lower() == "chunked":
            body = _dechunked(body)
        encoding = record.http.get_header("content-encoding") or ""
        try:
            return decoding.decompress(body, encoding, self._limit)
        except decoding.BodyTooLargeError:
            return None
        except decoding.BodyDamagedError:
            return body

    def _failure(self, place: _Place, error_class: str, message: str) -> Failure:
        where = f"{self.name}, record at byte {place}"
        return Failure("extract", where, error_class, message, datetime.now(UTC))


# --- framing -----------------------------------------------------------------------------------


class _Members:
    """Gzip members one after another, as WARC files are compressed; a record each, as a rule."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._raw = _Member(file)
        self._stream: Stream = io.BufferedReader(self._raw, _CHUNK)

    def open(self, place: _Place) -> Stream:
        self._file.seek(place.offset)
        self._raw = _Member(self._file)
        self._stream = io.BufferedReader(self._raw, _CHUNK)
        for _ in range(place.number):
            if next_record(self._stream, lambda _headers: False, 0) is None:
                break
        return self._stream

    def after(self, place: _Place) -> _Place:
        # A record that ended its member is followed by the next member.
        if self._raw.end is not None and not self._stream.peek(1):
            return _Place(self._raw.end)
        return _Place(place.offset, place.number + 1)

    def reached(self) -> int:
        return self._file.tell()

    def next_place(self) -> _Place | None:
        return None if self._raw.end is None else _Place(self._raw.end)

    def resume_after(self, begun: int, _place: _Place) -> _Place | None:
        """Find the next member that begins with a record."""
        for offset in _found(self._file, GZIP_MAGIC + b"\x08", begun + 1):
            self._file.seek(offset)
            try:
                start = zlib.decompressobj(31).decompress(self._file.read(_CHUNK), 5)
            except zlib.error:
                continue
            if start == b"WARC/":
                return _Place(offset)
        return None


class _Plain:
    """Records one after another."""

    def __init__(self, file: io.BufferedReader) -> None:
        self._file = file

    def open(self, place: _Place) -> Stream:
        self._file.seek(place.offset)
        return self._file

    def after(self, _place: _Place) -> _Place:
        return _Place(self._file.tell())

    def reached(self) -> int:
        return self._file.tell()

    def next_place(self) -> _Place | None:
        return None

    def resume_after(self, _begun: int, place: _Place) -> _Place | None:
        """Find the next line that begins a record; a wrong length may have hidden it."""
        for offset in _found(self._file, b"\nWARC/", place.offset + 1):
            return _Place(offset + 1)
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
            chunk = waiting or self._file.read(_CHUNK)
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


# --- one record --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Record:
    """One record; headers are warcio's. `payload` is None where it was not wanted."""

    warc: Any
    http: Any = None
    payload: bytes | None = None


def next_record(stream: Any, wants: Any, limit: int) -> Record | None:
    """Read one whole record; None at the end of the stream.

    The payload is kept of the records that `wants` accepts, at most a little more than `limit`
    bytes of it.

    Raises:
        DamagedRecordError: what stands here is no whole record.
        zlib.error, EOFError: the compression around it is damaged or cut off.
    """
    from warcio.limitreader import LimitReader

    if not _skip_blank_lines(stream):
        return None
    headers = _headers(LimitReader(stream, _MAX_HEADERS))
    length = headers.get_header("Content-Length") or ""
    if not length.isdecimal() or len(length) > 15:
        raise DamagedRecordError("no length")
    block = LimitReader(stream, int(length))
    http, payload = _response(block, limit) if wants(headers) else (None, None)
    while block.limit:
        if not block.read(_CHUNK):
            raise DamagedRecordError("the file ends inside it")
    if not _at_a_boundary(stream):
        raise DamagedRecordError("its length is wrong")
    return Record(headers, http, payload)


def _headers(stream: Any) -> Any:
    from warcio.statusandheaders import StatusAndHeadersParser, StatusAndHeadersParserException

    parser = StatusAndHeadersParser(["WARC/1.", "WARC/0."])
    try:
        found = parser.parse(_ShortLines(stream))
    except StatusAndHeadersParserException as error:
        raise DamagedRecordError("no WARC header") from error
    return found


def _response(block: Any, limit: int) -> tuple[Any, bytes | None]:
    from warcio.limitreader import LimitReader
    from warcio.statusandheaders import StatusAndHeadersParser

    head = LimitReader(block, min(block.limit, _MAX_HEADERS))
    try:
        http = StatusAndHeadersParser(["HTTP/"], verify=False).parse(_ShortLines(head))
    except EOFError:  # an empty block
        return None, None
    room = limit + limit // 4 + _CHUNK  # chunk marks take room too
    pieces: list[bytes] = []
    while room > 0 and (piece := block.read(min(_CHUNK, room))):
        pieces.append(piece)
        room -= len(piece)
    return http, b"".join(pieces)


class _ShortLines:
    """Reads lines, none longer than a header line may be."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def readline(self) -> bytes:
        line: bytes = self._stream.readline(_MAX_LINE)
        return line


def _skip_blank_lines(stream: Any) -> bool:
    """Go to the next record; False at the end of the stream."""
    while head := stream.peek(_CHUNK):
        rest = head.lstrip(b"\r\n")
        stream.read(len(head) - len(rest))
        if rest:
            return True
    return False


def _at_a_boundary(stream: Any) -> bool:
    """Tell whether a record ends here: blank lines, then another record or the end."""
    if not _skip_blank_lines(stream):
        return True
    start: bytes = stream.peek(5)[:5]
    return b"WARC/".startswith(start)


def _dechunked(body: bytes) -> bytes:
    from warcio.bufferedreaders import ChunkedDataReader

    whole: bytes = ChunkedDataReader(io.BytesIO(body)).read()
    return whole


def _instant(text: str | None) -> datetime | None:
    try:
        at = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


def _words(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
