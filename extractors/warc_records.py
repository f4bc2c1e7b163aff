"""One record of a WARC file, read whole and bounded in size; warcio reads headers and chunks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

CHUNK = 1 << 16
_MAX_LINE = 1 << 16
_MAX_HEADERS = 1 << 18

Stream = Any  # buffered, with `peek`


class DamagedRecordError(Exception):
    """What stands here is no whole record."""


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
        if not block.read(CHUNK):
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
    room = limit + limit // 4 + CHUNK  # chunk marks take room too
    pieces: list[bytes] = []
    while room > 0 and (piece := block.read(min(CHUNK, room))):
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
    while head := stream.peek(CHUNK):
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
