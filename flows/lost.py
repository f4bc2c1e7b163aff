"""What becomes of a batch whose task broke as a whole: recorded, and tried again later."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from treatywatch.news.records import (
    Failure,
    Feed,
    FeedFetch,
    FeedResult,
    FeedState,
    PageOutcome,
    PendingPage,
)

LOST = "lost"
PAUSE = timedelta(hours=1)


def lost_again_at(attempts: int, now: datetime, max_attempts: int) -> datetime | None:
    """Return when to try a page of a lost batch again; None: never.

    The fault was most likely not the page's own, so it gets all its tries.
    """
    return None if attempts >= max_attempts else now + PAUSE


def lost_feeds(
    due: Sequence[tuple[Feed, FeedState]], error: BaseException, now: datetime
) -> list[FeedResult]:
    """Return a failed result for each feed of the batch; what we know of the feeds stays."""
    return [
        FeedResult(
            FeedFetch(
                feed.id, now, feed.url, "failed", error_class=LOST, error_message=_why(error)
            ),
            state,
        )
        for feed, state in due
    ]


def lost_pages(
    pending: Sequence[PendingPage], error: BaseException, now: datetime
) -> list[PageOutcome]:
    """Return a failed outcome for each page of the batch."""
    return [
        PageOutcome(
            page.entry.entry_id,
            page.feed.id,
            "failed",
            now,
            failure=Failure("page", page.entry.url, LOST, _why(error), now),
        )
        for page in pending
    ]


def lost_articles(
    outcomes: Sequence[PageOutcome], error: BaseException, now: datetime
) -> list[PageOutcome]:
    """Return the batch with every article that was to be scored marked as failed."""
    return [
        replace(
            outcome,
            kind="failed",
            article=None,
            failure=Failure("classify", outcome.article.url, LOST, _why(error), now),
        )
        if outcome.kind == "article" and outcome.article is not None
        else outcome
        for outcome in outcomes
    ]


def _why(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"[:500]
