"""Every decision of fetching feeds, apart from fetching: data in, data out, `now` an argument."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType

from treatywatch.config.settings import FetchSettings
from treatywatch.news.errors import FETCH_ERROR_WEIGHTS
from treatywatch.news.records import Feed, FeedFetch, FeedResult, FeedState

FULL_FETCH_EVERY = timedelta(days=7)
# A little under a day, so that a run at the same hour each day is never put off to the next one.
MAX_LOWER_BOUND = timedelta(hours=20)
MAX_FEED_PAUSE = timedelta(days=7) - timedelta(hours=4)
REDIRECT_SIGHTINGS = 2
# A moved address that failed this much is given up for the one the operator listed.
MOVED_ADDRESS_PATIENCE = 3.0
OUTAGE_MIN_FEEDS = 3
OUTAGE_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class FeedAttempt:
    """What one attempt at a feed showed: all that the policy looks at."""

    fetch: FeedFetch
    etag: str | None = None
    last_modified: str | None = None
    permanent_url: str | None = None  # where only permanent redirects led
    fresh_for: float | None = None  # seconds, the longest that server and feed ask for
    retry_after: float | None = None  # seconds
    skip_hours: frozenset[int] = frozenset()  # of the day, GMT
    was_full: bool = True  # asked without validators
    validators_hold: bool = True  # False: the server says its answers expire at once


def due_feeds(
    feeds: Sequence[Feed],
    states: Mapping[str, FeedState],
    now: datetime,
    settings: FetchSettings,
) -> list[tuple[Feed, FeedState]]:
    """Return the enabled feeds to fetch now, in the order of the list, with what we remember."""
    least = timedelta(minutes=settings.min_interval_minutes)
    known = ((feed, state_for(feed, states.get(feed.id))) for feed in feeds if feed.enabled)
    return [(feed, state) for feed, state in known if _is_due(state, now, least)]


def state_for(feed: Feed, state: FeedState | None) -> FeedState:
    """Return what we remember of a feed; nothing when the operator gave it another address."""
    if state is None or state.listed_url not in (None, feed.url):
        return FeedState(feed_id=feed.id, listed_url=feed.url)
    return replace(state, listed_url=feed.url)


def _is_due(state: FeedState, now: datetime, least: timedelta) -> bool:
    if state.retired_at is not None:
        return False
    if state.last_fetch_at is not None and least and now - state.last_fetch_at < least:
        return False
    return state.next_fetch_at is None or state.next_fetch_at <= now


def validators(state: FeedState, now: datetime) -> Mapping[str, str]:
    """Return the conditional headers to send; none every seventh day, because validators lie."""
    if state.last_full_fetch_at is None or now - state.last_full_fetch_at >= FULL_FETCH_EVERY:
        return MappingProxyType({})
    headers = {"if-none-match": state.etag, "if-modified-since": state.last_modified}
    return MappingProxyType({name: value for name, value in headers.items() if value})


def next_state(feed: Feed, state: FeedState, attempt: FeedAttempt, now: datetime) -> FeedState:
    """Return what to remember of a feed after an attempt: the whole update policy."""
    common = replace(state, feed_id=feed.id, listed_url=feed.url, last_fetch_at=now)
    if attempt.fetch.outcome == "failed":
        return _after_failure(common, attempt, now)
    moved = _after_redirect(common, attempt)
    etag, last_modified = _validators_kept(state, attempt)
    return replace(
        moved,
        etag=etag,
        last_modified=last_modified,
        body_hash=attempt.fetch.body_hash or state.body_hash,
        last_success_at=now,
        last_full_fetch_at=now if attempt.was_full else state.last_full_fetch_at,
        next_fetch_at=_after_success(attempt, now),
        failure_weight=0.0,
        retired_at=None,
    )


def _validators_kept(state: FeedState, attempt: FeedAttempt) -> tuple[str | None, str | None]:
    if not attempt.validators_hold:
        return None, None
    if attempt.fetch.outcome == "not_modified":  # a 304 need not repeat them
        return attempt.etag or state.etag, attempt.last_modified or state.last_modified
    return attempt.etag, attempt.last_modified


def _after_success(attempt: FeedAttempt, now: datetime) -> datetime | None:
    """Return the earliest next fetch; None when nobody asked to wait."""
    asked = max(attempt.fresh_for or 0.0, attempt.retry_after or 0.0)
    at = now + min(timedelta(seconds=asked), MAX_LOWER_BOUND)
    latest = now + MAX_LOWER_BOUND
    while at.hour in attempt.skip_hours and at < latest:
        at = at.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return None if at <= now else min(at, latest)


def _after_redirect(state: FeedState, attempt: FeedAttempt) -> FeedState:
    """Trust a permanent redirect after two sightings; the listed address stays in the list."""
    target = attempt.permanent_url
    if target is None:
        return replace(state, redirect_url=None, redirect_sightings=0)
    sightings = state.redirect_sightings + 1 if target == state.redirect_url else 1
    if sightings >= REDIRECT_SIGHTINGS:
        return replace(state, url=target, redirect_url=None, redirect_sightings=0)
    return replace(state, redirect_url=target, redirect_sightings=sightings)


def _after_failure(state: FeedState, attempt: FeedAttempt, now: datetime) -> FeedState:
    error_class = attempt.fetch.error_class or "bad_response"
    is_gone = error_class == "gone"
    if is_gone and state.url is None:
        return replace(state, retired_at=now, failure_weight=state.failure_weight + 1.0)
    weight = state.failure_weight + FETCH_ERROR_WEIGHTS.get(error_class, 1.0)
    if state.url is not None and (is_gone or weight >= MOVED_ADDRESS_PATIENCE):
        return FeedState(
            feed_id=state.feed_id,
            last_fetch_at=now,
            last_success_at=state.last_success_at,
            failure_weight=weight,
            next_fetch_at=now + feed_pause(weight),
            listed_url=state.listed_url,
        )
    asked = timedelta(seconds=attempt.retry_after or 0.0)
    pause = max(feed_pause(weight), min(asked, MAX_FEED_PAUSE))
    return replace(state, failure_weight=weight, next_fetch_at=now + pause if pause else None)


def feed_pause(weight: float) -> timedelta:
    """Return how long a failing feed rests: not at first, then doubling, never for ever."""
    if weight < 1.0:
        return timedelta(0)
    days = timedelta(days=2.0 ** min(weight - 1.0, 8.0)) - timedelta(hours=4)
    return min(days, MAX_FEED_PAUSE)


def is_outage(results: Sequence[FeedResult]) -> bool:
    """Tell whether so many healthy feeds failed at once that the fault must be on our side."""
    healthy = [result for result in results if _was_healthy(result)]
    failed = sum(result.fetch.outcome == "failed" for result in healthy)
    return len(healthy) >= OUTAGE_MIN_FEEDS and failed > OUTAGE_SHARE * len(healthy)


def _was_healthy(result: FeedResult) -> bool:
    if result.fetch.outcome != "failed":
        return True
    own = FETCH_ERROR_WEIGHTS.get(result.fetch.error_class or "", 1.0)
    return result.state.failure_weight <= own


def forgive_outage(
    results: Sequence[FeedResult], due: Iterable[tuple[Feed, FeedState]]
) -> list[FeedResult]:
    """Return the results of an outage with its failures counted against no feed."""
    before = {feed.id: state for feed, state in due}
    return [_forgiven(result, before.get(result.fetch.feed_id)) for result in results]


def _forgiven(result: FeedResult, before: FeedState | None) -> FeedResult:
    if before is None or result.fetch.outcome != "failed" or result.fetch.error_class == "gone":
        return result
    kept = replace(before, last_fetch_at=result.state.last_fetch_at)
    return replace(result, state=kept)
