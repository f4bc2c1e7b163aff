"""The bytes of a feed turned into entries. A malformed feed still gives its good entries."""

from __future__ import annotations

import io
import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import httpx

from treatywatch.extractors import dates, decoding, faults
from treatywatch.extractors.markup import plain_text, without_bad_references, without_control
from treatywatch.extractors.urls import resolve_link
from treatywatch.news.errors import FetchErrorClass
from treatywatch.news.records import Feed, FeedEntry
from treatywatch.news.text import stable_id

MAX_ENTRIES_READ = 20_000
_MAX_TITLE_CHARS = 1000
_MAX_SUMMARY_CHARS = 5000
_MAX_CONTENT_CHARS = 300_000
_MAX_GUID_CHARS = 2000
_FEED_ROOT = re.compile(r"<(?:rss|feed|rdf:rdf|channel)\b", re.I)
_HTML_ROOT = re.compile(r"<(?:!doctype\s+html|html|head|body)\b", re.I)
_CHANNEL_CHARS = 20_000
_SKIP_HOURS = re.compile(r"<skipHours>(.{0,2000}?)</skipHours>", re.S)  # feedparser keeps one hour
_LONGEST_TTL_MINUTES = 100_000


@dataclass(frozen=True, slots=True)
class FeedDocument:
    """A feed's bytes and what is needed to read them."""

    feed: Feed
    url: str
    body: bytes = field(repr=False)
    charset: str | None
    max_entries: int
    now: datetime


@dataclass(frozen=True, slots=True)
class ParsedFeed:
    """What a feed's bytes held; `error_class` is set when they were no usable feed."""

    entries: tuple[FeedEntry, ...] = ()
    error_class: FetchErrorClass | None = None
    message: str = ""
    warning: str | None = None
    ttl_seconds: float | None = None
    skip_hours: frozenset[int] = frozenset()
    title: str = ""


def parse_feed(document: FeedDocument) -> ParsedFeed:
    """Read a feed, newest entries first; bad input gives a result that says what is wrong."""
    import feedparser

    text = decoding.decode(document.body, document.charset)
    text = without_bad_references(without_control(text))
    if _is_html(text):
        return _web_page(document.body)
    source = io.BytesIO(text.encode("utf-8", "replace"))  # never a str: it may name a local file
    # Without a base address guids stay as written; links are resolved below.
    headers = {"content-type": "application/xml; charset=utf-8"}
    parsed = feedparser.parse(
        source, response_headers=headers, sanitize_html=False, resolve_relative_uris=False
    )
    items = parsed.entries[:MAX_ENTRIES_READ]
    if not items and (parsed.bozo or not parsed.get("version")):
        return _no_feed(text, parsed)
    return replace(_read(document, parsed, items), skip_hours=_skip_hours(text))


def _is_html(text: str) -> bool:
    head = text[:3000]
    root = _HTML_ROOT.search(head)
    return root is not None and not _FEED_ROOT.search(head[: root.start()] or head[:1])


def _web_page(body: bytes) -> ParsedFeed:
    if faults.is_bot_wall(httpx.Headers(), body):
        return ParsedFeed(error_class="blocked", message="a page that asks whether we are a robot")
    return ParsedFeed(error_class="not_a_feed", message="a web page, not a feed")


def _no_feed(text: str, parsed: Mapping[str, Any]) -> ParsedFeed:
    if not _FEED_ROOT.search(text[:20_000]):
        said = "an empty answer" if not text.strip() else "neither RSS nor Atom"
        return ParsedFeed(error_class="not_a_feed", message=said)
    why = " ".join(str(parsed.get("bozo_exception", "no entries")).split())[:200]
    return ParsedFeed(error_class="malformed", message=f"no entry could be read ({why})")


def _read(document: FeedDocument, parsed: Any, items: list[Any]) -> ParsedFeed:
    guids = _ambiguous_guids(items)
    found = [_entry(document, item, guids) for item in items]
    entries = _unique([entry for entry in found if entry is not None])
    newest = sorted(entries, key=_newest_first)
    kept = [
        entry if rank < document.max_entries else replace(entry, status="skipped", content="")
        for rank, entry in enumerate(newest)
    ]
    return ParsedFeed(
        entries=tuple(kept),
        warning=_warning(parsed, len(found) - len(entries)),
        ttl_seconds=_ttl(parsed.feed),
        title=plain_text(str(parsed.feed.get("title", "")), 300),
    )


def _newest_first(entry: FeedEntry) -> float:
    at = entry.published_at or entry.updated_at
    return -at.timestamp() if at else 0.0


def _ambiguous_guids(items: list[Any]) -> frozenset[str]:
    """Return the guids that a careless feed gives to several links: they identify nothing."""
    links: dict[str, set[str]] = defaultdict(set)
    for item in items:
        links[str(item.get("id", ""))].add(str(item.get("link", "")))
    return frozenset(guid for guid, seen in links.items() if len(seen) > 1)


def _unique(entries: list[FeedEntry]) -> list[FeedEntry]:
    return list({entry.entry_id: entry for entry in reversed(entries)}.values())[::-1]


def _entry(document: FeedDocument, item: Any, ambiguous: frozenset[str]) -> FeedEntry | None:
    url = _link(document.url, item)
    if not url:
        return None
    guid = str(item.get("id", ""))[:_MAX_GUID_CHARS]
    identity = url if not guid or guid in ambiguous else guid
    title = plain_text(str(item.get("title", "")), _MAX_TITLE_CHARS).replace("\n", " ")
    content = _content(item)
    summary = plain_text(str(item.get("summary", "")), _MAX_SUMMARY_CHARS)
    zone = dates.zone_of(document.feed.country)
    updated = _date(item, ("updated", "modified"), zone, document.now)
    published = _date(item, ("published", "created", "dc_date", "date"), zone, document.now)
    return FeedEntry(
        entry_id=stable_id(document.feed.id, identity),
        feed_id=document.feed.id,
        url=url,
        guid=guid,
        title=title,
        entry_hash=stable_id(title, summary, content, str(updated or "")),
        summary=summary,
        content=content,
        author=plain_text(str(item.get("author", "")), 200),
        outlet=_outlet(item),
        published_at=published or updated,
        updated_at=updated,
    )


def _link(base: str, item: Any) -> str:
    candidates = [item.get("feedburner_origlink"), item.get("link")]
    candidates += [
        each.get("href") for each in item.get("links", ())[:20] if each.get("rel") == "alternate"
    ]
    guid = str(item.get("id", ""))
    if guid.startswith(("http://", "https://")):
        candidates.append(guid)
    found = (resolve_link(base, str(each)) for each in candidates if each)
    return next((url for url in found if url), "")


def _content(item: Any) -> str:
    """Return the longest body that the feed itself carries, as published."""
    bodies = [str(each.get("value", "")) for each in item.get("content", ())[:5]]
    longest = max(bodies, key=len, default="")
    return without_control(longest)[:_MAX_CONTENT_CHARS]


def _outlet(item: Any) -> str:
    source = item.get("source")
    name = source.get("title", "") if isinstance(source, Mapping) else ""
    return plain_text(str(name), 200).replace("\n", " ")


def _date(item: Any, names: tuple[str, ...], zone: Any, now: datetime) -> datetime | None:
    for name in names:
        raw = item.get(name)
        if not isinstance(raw, str) or not raw.strip():
            continue
        if (at := dates.plausible(dates.parse_date(raw, zone, near=now), now)) is not None:
            return at
    return None


def _warning(parsed: Any, dropped: int) -> str | None:
    notes = []
    if parsed.bozo and not _is_about_encoding(parsed.get("bozo_exception")):
        why = " ".join(str(parsed.get("bozo_exception", "")).split())[:200]
        notes.append(f"malformed, read leniently ({why})")
    if dropped:
        notes.append(f"{dropped} entries without a link of their own left out")
    return "; ".join(notes) or None


def _is_about_encoding(error: object) -> bool:
    return type(error).__name__ in ("CharacterEncodingOverride", "NonXMLContentType")


def _ttl(channel: Any) -> float | None:
    minutes = str(channel.get("ttl", "")).strip()
    if not minutes.isascii() or not minutes.isdigit() or len(minutes) > 9:
        return None
    return min(int(minutes), _LONGEST_TTL_MINUTES) * 60.0


def _skip_hours(text: str) -> frozenset[int]:
    """Return the hours (GMT) in which the feed asks not to be fetched, if they leave some free."""
    listed = _SKIP_HOURS.search(text[:_CHANNEL_CHARS])
    hours = {int(hour) % 24 for hour in re.findall(r"\d{1,2}", listed[1])} if listed else set()
    return frozenset(hours) if len(hours) < 24 else frozenset()


def dated_share(entries: tuple[FeedEntry, ...]) -> float:
    """Return the share of entries that carry a usable date."""
    counted = Counter(entry.published_at is not None for entry in entries)
    return counted[True] / len(entries) if entries else 0.0
