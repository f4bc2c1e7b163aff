"""The fetcher: one event loop in the background, shared by every batch of a run.

Callers block; hosts are fetched in parallel, politely within each, whoever asked.
"""

from __future__ import annotations

import asyncio
import math
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Literal, Self, TypeVar
from weakref import WeakSet

import httpx

from treatywatch.config.settings import Settings
from treatywatch.extractors import faults
from treatywatch.extractors.attempts import (
    FetchedFeed,
    feed_document,
    feed_result,
    needs_reading,
)
from treatywatch.extractors.client import Answer, Client, Request
from treatywatch.extractors.feeds import parse_feed
from treatywatch.extractors.hosts import Hosts
from treatywatch.extractors.plan import page_host, validators
from treatywatch.extractors.robots import Robots
from treatywatch.extractors.transport import make_transport
from treatywatch.extractors.urls import host_of, resolve_google_news
from treatywatch.extractors.workers import Workers
from treatywatch.news.errors import FetchError
from treatywatch.news.records import (
    Failure,
    Feed,
    FeedResult,
    FeedState,
    Page,
    PendingPage,
)

T = TypeVar("T")
FetchedPage = tuple[PendingPage, Page | Failure]
_DNS_THREADS = 32
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
    """What one call for pages may still take."""

    latest: float  # instant of `monotonic` after which no further request begins
    bytes_left: int = MAX_BYTES_A_CALL

    def check(self, url: str) -> None:
        if self.bytes_left <= 0:
            why = f"the pages of its batch hold more than {MAX_BYTES_A_CALL / 1e6:g} MB together"
            raise FetchError(url, "too_large", why)


class Fetcher:
    """Fetch feeds and pages. One a process; safe to call from several threads."""

    def __init__(
        self,
        settings: Settings,
        transport: httpx.AsyncBaseTransport | None = None,
        on_progress: Callable[[Progress], None] | None = None,
    ) -> None:
        self._settings = settings
        self._transport = transport
        self._on_progress = on_progress
        self._workers = Workers(settings.extract)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, name="fetcher", daemon=True)
        self._started = threading.Lock()
        self._is_closed = False
        _fetchers.add(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    # --- calls from any thread ---------------------------------------------------------------

    def fetch_feeds(self, due: Sequence[tuple[Feed, FeedState]], now: datetime) -> list[FeedResult]:
        """Fetch feeds; a result for each, in order, failed ones too."""
        fetched = self._run(self._fetch_feeds(due, now))
        documents = [
            feed_document(each, self._settings, now) for each in fetched if needs_reading(each)
        ]
        parsed = iter(self._workers.run(parse_feed, documents))
        return [
            feed_result(each, next(parsed) if needs_reading(each) else None, now)
            for each in fetched
        ]

    def fetch_pages(self, pending: Sequence[PendingPage]) -> list[FetchedPage]:
        """Fetch pages; a page or a failure for each, in order."""
        return self._run(self._fetch_pages(pending))

    def get(self, url: str, max_bytes: int | None = None) -> Answer:
        """Get one address as pages are got, politely and guarded.

        Raises:
            FetchError
        """
        request = Request(url, max_bytes or self._settings.fetch.max_page_bytes)
        return self._run(self._polite(request))

    def close(self) -> None:
        """Close connections, the loop and the workers."""
        self.stop()
        self._workers.close()

    def stop(self) -> None:
        """Close connections and the loop; whoever waits for an answer gets CancelledError."""
        with self._started:
            if self._is_closed:
                return
            self._is_closed = True
            if self._thread.is_alive():
                asyncio.run_coroutine_threadsafe(self._client.aclose(), self._loop).result(10)
                self._loop.call_soon_threadsafe(self._loop.stop)
                self._thread.join(10)
            else:
                self._loop.close()

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        with self._started:
            if self._is_closed:
                work.close()
                raise RuntimeError("this Fetcher is closed")
            if not self._thread.is_alive():
                self._open()
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

    def _open(self) -> None:
        fetch = self._settings.fetch
        self._client = Client(fetch, self._transport or make_transport(self._settings))
        self._robots = Robots(self._polite, fetch.user_agent)
        self._hosts = Hosts(fetch)
        self._page_slots = asyncio.Semaphore(fetch.hosts_in_parallel)
        self._feed_slots = asyncio.Semaphore(fetch.feeds_in_parallel)
        self._thread.start()

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        # A name server that hangs must not hold up the names of other hosts.
        self._loop.set_default_executor(ThreadPoolExecutor(_DNS_THREADS, "dns"))
        try:
            self._loop.run_forever()
        finally:
            for task in asyncio.all_tasks(self._loop):
                task.cancel()
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
            self._loop.run_until_complete(self._loop.shutdown_default_executor())
            self._loop.close()

    # --- in the loop -------------------------------------------------------------------------

    async def _fetch_feeds(
        self, due: Sequence[tuple[Feed, FeedState]], now: datetime
    ) -> list[FetchedFeed]:
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
            answer = await self._polite(request, self._feed_slots)
            if answer.status == 304 and not headers:
                raise FetchError(url, "bad_response", "HTTP 304 to a question without validators")
        except FetchError as error:
            return replace(begun, error=error, seconds=time.monotonic() - started)
        return replace(begun, answer=answer, seconds=answer.seconds)

    async def _fetch_pages(self, pending: Sequence[PendingPage]) -> list[FetchedPage]:
        for name in {page_host(page) for page in pending}:
            self._hosts.of(name).forget_mishaps()
        counted = self._counted("pages", len(pending))
        latest = time.monotonic() + self._settings.flow.run_deadline_minutes * 60
        allowance = _Allowance(latest)
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
            answer = await self._polite(request, allowance=allowance)
            if asks_robots and host_of(answer.url) != host_of(url):
                await self._robots.check(answer.url)  # a link shortener cannot speak for the outlet
        except FetchError as error:
            return pending, faults.failure_of(error, "page", datetime.now(UTC))
        return pending, _page(answer)

    def _asks_robots(self, feed: Feed) -> bool:
        fetch = self._settings.fetch
        return fetch.robots and feed.id not in fetch.robots_ignored_feeds

    async def _polite(
        self,
        request: Request,
        slots: asyncio.Semaphore | None = None,
        allowance: _Allowance | None = None,
    ) -> Answer:
        """Get an address in its host's turn.

        A slot is taken after the turn has come, so waiting for a turn holds up no other host. Only
        a redirect waits with a slot in hand: for its turn at the host that it leads to.
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
            allowance.bytes_left -= len(answer.body)
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


_fetchers: WeakSet[Fetcher] = WeakSet()


def stop_fetchers() -> None:
    """End what waits for an answer from the network, in every thread of this process."""
    for fetcher in list(_fetchers):
        fetcher.stop()


def _is_failure(result: object) -> bool:
    if isinstance(result, FetchedFeed):
        return result.error is not None
    return isinstance(result, tuple) and isinstance(result[1], Failure)


def _page(answer: Answer) -> Page:
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
