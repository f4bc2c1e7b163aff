"""One GET, bounded in bytes, redirects and time, whose every failure has a class."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx

from treatywatch.config.settings import FetchSettings
from treatywatch.extractors import decoding, faults
from treatywatch.extractors.urls import host_of, is_fetchable, resolve_link
from treatywatch.news.errors import FetchError

_PERMANENT = (301, 308)
_REDIRECTS = (301, 302, 303, 307, 308)
_READ_CHUNK = 1 << 16
_ACCEPT = (
    "text/html,application/xhtml+xml,application/rss+xml,application/atom+xml,"
    "application/xml;q=0.9,*/*;q=0.5"
)


@dataclass(frozen=True, slots=True)
class Request:
    """What to get, and the bounds that are this request's own."""

    url: str
    max_bytes: int
    headers: Mapping[str, str] = field(default_factory=dict)
    is_cut: bool = False  # keep what fits of a body that is too large, where it is not compressed
    # awaited with the address before a redirect to another host is followed
    before_other_host: Callable[[str], Awaitable[None]] | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered, redirects followed."""

    requested_url: str
    url: str
    status: int
    headers: httpx.Headers = field(repr=False)
    body: bytes = field(repr=False)
    seconds: float
    permanent_url: str | None = None  # where only permanent redirects led

    @property
    def content_type(self) -> str:
        """Return the media type in lower case, without parameters."""
        media_type: str = self.headers.get("content-type", "")
        return media_type.partition(";")[0].strip().lower()

    @property
    def charset(self) -> str | None:
        """Return the charset that the header declares."""
        found = self.headers.get("content-type", "").lower().partition("charset=")[2]
        return found.split(";")[0].strip(" \"'")[:40] or None


class Client:
    """Get addresses through one transport; keep no cookies between requests.

    Works on the transport itself: redirects are followed here, where each step is checked.
    """

    def __init__(self, fetch: FetchSettings, transport: httpx.AsyncBaseTransport) -> None:
        self._fetch = fetch
        self._transport = transport
        self._headers = {
            "user-agent": fetch.user_agent,
            "accept": _ACCEPT,
            "accept-encoding": "gzip, deflate, br, zstd",
        }
        self._timeout = httpx.Timeout(
            fetch.read_timeout, connect=fetch.connect_timeout, pool=fetch.total_timeout
        ).as_dict()

    async def aclose(self) -> None:
        """Close every connection."""
        await self._transport.aclose()

    async def get(self, request: Request) -> Answer:
        """Get one address; a 304 is an answer, any other status than 2xx a failure.

        Raises:
            FetchError: with its class, and what the server said of when to come back.
        """
        started = time.monotonic()
        try:
            async with asyncio.timeout(self._fetch.total_timeout) as deadline:
                return await self._follow(request, started, deadline)
        except FetchError:
            raise
        except TimeoutError as error:
            limit = f"no complete answer within {self._fetch.total_timeout:g} s"
            raise FetchError(request.url, "timeout", limit) from error
        except Exception as error:  # the boundary where every library's errors become ours
            raise faults.as_fetch_error(request.url, error) from error

    async def _follow(self, request: Request, started: float, deadline: asyncio.Timeout) -> Answer:
        url, permanent = request.url, True
        cookies = httpx.Cookies()
        seen = {url}
        for _ in range(self._fetch.max_redirects + 1):
            if not is_fetchable(url):
                raise FetchError(request.url, "ssrf", f"leads to {url[:200]!r}, not a web address")
            response = await self._send(url, request.headers, cookies)
            async with aclosing(response):
                target = _redirect_target(response)
                if target is None:
                    body = await self._body(request, response)
                    moved = url if permanent and url != request.url else None
                    return self._answer(request, response, body, started, moved)
                cookies.extract_cookies(response)
            permanent = permanent and response.status_code in _PERMANENT
            if target in seen and not len(cookies.jar):
                raise FetchError(
                    request.url, "redirects", f"redirects in a circle at {target[:200]}"
                )
            seen.add(target)
            if host_of(target) != host_of(url):
                await _wait_for_other_host(request, target, deadline)
            url = target
        raise FetchError(
            request.url, "redirects", f"more than {self._fetch.max_redirects} redirects"
        )

    async def _send(
        self, url: str, headers: Mapping[str, str], cookies: httpx.Cookies
    ) -> httpx.Response:
        message = httpx.Request(
            "GET",
            url,
            headers={**self._headers, **headers},
            extensions={"timeout": self._timeout},
        )
        cookies.set_cookie_header(message)
        response = await self._transport.handle_async_request(message)
        response.request = message
        return response

    async def _body(self, request: Request, response: httpx.Response) -> bytes:
        """Read a body, bounded before and after decompression."""
        limit = request.max_bytes
        encoding = response.headers.get("content-encoding", "")
        is_cut = request.is_cut and not encoding
        declared = response.headers.get("content-length", "")
        if declared.isdigit() and len(declared) < 20 and int(declared) > limit and not is_cut:
            raise _too_large(request, limit)
        raw = bytearray()
        async for chunk in response.aiter_raw(_READ_CHUNK):
            raw += chunk
            if len(raw) > limit and is_cut:
                return bytes(raw[:limit])
            if len(raw) > limit:
                raise _too_large(request, limit)
        try:
            return decoding.decompress(bytes(raw), encoding, limit)
        except decoding.BodyTooLargeError as error:
            raise _too_large(request, limit) from error
        except decoding.BodyDamagedError as error:
            raise FetchError(request.url, "bad_response", str(error)) from error

    def _answer(
        self,
        request: Request,
        response: httpx.Response,
        body: bytes,
        started: float,
        moved: str | None,
    ) -> Answer:
        answer = Answer(
            requested_url=request.url,
            url=str(response.url),
            status=response.status_code,
            headers=response.headers,
            body=body,
            seconds=time.monotonic() - started,
            permanent_url=moved,
        )
        if answer.status != 304 and not 200 <= answer.status < 300:
            at = datetime.now(UTC)
            raise faults.status_error(request.url, answer.status, answer.headers, body, at)
        return answer


async def _wait_for_other_host(request: Request, target: str, deadline: asyncio.Timeout) -> None:
    """Let the other host's turn come; waiting for it is not the request's own time."""
    if request.before_other_host is None or not is_fetchable(target):
        return
    ends = deadline.when()
    deadline.reschedule(None)
    began = time.monotonic()
    await request.before_other_host(target)
    deadline.reschedule(None if ends is None else ends + time.monotonic() - began)


def _redirect_target(response: httpx.Response) -> str | None:
    if response.status_code not in _REDIRECTS or "location" not in response.headers:
        return None
    location = response.headers["location"]
    return resolve_link(str(response.url), location) or location


def _too_large(request: Request, limit: int) -> FetchError:
    return FetchError(request.url, "too_large", f"more than {limit / 1e6:g} MB")
