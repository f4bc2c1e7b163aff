"""Politeness: how many requests a host gets at a time, how far apart, and when it must rest."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from treatywatch.config.settings import FetchSettings
from treatywatch.news.errors import FetchError, FetchErrorClass

MAX_CRAWL_DELAY = 30.0
# A host that asks for more patience than this rests until the next run.
LONGEST_REST_WAITED = 30.0
_FIRST_REST = 5.0
_MISHAPS_BEFORE_GIVING_UP = 3
_MAX_HOSTS_REMEMBERED = 10_000


class Host:
    """The gate of one host. Use from one event loop."""

    def __init__(self, name: str, fetch: FetchSettings) -> None:
        self.name = name
        self.crawl_delay = 0.0
        self._delay = fetch.host_delay
        self._slots = asyncio.Semaphore(fetch.per_host)
        self._next_at = 0.0
        self._rest = 0.0
        self._rests_until = 0.0
        self._mishaps = 0
        self._last_class: str | None = None

    @asynccontextmanager
    async def turn(self, url: str, latest: float = math.inf) -> AsyncIterator[None]:
        """Wait for this host's next turn and hold it; `latest` is an instant of `monotonic`.

        Raises:
            FetchError: when the host rests longer than a run should wait, stopped answering, or
                its turn would come too late.
        """
        async with self._slots:
            await self.pause(url, latest)
            yield

    async def pause(self, url: str, latest: float = math.inf) -> None:
        """Wait until this host may be asked again, without taking one of its places.

        For a request that comes here by a redirect: it holds its place at the host it came from,
        and two hosts that redirect to each other would wait for each other for ever.

        Raises:
            FetchError: as `turn` does.
        """
        self._refuse_if_resting(url)
        now = time.monotonic()
        start = max(now, self._next_at, self._rests_until)
        if start > latest:
            raise FetchError(url, "rate_limited", f"{self.name} had no turn left in this run")
        self._next_at = start + max(self._delay, min(self.crawl_delay, MAX_CRAWL_DELAY))
        if start > now:
            await asyncio.sleep(start - now)

    def _refuse_if_resting(self, url: str) -> None:
        left = self._rests_until - time.monotonic()
        if left > LONGEST_REST_WAITED:
            why = f"{self.name} asked for {left:.0f} s of rest; not asked again before"
            raise FetchError(url, "rate_limited", why, retry_after=left)
        if self._mishaps >= _MISHAPS_BEFORE_GIVING_UP:
            why = f"{self.name} failed {self._mishaps} times in a row; left alone for this run"
            kind: FetchErrorClass = "timeout" if self._last_class == "timeout" else "connect"
            raise FetchError(url, kind, why)

    def succeeded(self) -> None:
        """Note an answer: the host is well."""
        self._mishaps = 0
        self._rest = 0.0

    def failed(self, error: FetchError) -> None:
        """Note a failure: back off when the host is overloaded, give up when it is dead."""
        if error.error_class == "rate_limited" or error.status == 503:
            self._rest = error.retry_after or min(max(self._rest * 2, _FIRST_REST), 3600.0)
            self._rests_until = max(self._rests_until, time.monotonic() + self._rest)
        if error.error_class in ("dns", "connect", "timeout", "tls"):
            self._mishaps += 1
            self._last_class = error.error_class
        elif error.status is not None:
            self._mishaps = 0

    def forget_mishaps(self) -> None:
        """Give the host another chance, as at the start of a run."""
        self._mishaps = 0


class Hosts:
    """All hosts met by this process."""

    def __init__(self, fetch: FetchSettings) -> None:
        self._fetch = fetch
        self._hosts: dict[str, Host] = {}

    def of(self, name: str) -> Host:
        """Return the gate of a host."""
        if name not in self._hosts:
            if len(self._hosts) >= _MAX_HOSTS_REMEMBERED:
                self._hosts.pop(next(iter(self._hosts)))
            self._hosts[name] = Host(name, self._fetch)
        return self._hosts[name]
