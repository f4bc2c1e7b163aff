"""Texts from a person: files, web pages, standard input, lines of JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from treatywatch.classifiers.classify import TextToClassify
from treatywatch.config.settings import Settings
from treatywatch.news.errors import UsageError
from treatywatch.news.records import Feed, FeedEntry, Page, PendingPage
from treatywatch.news.text import normalise

MAX_CHARS = 5_000_000
_LANGUAGE_SAMPLE = 4_000


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line of input that cannot be classified, and why."""

    id: str | None
    error: str


def read_source(settings: Settings, source: str, language: str | None) -> TextToClassify:
    """Read a file or a web page; HTML is reduced to the article in it.

    Raises:
        UsageError: when there is no such file, or it is too large.
        FetchError: when the address cannot be fetched.
        ExtractionError: when the page holds no article, or reading it takes too long.
    """
    if source.startswith(("http://", "https://")):
        return _from_url(settings, source, language)
    path = Path(source)
    try:
        if path.stat().st_size > MAX_CHARS * 4:
            raise UsageError(f"{source}: larger than {MAX_CHARS * 4} bytes; split it.")
        body = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{source}: cannot be read ({error.strerror}); name a file.") from error
    return from_bytes(settings, body, source, language)


def from_bytes(
    settings: Settings, body: bytes, source: str, language: str | None
) -> TextToClassify:
    """Turn the bytes of a file into a text; HTML is reduced to the article in it.

    Raises:
        ExtractionError: when HTML holds no article, or reading it takes too long.
    """
    from treatywatch.extractors.decoding import decode

    text = decode(body)
    if not looks_like_html(text):  # no worker has to start for it
        return as_text(text, language)
    url = f"file:{source}"
    page = Page(url, url, 200, "text/html", None, body, datetime.now(UTC))
    return _from_page(settings, page, language)


def looks_like_html(text: str) -> bool:
    """Tell whether a text begins as a web page does."""
    start = text[:2000].lstrip("\ufeff \t\r\n").lower()
    return start.startswith(("<!doctype html", "<html", "<?xml")) or "<body" in start


def as_text(text: str, language: str | None, title: str = "", id: str = "") -> TextToClassify:
    """Return a text with its language found where it was not given; offsets are into its NFC."""
    from treatywatch.extractors.languages import detect_language

    body, head = normalise(text), normalise(title)
    found = language or detect_language(body.strip()[:_LANGUAGE_SAMPLE], head.strip(), "")[0]
    return TextToClassify(body, found, head, id)


def read_lines(
    lines: Iterable[str], language: str | None = None
) -> Iterator[TextToClassify | BadLine]:
    """Read JSON objects, one a line; a line that is none is a `BadLine` on its place.

    `language` is that of lines that name none; None finds it in the text.
    """
    for line in lines:
        if line.strip():
            yield read_line(line, language)


def read_line(line: str, language: str | None = None) -> TextToClassify | BadLine:
    """Read one line `{id, text, title?, language?}`."""
    if len(line) > MAX_CHARS:
        return BadLine(None, f"longer than {MAX_CHARS} characters")
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        return BadLine(None, f"not JSON: {error}"[:200])
    if not isinstance(record, dict):
        return BadLine(None, "must be an object with id and text")
    fault = _fault(record)
    given = record.get("id")
    if fault:
        return BadLine(_shown(given), fault)
    spoken = record.get("language") or language
    return as_text(record["text"], spoken, record.get("title") or "", str(given))


def _shown(given: Any) -> str | None:
    """Return an id as it may be written out, or None."""
    is_id = isinstance(given, str | int) and not isinstance(given, bool)
    return str(given).encode(errors="replace").decode() if is_id else None


def _fault(record: dict[str, Any]) -> str:
    if not isinstance(record.get("id"), str | int) or isinstance(record.get("id"), bool):
        return "'id' must be text"
    if not isinstance(record.get("text"), str):
        return "'text' must be text"
    for key in ("title", "language"):
        if not isinstance(record.get(key, ""), str | None):
            return f"'{key}' must be text"
    for key in ("id", "text", "title", "language"):
        if any("\ud800" <= c <= "\udfff" for c in str(record.get(key) or "")):
            return f"'{key}' holds half of a surrogate pair"
    return ""


def _from_url(settings: Settings, url: str, language: str | None) -> TextToClassify:
    from treatywatch.extractors.engine import Fetcher
    from treatywatch.extractors.visits import page_of

    with Fetcher(settings) as fetcher:
        page = page_of(fetcher.get(url))
    return _from_page(settings, page, language)


def _from_page(settings: Settings, page: Page, language: str | None) -> TextToClassify:
    from treatywatch.extractors.reader import read_one

    feed = Feed("asked", "", page.url, language or "")
    pending = PendingPage(FeedEntry("asked", "asked", page.url, page.url, "", ""), feed)
    article = read_one(settings.extract, pending, page)
    return TextToClassify(article.text, language or article.language, article.title)
