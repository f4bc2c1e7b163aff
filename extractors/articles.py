"""A page's markup turned into an article, or the reason why it is none."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from itertools import islice, pairwise
from typing import Any

from treatywatch.extractors import dates, kinds, lines
from treatywatch.extractors.heads import Head, read_head, without_site_name
from treatywatch.extractors.kinds import Headlines
from treatywatch.extractors.languages import detect_language, quick_language
from treatywatch.extractors.markup import plain_text, without_control
from treatywatch.extractors.stories import fingerprint
from treatywatch.extractors.urls import canonical_key, without_tracking
from treatywatch.news.errors import ExtractionError
from treatywatch.news.records import (
    Article,
    DateSource,
    ExtractionMethod,
    LanguageSource,
    PendingPage,
)
from treatywatch.news.text import fold, normalise, stable_id

MAX_TEXT_CHARS = 200_000
_LEAST_SUMMARY_CHARS = 40
_MAX_LINKS = 3_000
_MAX_HEADLINE_CHARS = 400
_MIN_HEADLINE_SPACES = 3
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_MIN_SAPO_WORDS = 6
_SAPO_OVERLAP = 0.7
_WORD = re.compile(r"\w+")
# --- the three ways to an article --------------------------------------------------------------


def from_page(pending: PendingPage, url: str, markup: str, now: datetime, least: int) -> Article:
    """Extract the article of a page; `least` is the fewest characters of an article.

    Raises:
        ExtractionError: when the page holds no article, with the class that says what it is.
    """
    head = read_head(markup, url)
    tree = _tree(markup, url)
    headlines = headline_links(tree)
    raw = _main_text(tree, url, pending.feed.language)
    _refuse_walls(url, raw, head)
    text = lines.without_headlines(lines.without_boilerplate(raw), headlines.texts)
    text = lines.without_title(text, head.title)
    if pending.feed.language in _LEAD_LANGUAGES:
        text = _with_lead(text, head.description, head.title)
    if kinds.is_listing(raw, head, headlines, url):
        raise _refusal(url, "listing")
    if len(text) < least:
        raise _refusal(url, "too_short" if text else "empty")
    date = _page_date(pending, head, markup, url, now)
    return _article(pending, _Reading(url, head, text, "page", date))


def from_feed(pending: PendingPage, now: datetime, least: int) -> Article | None:
    """Build the article from what the feed itself carries; None when that is too little."""
    entry = pending.entry
    body = plain_text(entry.content, MAX_TEXT_CHARS) if entry.content else ""
    for text, method, enough in _feed_texts(body, entry.summary, least):
        tidy = lines.without_boilerplate(lines.tidy(normalise(text)))
        if len(tidy) >= enough:
            head = Head(title=entry.title)
            date = _feed_date(pending, now)
            return _article(pending, _Reading(entry.url, head, tidy, method, date))
    return None


def _feed_texts(
    body: str, summary: str, least: int
) -> tuple[tuple[str, ExtractionMethod, int], ...]:
    return (body, "feed_content", least), (summary, "feed_summary", _LEAST_SUMMARY_CHARS)


def off_topic(pending: PendingPage, url: str, markup: str, now: datetime) -> Article:
    """Return an article of which only the metadata is kept: it cannot be about the treaty."""
    head = read_head(markup, url)
    from_entry = _feed_date(pending, now)
    read = dates.parse_date(head.published, _zone(pending), near=from_entry[0])
    at = dates.plausible(read, now)
    date: tuple[datetime | None, DateSource] = (at, "page") if at else from_entry
    return _article(pending, _Reading(url, head, "", "none", date))


def page_text(markup: str, url: str, language: str) -> str:
    """Return the main text of any page, without asking whether it is an article."""
    tree = _tree(markup, url)
    text = lines.without_boilerplate(_main_text(tree, url, language))
    return lines.without_headlines(text, headline_links(tree).texts)


# --- text --------------------------------------------------------------------------------------


def _tree(markup: str, url: str) -> Any:
    from trafilatura import load_html

    tree = load_html(markup)
    if tree is None:
        raise _refusal(url, "empty")
    return tree


def headline_links(tree: Any) -> Headlines:
    """Return what a page links to with words that read like headlines."""
    texts: set[str] = set()
    headed = 0
    for link in islice(tree.iter("a"), _MAX_LINKS):
        text = fold(" ".join(link.itertext())[:_MAX_HEADLINE_CHARS])
        if text.count(" ") < _MIN_HEADLINE_SPACES:
            continue
        texts.add(text)
        around = (*islice(link.iterancestors(), 3), *link[:5])
        headed += any(element.tag in _HEADINGS for element in around)
    return Headlines(frozenset(texts), headed)


def _main_text(tree: Any, url: str, language: str) -> str:
    from trafilatura import extract

    found = extract(
        tree,
        url=url,
        output_format="txt",
        include_comments=False,
        include_tables=True,
        include_formatting=False,
        with_metadata=False,
        favor_precision=language in _PRECISE_LANGUAGES,
    )
    if not found:
        return ""
    return lines.tidy(without_control(normalise(found)))[:MAX_TEXT_CHARS]


# Measured: precision costs Vietnamese a tenth of its paragraphs.
_PRECISE_LANGUAGES = frozenset({"en"})
# Vietnamese papers set the lead apart, and extractors lose it.
_LEAD_LANGUAGES = frozenset({"vi"})


def _with_lead(text: str, description: str, title: str) -> str:
    """Put the page's description first where the body lacks it: the lead of Vietnamese papers."""
    lead = lines.tidy(normalise(description)).replace("\n", " ")
    words = _WORD.findall(fold(lead))
    if len(words) < _MIN_SAPO_WORDS or not text or lead.endswith(("...", "…")):
        return text
    if _share(words, fold(text[:4000])) >= _SAPO_OVERLAP or _share(words, fold(title)) >= 0.9:
        return text
    return f"{lead}\n{text}"


def _share(words: list[str], folded: str) -> float:
    """Return the share of neighbouring word pairs that stand in a folded text."""
    known = _WORD.findall(folded)
    pairs = Counter(pairwise(known))
    asked = list(pairwise(words))
    return sum(pair in pairs for pair in asked) / len(asked)


def _refuse_walls(url: str, text: str, head: Head) -> None:
    wall = kinds.wall_kind(text, head.title)
    if wall is not None and not head.is_article:
        raise _refusal(url, wall)
    if kinds.is_paywalled(text, head):
        raise _refusal(url, "paywall")


def _refusal(url: str, kind: Any) -> ExtractionError:
    return ExtractionError(url, kind, kinds.WORDS[kind])


# --- dates -------------------------------------------------------------------------------------


def _zone(pending: PendingPage) -> Any:
    return dates.zone_of(pending.feed.country)


def _feed_date(pending: PendingPage, now: datetime) -> tuple[datetime | None, DateSource]:
    at = dates.plausible(pending.entry.published_at, now)
    return (at, "feed") if at else (None, "none")


def _page_date(
    pending: PendingPage, head: Head, markup: str, url: str, now: datetime
) -> tuple[datetime | None, DateSource]:
    """Take what the page declares, then the feed, then what stands on the page."""
    from_entry = _feed_date(pending, now)
    parsed = dates.parse_date(head.published, _zone(pending), near=from_entry[0])
    declared = dates.plausible(parsed, now)
    if declared is not None:
        return declared, "page"
    if from_entry[0] is not None:
        return from_entry
    read = dates.plausible(_date_on_page(markup, url, now), now)
    return (read, "page") if read else (None, "none")


def _date_on_page(markup: str, url: str, now: datetime) -> datetime | None:
    from htmldate import find_date

    found = find_date(
        markup,
        url=url,
        original_date=True,
        extensive_search=False,
        max_date=now.strftime("%Y-%m-%d"),
    )
    return dates.parse_date(found) if found else None


# --- the record --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Reading:
    """What was read of an article, from its page or its feed."""

    url: str
    head: Head
    text: str
    method: ExtractionMethod
    date: tuple[datetime | None, DateSource]


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
        outlet=entry.outlet or feed.name,
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
