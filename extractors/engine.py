"""The fetcher: one event loop in the background, shared by every batch of a run.

Callers block; hosts are fetched in parallel, politely within each, whoever asked.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from types import TracebackType
from typing import Any, Self, TypeVar
from weakref import WeakSet

import httpx

from treatywatch.config.settings import Settings
from treatywatch.extractors.attempts import feed_document, feed_result, needs_reading
from treatywatch.extractors.client import Answer, Request
from treatywatch.extractors.feeds import parse_feed
from treatywatch.extractors.transport import make_transport
from treatywatch.extractors.visits import FetchedPage, Progress, Visits
from treatywatch.extractors.workers import Workers
from treatywatch.news.records import Feed, FeedResult, FeedState, PendingPage

T = TypeVar("T")
_DNS_THREADS = 32


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

    def fetch_feeds(self, due: Sequence[tuple[Feed, FeedState]], now: datetime) -> list[FeedResult]:
        """Fetch feeds; a result for each, in order, failed ones too."""
        fetched = self._run(lambda visits: visits.fetch_feeds(due, now))
        documents = [
            feed_document(each, self._settings, now) for each in fetched if needs_reading(each)
        ]
        parsed = iter(self._workers.run(parse_feed, documents))
        return [
            feed_result(each, next(parsed) if needs_reading(each) else None, now)
            for each in fetched
        ]

    @property
    def workers(self) -> Workers:
        """Return the worker processes in which what was fetched is read."""
        return self._workers

    def fetch_pages(self, pending: Sequence[PendingPage]) -> list[FetchedPage]:
        """Fetch pages; a page or a failure for each, in order."""
        return self._run(lambda visits: visits.fetch_pages(pending))

    def get(self, url: str, max_bytes: int | None = None) -> Answer:
        """Get one address as pages are got, politely and guarded.

        Raises:
            FetchError
        """
        request = Request(url, max_bytes or self._settings.fetch.max_page_bytes)
        return self._run(lambda visits: visits.get(request))

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
                asyncio.run_coroutine_threadsafe(self._visits.aclose(), self._loop).result(10)
                self._loop.call_soon_threadsafe(self._loop.stop)
                self._thread.join(10)
            else:
                self._loop.close()

    def _run(self, begin: Callable[[Visits], Coroutine[Any, Any, T]]) -> T:
        with self._started:
            if self._is_closed:
                raise RuntimeError("this Fetcher is closed")
            if not self._thread.is_alive():
                self._open()
        future = asyncio.run_coroutine_threadsafe(begin(self._visits), self._loop)
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

    def _open(self) -> None:
        transport = self._transport or make_transport(self._settings)
        self._visits = Visits(self._settings, transport, self._on_progress)
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


_fetchers: WeakSet[Fetcher] = WeakSet()


def stop_fetchers() -> None:
    """End what waits for an answer from the network, in every thread of this process."""
    for fetcher in list(_fetchers):
        fetcher.stop()
