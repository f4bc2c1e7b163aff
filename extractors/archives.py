"""What a source of the past gives: steps, each with a page, an address, a failure or nothing.

A step carries the cursor after it. A source taken up again at a cursor gives the steps that come
after it, so that a backfill which was killed goes on at the very next record.
"""

from __future__ import annotations

import gzip
import hashlib
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Literal, Protocol

from treatywatch.extractors.urls import is_fetchable
from treatywatch.news.errors import UsageError
from treatywatch.news.records import Failure, Page

SourceKind = Literal["warc", "folder", "urls", "sitemap"]
GZIP_MAGIC = b"\x1f\x8b"
HEAD_BYTES = 65_536
_WARC_NAMES = (".warc", ".warc.gz")
_SITEMAP_ROOT = re.compile(rb"<(?:\w{1,20}:)?(?:urlset|sitemapindex)\b")
_SITEMAP_PATH = re.compile(r"sitemap|\.xml(?:\.gz)?(?:\?|$)|/robots\.txt$", re.I)


@dataclass(frozen=True, slots=True)
class Capture:
    """A page kept from the past. `is_named`: its address is known; else it is read from it."""

    url: str
    page: Page
    is_named: bool = True


@dataclass(frozen=True, slots=True)
class Link:
    """The address of a page to fetch now, with what its list says of it."""

    url: str
    title: str = ""
    published_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One step through a source. `done` of the source's `total` units lie behind it."""

    cursor: str
    done: int
    item: Capture | Link | Failure | None = None  # None: a record that is no page


class Source(Protocol):
    """Somewhere the past can be read from."""

    @property
    def name(self) -> str:
        """Return what people call it."""

    @property
    def kind(self) -> SourceKind:
        """Return what it is."""

    @property
    def identity(self) -> str:
        """Return what makes it the same source when it is given again."""

    @property
    def total(self) -> int:
        """Return how many units it holds, as far as is known now; 0: not known yet."""

    def steps(self, cursor: str) -> Iterator[Step]:
        """Give the steps after a cursor; "" starts at the beginning."""


def kind_of(place: str) -> SourceKind:
    """Tell what a source is, from its name and first bytes.

    Raises:
        UsageError: when it is nothing that can be read.
    """
    if re.match(r"[a-z][a-z0-9+.-]*://", place, re.I):
        return _kind_of_address(place)
    path = Path(place)
    if path.is_dir():
        return "folder"
    try:
        head = first_bytes(path)
    except OSError as error:
        why = error.strerror or "not readable"
        raise UsageError(f"{place}: {why}; name a file, a folder or an address.") from error
    if path.name.lower().endswith(_WARC_NAMES) or head.startswith(b"WARC/"):
        return "warc"
    if _SITEMAP_ROOT.search(head):
        return "sitemap"
    if b"\x00" in head or not _looks_like_a_list(head):
        raise UsageError(
            f"{place}: neither a WARC file, a sitemap nor a list of addresses (one a line)."
        )
    return "urls"


def _kind_of_address(place: str) -> SourceKind:
    if not is_fetchable(place):
        raise UsageError(f"{place}: not an address that can be fetched; use http or https.")
    if place.lower().endswith(_WARC_NAMES):
        raise UsageError(f"{place}: download the WARC file first and name the file.")
    if not _SITEMAP_PATH.search(place):
        raise UsageError(
            f"{place}: not the address of a sitemap or a robots.txt; "
            "put addresses of single pages in a file, one a line."
        )
    return "sitemap"


def _looks_like_a_list(head: bytes) -> bool:
    lines = [line.strip() for line in head.splitlines() if line.strip()]
    wanted = [line for line in lines if not line.startswith(b"#")]
    return not lines or any(re.match(rb"\xef\xbb\xbf?https?://|https?://", w) for w in wanted[:50])


def first_bytes(path: Path) -> bytes:
    """Return the first bytes of a file, decompressed as far as they can be."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if not head.startswith(GZIP_MAGIC):
        return head
    try:
        return zlib.decompressobj(31).decompress(head, HEAD_BYTES)
    except zlib.error:
        return b""


def file_identity(path: Path) -> str:
    """Return what stays the same when a file is moved, or grows because it was still arriving."""
    with path.open("rb") as file:
        return hashlib.sha256(file.read(HEAD_BYTES)).hexdigest()[:32]


def plain_stream(raw: BinaryIO) -> BinaryIO:
    """Return a file's content as a stream, decompressed where it is gzipped."""
    head = raw.read(2)
    raw.seek(0)
    return gzip.GzipFile(fileobj=raw) if head == GZIP_MAGIC else raw  # type: ignore[return-value]
