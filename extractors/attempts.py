"""From what the network gave for a feed to what is stored of it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from treatywatch.config.settings import Settings
from treatywatch.extractors import faults, freshness
from treatywatch.extractors.client import Answer
from treatywatch.extractors.feeds import FeedDocument, ParsedFeed
from treatywatch.extractors.plan import FeedAttempt, next_state
from treatywatch.extractors.workers import Mishap
from treatywatch.news.errors import FetchError
from treatywatch.news.records import Feed, FeedFetch, FeedResult, FeedState


@dataclass(frozen=True, slots=True)
class FetchedFeed:
    """A feed as the network gave it, before it is read."""

    feed: Feed
    state: FeedState
    url: str
    was_full: bool
    seconds: float
    answer: Answer | None = None
    error: FetchError | None = None


def needs_reading(fetched: FetchedFeed) -> bool:
    """Tell whether an answer holds something new; the body decides, not its validators."""
    answer = fetched.answer
    if answer is None or answer.status == 304:
        return False
    return fetched.was_full or body_hash(answer.body) != fetched.state.body_hash


def body_hash(body: bytes) -> str:
    """Return the hash by which an unchanged feed is known, whatever its validators say."""
    return hashlib.sha256(body).hexdigest()[:32]


def feed_document(fetched: FetchedFeed, settings: Settings, now: datetime) -> FeedDocument:
    """Return the answer as what the feed parser reads."""
    assert fetched.answer is not None
    return FeedDocument(
        feed=fetched.feed,
        url=fetched.answer.url,
        body=fetched.answer.body,
        charset=fetched.answer.charset,
        max_entries=settings.fetch.max_entries_per_feed,
        now=now,
    )


def feed_result(
    fetched: FetchedFeed, parsed: ParsedFeed | Mishap | None, now: datetime
) -> FeedResult:
    """Return the log row, the entries and what to remember; `parsed` is None when unchanged."""
    if isinstance(parsed, Mishap):
        parsed = ParsedFeed(error_class="malformed", message=parsed.message)
    if fetched.answer is None:
        attempt = _unanswered(fetched, now)
        return FeedResult(attempt.fetch, next_state(fetched.feed, fetched.state, attempt, now))
    log = _answered(fetched, parsed, now)
    attempt = _attempt(fetched, fetched.answer, log, parsed, now)
    entries = parsed.entries if parsed is not None else ()
    return FeedResult(log, next_state(fetched.feed, fetched.state, attempt, now), entries)


def _unanswered(fetched: FetchedFeed, now: datetime) -> FeedAttempt:
    error = fetched.error
    assert error is not None
    log = _log(fetched, now, error.error_class, error.message, status=error.status)
    return FeedAttempt(log, retry_after=error.retry_after, was_full=fetched.was_full)


def _answered(fetched: FetchedFeed, parsed: ParsedFeed | None, now: datetime) -> FeedFetch:
    if parsed is None:
        return _log(fetched, now, outcome="not_modified")
    if parsed.error_class is not None:
        return _log(fetched, now, parsed.error_class, parsed.message)
    skipped = sum(entry.status == "skipped" for entry in parsed.entries)
    return replace(
        _log(fetched, now, outcome="ok"),
        entries_seen=len(parsed.entries),
        entries_kept=len(parsed.entries) - skipped,
        entries_skipped=skipped,
        warning=parsed.warning,
    )


def _log(
    fetched: FetchedFeed,
    now: datetime,
    error_class: str | None = None,
    message: str | None = None,
    *,
    outcome: Literal["ok", "not_modified", "failed"] = "failed",
    status: int | None = None,
) -> FeedFetch:
    answer = fetched.answer
    has_body = answer is not None and answer.status != 304
    return FeedFetch(
        feed_id=fetched.feed.id,
        fetched_at=now,
        url=fetched.url,
        outcome=outcome,
        final_url=answer.url if answer else None,
        http_status=answer.status if answer else status,
        error_class=error_class,
        error_message=message,
        body_bytes=len(answer.body) if answer and has_body else None,
        body_hash=body_hash(answer.body) if answer and has_body else None,
        seconds=round(fetched.seconds, 3),
    )


def _attempt(
    fetched: FetchedFeed, answer: Answer, log: FeedFetch, parsed: ParsedFeed | None, now: datetime
) -> FeedAttempt:
    cache = freshness.read(answer.headers, now)
    ttl = parsed.ttl_seconds if parsed is not None else None
    return FeedAttempt(
        fetch=log,
        etag=cache.etag,
        last_modified=cache.last_modified,
        permanent_url=answer.permanent_url,
        fresh_for=max(cache.fresh_for or 0.0, ttl or 0.0) or None,
        retry_after=faults.retry_after(answer.headers, now),
        skip_hours=parsed.skip_hours if parsed is not None else frozenset(),
        was_full=fetched.was_full,
        validators_hold=cache.validators_hold,
    )
