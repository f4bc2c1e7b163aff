"""The records of feeds, pages and articles that travel between rooms.

All are frozen. Text is NFC. Times are timezone-aware UTC. Offsets count Unicode code points.
`None` means "not known", never "zero".
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

LANGUAGES: tuple[str, ...] = ("ar", "en", "vi")

DateSource = Literal["page", "feed", "none"]
LanguageSource = Literal["text", "page", "feed"]
ExtractionMethod = Literal["page", "feed_content", "feed_summary", "none"]
EntryStatus = Literal["pending", "done", "failed", "skipped"]
PageOutcomeKind = Literal["article", "off_topic", "unchanged", "failed"]


# --- feeds ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed as the operator lists it."""

    id: str
    name: str
    url: str
    language: str
    homepage: str = ""
    country: str = ""  # ISO 3166-1 alpha-2 of the newsroom
    kind: str = ""  # broadcaster, newspaper, agency, ...
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class FeedState:
    """What we remember of a feed between runs. Storage keeps it; the extractors decide it."""

    feed_id: str
    url: str | None = None  # where a permanent redirect moved it; None: the listed address
    redirect_url: str | None = None  # a permanent redirect seen, not yet trusted
    redirect_sightings: int = 0
    etag: str | None = None
    last_modified: str | None = None
    body_hash: str | None = None
    last_fetch_at: datetime | None = None
    last_success_at: datetime | None = None
    last_full_fetch_at: datetime | None = None  # last fetch without validators
    next_fetch_at: datetime | None = None  # None: due now
    failure_weight: float = 0.0  # grows with each failure by its weight, 0 after a success
    retired_at: datetime | None = None  # the server said 410 Gone
    listed_url: str | None = None  # the operator's address when this was kept; another: start anew


@dataclass(frozen=True, slots=True)
class FeedFetch:
    """One attempt at one feed, as it is logged."""

    feed_id: str
    fetched_at: datetime
    url: str
    outcome: Literal["ok", "not_modified", "failed"]
    final_url: str | None = None
    http_status: int | None = None
    error_class: str | None = None
    error_message: str | None = None
    body_bytes: int | None = None
    body_hash: str | None = None
    entries_seen: int = 0
    entries_kept: int = 0
    entries_skipped: int = 0  # beyond the limit a run, stored with status `skipped`
    seconds: float = 0.0
    warning: str | None = None  # e.g. the feed was malformed and read leniently


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One item of a feed."""

    entry_id: str  # stable hash of feed id and guid (or link)
    feed_id: str
    url: str
    guid: str
    title: str
    entry_hash: str  # changes when the publisher changes the item
    summary: str = ""  # plain text
    content: str = ""  # HTML as published, bounded
    author: str = ""
    outlet: str = ""  # when the feed names another newsroom (search feeds)
    published_at: datetime | None = None
    updated_at: datetime | None = None
    status: EntryStatus = "pending"


@dataclass(frozen=True, slots=True)
class FeedResult:
    """A fetched feed: the log row, the entries, and what to remember."""

    fetch: FeedFetch
    state: FeedState
    entries: tuple[FeedEntry, ...] = ()


# --- pages and articles ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PendingPage:
    """An entry whose page is to be fetched now."""

    entry: FeedEntry
    feed: Feed
    attempts: int = 0  # failed attempts so far
    article_id: str | None = None  # the article it became before, if any
    content_hash: str | None = None  # of that article's current version


@dataclass(frozen=True, slots=True)
class Page:
    """The bytes a server answered with."""

    requested_url: str
    url: str  # after redirects
    status: int
    content_type: str
    charset: str | None  # from the Content-Type header
    body: bytes = field(repr=False)
    fetched_at: datetime
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class NameMatch:
    """A name of the treaty found in a text, kept for audit."""

    name: str  # the canonical wording that matched
    matched: str  # the characters as they stand in the text
    char_start: int
    char_end: int
    strength: Literal["S", "C", "N"]
    field: Literal["title", "text"] = "text"


@dataclass(frozen=True, slots=True)
class Article:
    """An article as extracted. `text` holds paragraphs separated by a single newline."""

    article_id: str  # stable hash of the canonical key
    url: str
    canonical_url: str
    title: str
    text: str
    feed_id: str
    entry_id: str
    outlet: str
    language: str  # ISO 639-1 as detected; may be any language
    language_source: LanguageSource
    country: str
    kind: str
    published_at: datetime | None
    date_source: DateSource
    extraction_method: ExtractionMethod
    content_hash: str  # of the folded title and text, without volatile parts
    author: str = ""
    description: str = ""
    site_name: str = ""
    image_url: str = ""
    names: tuple[NameMatch, ...] = ()  # empty: not about the treaty
    look_alike: str = ""  # what it names that only resembles the treaty, where it is not about it
    fingerprint: tuple[int, ...] = ()  # MinHash values of the folded text, for stories


@dataclass(frozen=True, slots=True)
class Failure:
    """A failure as data: what, where, of which class, when."""

    what: Literal["feed", "page", "extract", "classify", "store"]
    where: str  # URL or id
    error_class: str
    message: str
    at: datetime
    retry_after: float | None = None  # seconds


@dataclass(frozen=True, slots=True)
class PageOutcome:
    """What became of one pending page."""

    entry_id: str
    feed_id: str
    kind: PageOutcomeKind
    at: datetime
    article: Article | None = None  # for `article` and `off_topic`; text "" when sieved out
    failure: Failure | None = None
    http_status: int | None = None
    body_bytes: int | None = None
    seconds: float = 0.0
