"""Visits to the web from one event loop: many hosts at once, each politely, whoever asked."""

from __future__ import annotations

import asyncio
import math
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Literal, TypeVar

import httpx

from treatywatch.config.settings import Settings
from treatywatch.extractors import faults
from treatywatch.extractors.attempts import FetchedFeed
from treatywatch.extractors.client import Answer, Client, Request
from treatywatch.extractors.hosts import Hosts
from treatywatch.extractors.page_plan import page_host
from treatywatch.extractors.plan import validators
from treatywatch.extractors.robots import Robots
from treatywatch.extractors.urls import host_of, resolve_google_news
from treatywatch.news.errors import FetchError
from treatywatch.news.records import Failure, Feed, FeedState, Page, PendingPage

T = TypeVar("T")
FetchedPage = tuple[PendingPage, Page | Failure]
# Bodies wait in memory until they are read; honest batches hold a tenth of this.
MAX_BYTES_A_CALL = 300_000_000


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a call has come."""

    stage: Literal["feeds", "pages"]
    done: int
    total: int
    failed: int


@dataclass(slots=True)
class _Allowance:
    """What one call for pages may still take. `hosts` is how many hosts share it."""

    latest: float  # instant of `monotonic` after which no further request begins
    hosts: int = 1
    taken: Counter[str] = field(default_factory=Counter)  # bytes by host

    def check(self, url: str) -> None:
        """Refuse a request for this run when too much waits in memory.

        Half of it is kept for hosts that had less than their share: one with huge pages must not
        cost the others theirs.
        """
        half = MAX_BYTES_A_CALL // 2
        is_greedy = self.hosts > 1 and self.taken[host_of(url)] >= half // self.hosts
        if self.taken.total() >= MAX_BYTES_A_CALL - is_greedy * half:
            why = f"its batch may hold no more than {MAX_BYTES_A_CALL / 1e6:g} MB together"
            raise FetchError(url, "rate_limited", why)


class Visits:
    """Gets feeds, pages and other addresses in their hosts' turns. Use from one event loop."""

    def __init__(
        self,
        settings: Settings,
        transport: httpx.AsyncBaseTransport,
        on_progress: Callable[[Progress], None] | None = None,
    ) -> None:
        fetch = settings.fetch
        self._settings = settings
        self._on_progress = on_progress
        self._client = Client(fetch, transport)
        self._robots = Robots(self.get, fetch.user_agent)
        self._hosts = Hosts(fetch)
        self._page_slots = asyncio.Semaphore(fetch.hosts_in_parallel)
        self._feed_slots = asyncio.Semaphore(fetch.feeds_in_parallel)

    async def aclose(self) -> None:
        """Close connections."""
        await self._client.aclose()

    async def fetch_feeds(
        self, due: Sequence[tuple[Feed, FeedState]], now: datetime
    ) -> list[FetchedFeed]:
        """Fetch feeds; an answer or an error for each, in order."""
        counted = self._counted("feeds", len(due))
        jobs = (counted(self._fetch_feed(feed, state, now)) for feed, state in due)
        return await asyncio.gather(*jobs)

    async def _fetch_feed(self, feed: Feed, state: FeedState, now: datetime) -> FetchedFeed:
        url = state.url or feed.url
        headers = validators(state, now)
        request = Request(url, self._settings.fetch.max_feed_bytes, headers)
        begun = FetchedFeed(feed, state, url, was_full=not headers, seconds=0.0)
        started = time.monotonic()
        try:
            answer = await self.get(request, self._feed_slots)
            if answer.status == 304 and not headers:
                raise FetchError(url, "bad_response", "HTTP 304 to a question without validators")
        except FetchError as error:
            return replace(begun, error=error, seconds=time.monotonic() - started)
        return replace(begun, answer=answer, seconds=answer.seconds)

    async def fetch_pages(self, pending: Sequence[PendingPage]) -> list[FetchedPage]:
        """Fetch pages; a page or a failure for each, in order."""
        hosts = {page_host(page) for page in pending}
        for name in hosts:
            self._hosts.of(name).forget_mishaps()
        counted = self._counted("pages", len(pending))
        latest = time.monotonic() + self._settings.flow.run_deadline_minutes * 60
        allowance = _Allowance(latest, max(len(hosts), 1))
        return await asyncio.gather(
            *(counted(self._fetch_page(page, allowance)) for page in pending)
        )

    async def _fetch_page(self, pending: PendingPage, allowance: _Allowance) -> FetchedPage:
        url = resolve_google_news(pending.entry.url)
        asks_robots = self._asks_robots(pending.feed)
        try:
            if asks_robots:
                self._hosts.of(host_of(url)).crawl_delay = await self._robots.check(url)
            request = Request(url, self._settings.fetch.max_page_bytes)
            answer = await self.get(request, allowance=allowance)
            if asks_robots and host_of(answer.url) != host_of(url):
                await self._robots.check(answer.url)  # a link shortener cannot speak for the outlet
        except FetchError as error:
            return pending, faults.failure_of(error, datetime.now(UTC))
        return pending, page_of(answer)

    def _asks_robots(self, feed: Feed) -> bool:
        fetch = self._settings.fetch
        return fetch.robots and feed.id not in fetch.robots_ignored_feeds

    async def get(
        self,
        request: Request,
        slots: asyncio.Semaphore | None = None,
        allowance: _Allowance | None = None,
    ) -> Answer:
        """Get an address in its host's turn.

        A slot is taken after the turn has come, so waiting for a turn holds up no other host. Only
        a redirect waits with a slot in hand: for its turn at the host that it leads to.

        Raises:
            FetchError
        """
        host = self._hosts.of(host_of(request.url))
        allowance = allowance or _Allowance(math.inf)
        latest = allowance.latest
        asked, waits = host, False  # whose answer it is, and whether its turn is still to come

        async def move_on(url: str) -> None:
            nonlocal asked, waits
            asked.succeeded()
            asked, waits = self._hosts.of(host_of(url)), True
            await asked.pause(url, latest)
            waits = False

        request = replace(request, before_other_host=move_on)
        async with host.turn(request.url, latest), slots or self._page_slots:
            allowance.check(request.url)
            try:
                answer = await self._client.get(request)
            except FetchError as error:
                if not waits:  # a host that refused a turn was not asked
                    asked.failed(error)
                raise
            asked.succeeded()
            allowance.taken[host_of(request.url)] += len(answer.body)
            return answer

    def _counted(
        self, stage: Literal["feeds", "pages"], total: int
    ) -> Callable[[Awaitable[T]], Awaitable[T]]:
        done = failed = 0

        async def counted(work: Awaitable[T]) -> T:
            nonlocal done, failed
            result = await work
            done += 1
            failed += _is_failure(result)
            if self._on_progress is not None:
                self._on_progress(Progress(stage, done, total, failed))
            return result

        return counted


def _is_failure(result: object) -> bool:
    if isinstance(result, FetchedFeed):
        return result.error is not None
    return isinstance(result, tuple) and isinstance(result[1], Failure)


def page_of(answer: Answer) -> Page:
    """Return what a server answered as a page, fetched now."""
    return Page(
        requested_url=answer.requested_url,
        url=answer.url,
        status=answer.status,
        content_type=answer.content_type,
        charset=answer.charset,
        body=answer.body,
        fetched_at=datetime.now(UTC),
        seconds=answer.seconds,
    )
