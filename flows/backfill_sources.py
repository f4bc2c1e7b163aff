"""What a backfill was asked to take in: places to sources, and what each is known by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from treatywatch.config.settings import Settings
from treatywatch.extractors.archives import Source, kind_of
from treatywatch.extractors.captures import BACKFILL_PREFIX
from treatywatch.extractors.folders import Folder
from treatywatch.extractors.sitemaps import Get, SitemapTree, Span
from treatywatch.extractors.url_lists import UrlList
from treatywatch.extractors.warc import WarcFile
from treatywatch.news.errors import UsageError
from treatywatch.news.records import LANGUAGES
from treatywatch.news.text import stable_id
from treatywatch.news.weekly import iso_day


@dataclass(frozen=True, slots=True)
class BackfillOrder:
    """What is to be taken in, as asked and as understood.

    `language` is "" when the pages are to tell; `again` reads what was read before once more.
    """

    places: tuple[str, ...]
    span: Span
    since: str | None = None
    until: str | None = None
    language: str = ""
    again: bool = False


def order_of(
    places: Sequence[str],
    days: tuple[str | None, str | None],
    zone: ZoneInfo,
    language: str | None = None,
    again: bool = False,
) -> BackfillOrder:
    """Check what was asked for; `days` are the first and the last.

    Raises:
        UsageError: when a place, a day or the language cannot be used.
    """
    if not places:
        raise UsageError("name a source: a WARC file, a sitemap, a list of addresses or a folder.")
    if language and language not in LANGUAGES:
        raise UsageError(f"--language {language}: it must be one of {', '.join(LANGUAGES)}.")
    for place in places:
        kind_of(place)
    span = _span(days, zone)
    return BackfillOrder(tuple(dict.fromkeys(places)), span, *days, language or "", again)


def _span(days: tuple[str | None, str | None], zone: ZoneInfo) -> Span:
    first, last = _day(days[0], "--since"), _day(days[1], "--until")
    if first and last and last < first:
        raise UsageError(f"--until {last} lies before --since {first}; exchange them.")
    since = datetime.combine(first, time(), zone) if first else None
    until = datetime.combine(last + timedelta(days=1), time(), zone) if last else None
    return Span(since, until - timedelta(microseconds=1) if until else None)


def _day(text: str | None, option: str) -> date | None:
    if not text:
        return None
    try:
        day = iso_day(text)
    except ValueError as error:
        raise UsageError(f"{option} {text}: write a day such as 2026-11-20.") from error
    if not date(1990, 1, 1) <= day <= date(2200, 1, 1):
        raise UsageError(f"{option} {text}: write a day of our time.")
    return day


def open_source(
    place: str, order: BackfillOrder, settings: Settings, get: Get, now: datetime
) -> Source:
    """Return what a place can be read with; `now` dates what is wrong with the place itself.

    Raises:
        UsageError: when it is nothing that can be read.
    """
    kind = kind_of(place)
    limit = settings.fetch.max_page_bytes
    if kind == "warc":
        return WarcFile(Path(place), limit, now, order.span.since)
    if kind == "folder":
        return Folder(Path(place), limit, now)
    if kind == "urls":
        return UrlList(Path(place), now)
    return SitemapTree(place, get, settings.extract, order.span, now)


def source_id(source: Source, order: BackfillOrder) -> str:
    """Return the id of a source; other days or another language make it another one."""
    span = order.span
    days = [at.isoformat() if at else "" for at in (span.since, span.until)]
    return stable_id("backfill", source.kind, source.identity, *days, order.language)


def feed_id_of(source: str) -> str:
    """Return the id of a source's pseudo-feed."""
    return f"{BACKFILL_PREFIX}{source[:12]}"
