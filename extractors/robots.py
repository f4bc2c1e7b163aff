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
# Whatever the site would say, it could not be heard.
_OUT_OF_REACH = ("rate_limited", "timeout", "dns", "connect", "tls", "too_large")


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
        plain = {"accept-encoding": "identity"}  # a compressed body cannot be cut
        asked = Request(f"{origin}/robots.txt", MAX_ROBOTS_BYTES, plain, is_cut=True)
        try:
            answer = await self._get(asked)
        except FetchError as error:
            return _rules_without_file(error, now)
        text = answer.body.decode("utf-8", "replace")
        if len(answer.body) == MAX_ROBOTS_BYTES:
            text = text.rpartition("\n")[0]  # half a path would forbid more than the site does
        return Rules(Protego.parse(text), now + _KEPT_SECONDS)


def _rules_without_file(error: FetchError, now: float) -> Rules:
    """Follow RFC 9309: no file allows everything, a site out of reach allows nothing for now."""
    if error.error_class in _OUT_OF_REACH or (error.status or 0) >= 500:
        return Rules(None, now + _FAULT_KEPT_SECONDS, error)
    kept = _KEPT_SECONDS if error.status is not None else _FAULT_KEPT_SECONDS
    return Rules(None, now + kept)
