"""WARC files: the HTML responses in them, record by record, whatever else is damaged."""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Generator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from treatywatch.extractors import decoding
from treatywatch.extractors.archives import GZIP_MAGIC, Capture, SourceKind, Step, file_identity
from treatywatch.extractors.urls import is_fetchable
from treatywatch.extractors.warc_framing import GzipMembers, Place, PlainRecords, place_of
from treatywatch.extractors.warc_records import DamagedRecordError, Record, next_record
from treatywatch.news.records import Failure, Page

_HTML_TYPES = ("text/html", "application/xhtml+xml")
_GOOD_STATUS = re.compile(r"2\d\d", re.ASCII)
_FIRST_YEAR, _LAST_YEAR = 1990, 2200  # of a capture
_DAMAGE = (zlib.error, EOFError, ValueError, OSError)

Walk = Generator[Step, None, Place | None]
"""Steps, and at the end the place where to go on."""


class WarcFile:
    """One WARC file. Units are bytes of the file as it lies on the disk."""

    kind: SourceKind = "warc"

    def __init__(
        self, path: Path, max_page_bytes: int, now: datetime, since: datetime | None = None
    ) -> None:
        self.path = path
        self.name = path.name
        self.total = path.stat().st_size
        self.identity = file_identity(path)
        self._limit = max_page_bytes
        self._now = now
        self._since = since
        self._done = 0

    def steps(self, cursor: str) -> Iterator[Step]:
        """Give the records after a cursor; damage is a step too, and the rest is read on."""
        with self.path.open("rb") as file:
            is_gzip = file.read(2) == GZIP_MAGIC or self.name.lower().endswith(".gz")
            framing = GzipMembers(file) if is_gzip else PlainRecords(file)
            place: Place | None = place_of(cursor)
            self._done = 0
            while place is not None and place.offset < self.total:
                place = yield from self._stretch(framing, place)

    def _stretch(self, framing: GzipMembers | PlainRecords, place: Place) -> Walk:
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

    def _step(self, after: Place, done: int, item: Capture | Failure | None) -> Step:
        self._done = max(self._done, done)  # what is read ahead may have to be read again
        return Step(str(after), self._done, item)

    def _wants(self, headers: Any) -> bool:
        if (headers.get_header("WARC-Type") or "").lower() != "response":
            return False
        captured = _instant(headers.get_header("WARC-Date"))
        return not (self._since and captured and captured < self._since)

    def _item(self, record: Record, place: Place) -> Capture | Failure | None:
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
            return self._failure(place, "malformed", "a record without a usable date")
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

    def _failure(self, place: Place, error_class: str, message: str) -> Failure:
        where = f"{self.name}, record at byte {place}"
        return Failure("extract", where, error_class, message, self._now)


def _dechunked(body: bytes) -> bytes:
    from warcio.bufferedreaders import ChunkedDataReader

    whole: bytes = ChunkedDataReader(io.BytesIO(body)).read()
    return whole


def _instant(text: str | None) -> datetime | None:
    try:
        at = datetime.fromisoformat(text or "")
        at = at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError):  # another zone can lead out of the calendar
        return None
    return at if _FIRST_YEAR <= at.year <= _LAST_YEAR else None


def _words(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
