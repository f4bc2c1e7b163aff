"""When an article was published, and who says so: the page, the feed, or nobody."""

from __future__ import annotations

from datetime import datetime

from treatywatch.extractors import dates
from treatywatch.extractors.heads import Head
from treatywatch.news.records import DateSource, PendingPage

Dated = tuple[datetime | None, DateSource]


def feed_date(pending: PendingPage, now: datetime) -> Dated:
    """Return the date that the feed gives, where it is one that can be."""
    at = dates.plausible(pending.entry.published_at, now)
    return (at, "feed") if at else (None, "none")


def declared_date(pending: PendingPage, head: Head, now: datetime) -> Dated:
    """Return what the page's head declares, else what the feed gives."""
    from_feed = feed_date(pending, now)
    zone = dates.zone_of(pending.feed.country)
    at = dates.plausible(dates.parse_date(head.published, zone, near=from_feed[0]), now)
    return (at, "page") if at else from_feed


def page_date(pending: PendingPage, head: Head, markup: str, url: str, now: datetime) -> Dated:
    """Return what the page's head declares, else what the feed gives, else what the page shows."""
    found = declared_date(pending, head, now)
    if found[0] is not None:
        return found
    shown = dates.plausible(_date_on_page(markup, url, now), now)
    return (shown, "page") if shown else found


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
