"""One live check of a feed, with a verdict in words; changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from treatywatch.extractors.engine import Fetcher
from treatywatch.extractors.feeds import dated_share
from treatywatch.extractors.languages import detect_language
from treatywatch.news.records import Feed, FeedEntry, FeedResult, FeedState

STALE_AFTER = timedelta(days=30)
_SAMPLE_ENTRIES = 20
ADVICE = {
    "dns": "the name does not exist; look for a new address",
    "connect": "the server does not answer; try later",
    "tls": "its certificate is not valid; tell the outlet",
    "timeout": "the server is too slow; try later",
    "http_4xx": "the address is not served any more; look for a new one",
    "http_5xx": "the server is in trouble; try later",
    "gone": "the outlet closed this feed; take it out or look for a new one",
    "rate_limited": "the server asks for patience; try later",
    "too_large": "larger than [fetch] max_feed_bytes; raise it if the feed is worth it",
    "not_a_feed": "the address gives something else; look for the feed with `feeds add`",
    "malformed": "nothing in it can be read; tell the outlet",
    "blocked": "the site keeps robots out; ask the outlet for access",
    "ssrf": "the address is not public: behind a login page of the network, log in first; "
    "for a server on this machine set allow_loopback = true",
    "redirects": "it redirects without end",
    "bad_response": "the answer breaks the rules of HTTP; try later",
}


@dataclass(frozen=True, slots=True)
class FeedCheck:
    """What one live check of a feed showed."""

    feed_id: str
    url: str
    ok: bool
    seconds: float
    http_status: int | None
    entries: int
    dated_share: float
    newest_at: datetime | None
    language: str
    error_class: str | None
    verdict: str
    titles: tuple[str, ...] = ()


def check_feeds(fetcher: Fetcher, feeds: Sequence[Feed], now: datetime) -> list[FeedCheck]:
    """Fetch each feed once, in full, whether it is due or not."""
    due = [(feed, FeedState(feed_id=feed.id, listed_url=feed.url)) for feed in feeds]
    results = fetcher.fetch_feeds(due, now)
    return [feed_check(feed, result, now) for (feed, _), result in zip(due, results, strict=True)]


def feed_check(feed: Feed, result: FeedResult, now: datetime) -> FeedCheck:
    """Judge one fetched feed."""
    fetch, entries = result.fetch, result.entries
    dates = [entry.published_at for entry in entries if entry.published_at is not None]
    newest = max(dates, default=None)
    language = _language(entries[:_SAMPLE_ENTRIES])
    failed = fetch.outcome == "failed"
    return FeedCheck(
        feed_id=feed.id,
        url=fetch.final_url or fetch.url,
        ok=not failed,
        seconds=fetch.seconds,
        http_status=fetch.http_status,
        entries=len(entries),
        dated_share=dated_share(entries),
        newest_at=newest,
        language=language,
        error_class=fetch.error_class,
        verdict=_failed_verdict(result)
        if failed
        else _verdict(feed, result, newest, language, now),
        titles=tuple(entry.title for entry in entries[:3]),
    )


def _language(entries: Sequence[FeedEntry]) -> str:
    words = "\n".join(f"{entry.title}. {entry.summary}" for entry in entries)
    return detect_language(words, "", "")[0]


def _failed_verdict(result: FeedResult) -> str:
    fetch = result.fetch
    advice = ADVICE.get(fetch.error_class or "", "try later")
    return f"failed: {fetch.error_message}; {advice}."


def _verdict(
    feed: Feed, result: FeedResult, newest: datetime | None, language: str, now: datetime
) -> str:
    """Return what a person should know of a feed that answered."""
    entries = result.entries
    if not entries:
        return "answers, but holds no entry."
    doubts = []
    if newest is None:
        doubts.append("no entry is dated")
    elif now - newest > STALE_AFTER:
        doubts.append(f"nothing new since {newest:%Y-%m-%d}")
    if language not in (feed.language, "und"):
        doubts.append(f"its words look like {language!r}, listed as {feed.language!r}")
    if result.state.redirect_url:
        doubts.append(f"it moved for good to {result.state.redirect_url}")
    if result.fetch.warning:
        doubts.append(result.fetch.warning)
    return f"works, but {'; '.join(doubts)}." if doubts else "works."
