"""A batch whose task broke is recorded and tried again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from treatywatch.flows.lost import LOST, lost_again_at, lost_articles, lost_feeds, lost_pages
from treatywatch.news.records import (
    Article,
    Feed,
    FeedEntry,
    FeedState,
    PageOutcome,
    PendingPage,
)

NOW = datetime(2026, 11, 23, 5, 30, tzinfo=UTC)
FEED = Feed("a", "A", "https://a.example/feed", "en")
ENTRY = FeedEntry("e1", "a", "https://a.example/1", "1", "One", "h")


def article(url: str = "https://a.example/1") -> Article:
    return Article(
        "id", url, url, "One", "Text.", "a", "e1", "A", "en", "text", "", "", None, "none",
        "page", "hash",
    )  # fmt: skip


def test_lost_batches_are_failures_that_are_tried_again() -> None:
    error = MemoryError("no room")
    state = FeedState("a", failure_weight=0.5)
    (feed,) = lost_feeds([(FEED, state)], error, NOW)
    assert (feed.fetch.outcome, feed.fetch.error_class, feed.state) == ("failed", LOST, state)
    (page,) = lost_pages([PendingPage(ENTRY, FEED)], error, NOW)
    assert page.failure is not None
    assert (page.kind, page.failure.error_class) == ("failed", LOST)
    assert "no room" in page.failure.message
    assert lost_again_at(1, NOW, 5) == NOW + timedelta(hours=1)
    assert lost_again_at(4, NOW, 5) is not None
    assert lost_again_at(5, NOW, 5) is None
    kept = PageOutcome("e2", "a", "off_topic", NOW, article())
    scored, passed = lost_articles(
        [PageOutcome("e1", "a", "article", NOW, article()), kept], error, NOW
    )
    assert passed is kept
    assert scored.kind == "failed"
    assert scored.article is None
