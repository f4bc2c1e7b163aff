"""robots.txt: fetched once a day a site, read by a library, unreachable is not a rule."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from treatywatch.extractors.client import Answer, Request
from treatywatch.extractors.urls import origin_of
from treatywatch.news.errors import FetchError

MAX_ROBOTS_BYTES = 512_000
_KEPT_SECONDS = 86_400.0
# Retried sooner, because the answer was a fault and not a rule.
_FAULT_KEPT_SECONDS = 3_600.0
_MAX_SITES = 5_000


@dataclass(frozen=True, slots=True)
class Rules:
    """What a site's robots.txt lets us do. `parsed` None: everything is allowed."""

    parsed: Any
    expires_at: float
    fault: FetchError | None = None  # why nothing may be fetched for now

    def allows(self, url: str, agent: str) -> bool:
        """Tell whether this agent may fetch the address."""
        return self.parsed is None or bool(self.parsed.can_fetch(url, agent))

    def crawl_delay(self, agent: str) -> float:
        """Return the seconds that the site asks to wait between two requests."""
        delay = self.parsed.crawl_delay(agent) if self.parsed is not None else None
        return float(delay or 0.0)


class Robots:
    """The rules of every site met, a day each. Use from one event loop."""

    def __init__(self, get: Callable[[Request], Awaitable[Answer]], user_agent: str) -> None:
        self._get = get
        self._agent = user_agent.partition("/")[0]
        self._rules: dict[str, Rules] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    async def check(self, url: str) -> float:
        """Return the crawl delay for an address that may be fetched.

        Raises:
            FetchError: class `robots` when it may not; the class of the fault when the site could
                not say, because its server is in trouble.
        """
        rules = await self._rules_of(origin_of(url))
        if rules.fault is not None:
            why = f"robots.txt cannot be had ({rules.fault.message}); not fetched without it"
            raise FetchError(url, rules.fault.error_class, why, retry_after=rules.fault.retry_after)
        if not rules.allows(url, self._agent):
            raise FetchError(url, "robots", "robots.txt does not allow this page")
        return rules.crawl_delay(self._agent)

    async def _rules_of(self, origin: str) -> Rules:
        async with self._locks.setdefault(origin, asyncio.Lock()):
            rules = self._rules.get(origin)
            if rules is None or rules.expires_at < time.monotonic():
                if len(self._rules) >= _MAX_SITES:
                    self._rules.clear()
                rules = await self._fetched(origin)
                self._rules[origin] = rules
            return rules

    async def _fetched(self, origin: str) -> Rules:
        from protego import Protego

        now = time.monotonic()
        try:
            answer = await self._get(Request(f"{origin}/robots.txt", MAX_ROBOTS_BYTES))
        except FetchError as error:
            return _rules_without_file(error, now)
        return Rules(Protego.parse(answer.body.decode("utf-8", "replace")), now + _KEPT_SECONDS)


def _rules_without_file(error: FetchError, now: float) -> Rules:
    """Follow RFC 9309: no file allows everything, a server in trouble allows nothing for now."""
    if error.status is not None and error.status >= 500:
        return Rules(None, now + _FAULT_KEPT_SECONDS, error)
    if error.error_class == "rate_limited":
        return Rules(None, now + _FAULT_KEPT_SECONDS, error)
    kept = _KEPT_SECONDS if error.status is not None else _FAULT_KEPT_SECONDS
    return Rules(None, now + kept)
