"""Build the sample newsroom: every page and feed of an edition, as bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, date, datetime
from email.utils import format_datetime
from typing import Final

from . import records
from .feeds import DatedEntry, feed_body, feed_type, sample_feeds
from .pages import Setting, article_page, listing_page, missing_page, wall_page
from .records import Article, Outlet, SamplePage, load_articles, load_outlets

__all__ = ["build_newsroom", "sample_feeds"]

DEFAULT_URL: Final = "http://127.0.0.1"
ROBOTS: Final = b"User-agent: *\nAllow: /\n"
RELATED: Final = 3


def build_newsroom(
    edition: int, base_date: date, base_url: str = DEFAULT_URL
) -> dict[str, SamplePage]:
    """Render an edition: path -> answer; edition 2 is the first one with one article edited."""
    articles = [article.as_of(edition) for article in load_articles()]
    pages = {"/robots.txt": _answer(ROBOTS, "text/plain; charset=utf-8")}
    for outlet in load_outlets().values():
        own = _newest_first([item for item in articles if item.outlet == outlet], base_date)
        pages[outlet.feed_path] = _feed(outlet, own, edition, base_date, base_url)
        pages[f"/{outlet.id}/"] = _html(listing_page(outlet, outlet.name, _stable(own)), outlet)
        for article in own:
            setting = Setting(
                article.published(base_date),
                article.updated(base_date, edition),
                base_url,
                _related(article, own),
            )
            pages[article.path] = _page(article, own, setting)
    return pages


def _newest_first(articles: Sequence[Article], base: date) -> list[Article]:
    return sorted(articles, key=lambda item: (item.published(base), item.slug), reverse=True)


def _feed(
    outlet: Outlet, articles: Sequence[Article], edition: int, base: date, base_url: str
) -> SamplePage:
    if outlet.feed_state == "dead":
        return SamplePage(500, {"Content-Type": "text/plain"}, b"Internal Server Error\n")
    entries = [
        DatedEntry(item, item.published(base), item.updated(base, edition)) for item in articles
    ]
    modified = max(entry.updated for entry in entries)
    return _answer(feed_body(outlet, entries, base_url), feed_type(outlet), modified)


def _page(article: Article, own: Sequence[Article], setting: Setting) -> SamplePage:
    outlet = article.outlet
    match article.kind:
        case records.WALL:
            return _html(wall_page(outlet), outlet)
        case records.LISTING:
            return _html(listing_page(outlet, article.title, _others(article, own)), outlet)
        case records.GONE:
            return _html(missing_page(outlet), outlet, status=404)
        case _:
            return _html(article_page(article, setting), outlet)


def _stable(articles: Sequence[Article]) -> list[Article]:
    """Leave out the edited article, so that an edition changes its page and its feed alone."""
    return [item for item in articles if item.revision is None]


def _others(article: Article, own: Sequence[Article]) -> list[Article]:
    return [item for item in _stable(own) if item.slug != article.slug]


def _related(article: Article, own: Sequence[Article]) -> tuple[Article, ...]:
    """Pick other headlines of the outlet, those about the treaty first under other articles."""
    others = sorted(_others(article, own), key=lambda item: item.treaty == article.treaty)
    return tuple(others[:RELATED])


def _html(body: bytes, outlet: Outlet, status: int = 200) -> SamplePage:
    page = _answer(body, f"text/html; charset={outlet.encoding}")
    return SamplePage(status, page.headers, page.body)


def _answer(body: bytes, media_type: str, modified: datetime | None = None) -> SamplePage:
    headers = {
        "Content-Type": media_type,
        "ETag": f'"{hashlib.sha256(body).hexdigest()[:20]}"',
    }
    if modified is not None:
        headers["Last-Modified"] = format_datetime(modified.astimezone(UTC), usegmt=True)
    return SamplePage(200, headers, body)
