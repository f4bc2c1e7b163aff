"""A page's markup turned into an article, or the reason why it is none."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from treatywatch.extractors import kinds, lines
from treatywatch.extractors.article_dates import Dated, declared_date, feed_date, page_date
from treatywatch.extractors.article_text import (
    MAX_TEXT_CHARS,
    headline_links,
    load_tree,
    main_text,
    with_lead,
)
from treatywatch.extractors.heads import Head, read_head, without_site_name
from treatywatch.extractors.languages import detect_language, quick_language
from treatywatch.extractors.markup import plain_text, without_control
from treatywatch.extractors.stories import fingerprint
from treatywatch.extractors.urls import (
    GOOGLE_NEWS_HOST,
    canonical_key,
    host_of,
    without_tracking,
)
from treatywatch.news.records import (
    Article,
    ExtractionMethod,
    LanguageSource,
    PendingPage,
)
from treatywatch.news.text import fold, normalise, stable_id

_LEAST_SUMMARY_CHARS = 40

# --- the three ways to an article --------------------------------------------------------------


def from_page(pending: PendingPage, url: str, markup: str, now: datetime, least: int) -> Article:
    """Extract the article of a page; `least` is the fewest characters of an article.

    Raises:
        ExtractionError: when the page holds no article, with the class that says what it is.
    """
    head = read_head(markup, url)
    tree = load_tree(markup, url)
    headlines = headline_links(tree)
    raw = main_text(tree, url, pending.feed.language)
    _refuse_walls(url, raw, head)
    text = lines.without_headlines(lines.without_boilerplate(raw), headlines.texts)
    text = lines.without_title(text, head.title)
    text = with_lead(text, head, pending.feed.language)
    if kinds.is_listing(raw, head, headlines, url):
        raise kinds.refusal(url, "listing")
    if len(text) < least:
        raise kinds.refusal(url, "too_short" if text else "empty")
    date = page_date(pending, head, markup, url, now)
    return _article(pending, _Reading(url, head, text, "page", date))


def _refuse_walls(url: str, text: str, head: Head) -> None:
    wall = kinds.wall_kind(text, head.title)
    if wall is not None and not head.is_article:
        raise kinds.refusal(url, wall)
    if kinds.is_paywalled(text, head):
        raise kinds.refusal(url, "paywall")


def from_feed(pending: PendingPage, now: datetime, least: int) -> Article | None:
    """Build the article from what the feed itself carries; None when that is too little."""
    entry = pending.entry
    body = plain_text(entry.content, MAX_TEXT_CHARS) if entry.content else ""
    for text, method, enough in _feed_texts(body, entry.summary, least):
        tidy = lines.without_boilerplate(lines.tidy(normalise(text)))
        if len(tidy) >= enough:
            head = Head(title=entry.title)
            date = feed_date(pending, now)
            return _article(pending, _Reading(entry.url, head, tidy, method, date))
    return None


def _feed_texts(
    body: str, summary: str, least: int
) -> tuple[tuple[str, ExtractionMethod, int], ...]:
    return (body, "feed_content", least), (summary, "feed_summary", _LEAST_SUMMARY_CHARS)


def off_topic(pending: PendingPage, url: str, markup: str, now: datetime) -> Article:
    """Return an article of which only the metadata is kept: it cannot be about the treaty."""
    head = read_head(markup, url)
    date = declared_date(pending, head, now)
    return _article(pending, _Reading(url, head, "", "none", date))


# --- the record --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Reading:
    """What was read of an article, from its page or its feed."""

    url: str
    head: Head
    text: str
    method: ExtractionMethod
    date: Dated


def _article(pending: PendingPage, reading: _Reading) -> Article:
    entry, feed, head, text = pending.entry, pending.feed, reading.head, reading.text
    title = _title(pending, head)
    language, source = _language(pending, title, text, head)
    return Article(
        article_id=pending.article_id or stable_id(canonical_key(reading.url)),
        url=without_tracking(reading.url),
        canonical_url=head.canonical_url or without_tracking(reading.url),
        title=title,
        text=text,
        feed_id=feed.id,
        entry_id=entry.entry_id,
        outlet=_outlet(pending, reading.method),
        language=language,
        language_source=source,
        country=feed.country,
        kind=feed.kind,
        published_at=reading.date[0],
        date_source=reading.date[1],
        extraction_method=reading.method,
        content_hash=content_hash(title, text),
        author=_author(pending, head),
        description=head.description,
        site_name=head.site_name,
        image_url=head.image_url,
        fingerprint=fingerprint(text) if text else (),
    )


def _outlet(pending: PendingPage, method: ExtractionMethod) -> str:
    """Return whose words these are: what a feed says itself is never another newsroom's.

    A search feed alone may name the newsroom that it found: its summary is a headline from there.
    """
    entry, feed = pending.entry, pending.feed
    is_own_word = method in ("feed_content", "feed_summary")
    if is_own_word and host_of(feed.url) != GOOGLE_NEWS_HOST:
        return feed.name
    return entry.outlet or feed.name


def _author(pending: PendingPage, head: Head) -> str:
    """Return who wrote it; an outlet that signs for its writers is no author."""
    named = head.author or pending.entry.author
    return "" if named.casefold() in pending.feed.name.casefold() else named


def _title(pending: PendingPage, head: Head) -> str:
    title = without_site_name(head.title or pending.entry.title, pending.feed.name)
    return without_control(normalise(title)).strip() or pending.entry.title


def _language(
    pending: PendingPage, title: str, text: str, head: Head
) -> tuple[str, LanguageSource]:
    prior = pending.feed.language
    if text:
        return detect_language(text, title, prior)
    return quick_language(f"{title} {head.description or pending.entry.summary}", prior)


def content_hash(title: str, text: str) -> str:
    """Return the hash that an edit changes and that counters, ages and marks do not."""
    return stable_id(fold(title), lines.without_volatile(text))
