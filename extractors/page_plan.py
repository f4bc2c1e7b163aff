"""Every decision of fetching pages, apart from fetching: batches, turns, and when to try again."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, timedelta

from treatywatch.config.settings import FetchSettings
from treatywatch.extractors.urls import host_of, resolve_google_news
from treatywatch.news.errors import TRANSIENT_FETCH_ERRORS
from treatywatch.news.records import Failure, PendingPage

_PAGE_PAUSES = (timedelta(hours=1), timedelta(hours=6), timedelta(hours=20), timedelta(days=2))
# Asking again gives the same answer.
_FINAL_PAGE_ERRORS = frozenset(
    {
        "gone",
        "ssrf",
        "not_html",
        "listing",
        "paywall",
        "too_short",
        "not_a_feed",
        "crashed",
        "memory",
    }
)
_FEW_TRIES = 2


def plan_pages(
    pending: Sequence[PendingPage], fetch: FetchSettings, batch_pages: int
) -> list[tuple[PendingPage, ...]]:
    """Split pending pages into batches.

    A host stands in one batch only, so that it is treated politely wherever batches run. Inside a
    batch hosts take turns. Pages beyond `max_pages_per_host` are left out: they stay pending.
    """
    hosts: dict[str, list[PendingPage]] = {}
    for page in pending:
        pages = hosts.setdefault(page_host(page), [])
        if len(pages) < fetch.max_pages_per_host:
            pages.append(page)
    total = sum(map(len, hosts.values()))
    batches: list[list[list[PendingPage]]] = [[] for _ in range(math.ceil(total / batch_pages))]
    filled = [0] * len(batches)
    for pages in sorted(hosts.values(), key=len, reverse=True):
        least = filled.index(min(filled))
        batches[least].append(pages)
        filled[least] += len(pages)
    return [interleaved(batch) for batch in batches if batch]


def page_host(page: PendingPage) -> str:
    """Return the host that a pending page will be fetched from."""
    return host_of(resolve_google_news(page.entry.url))


def interleaved(hosts: Sequence[Sequence[PendingPage]]) -> tuple[PendingPage, ...]:
    """Return the pages of all hosts, each host in its turn."""
    longest = max(map(len, hosts), default=0)
    return tuple(pages[turn] for turn in range(longest) for pages in hosts if turn < len(pages))


def next_try_at(
    attempts: int, now: datetime, failure: Failure, max_attempts: int
) -> datetime | None:
    """Return when to try a page again; None: never, its failure is final.

    `attempts` counts the failed tries, this one included.
    """
    if failure.error_class in _FINAL_PAGE_ERRORS or attempts >= max_attempts:
        return None
    if failure.error_class not in TRANSIENT_FETCH_ERRORS and attempts >= _FEW_TRIES:
        return None
    pause = _PAGE_PAUSES[min(max(attempts, 1), len(_PAGE_PAUSES)) - 1]
    return now + max(pause, timedelta(seconds=failure.retry_after or 0.0))
