"""The one seam to the network: an httpx transport whose every dial passes the guard."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator

import httpcore
import httpx

from treatywatch.config.settings import Settings
from treatywatch.extractors.guard import DialPolicy, GuardedBackend, Resolver, resolve

_KEEPALIVE_SECONDS = 20.0


class _Body(httpx.AsyncByteStream):
    def __init__(self, response: httpcore.Response) -> None:
        self._response = response

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._response.aiter_stream():
            yield chunk

    async def aclose(self) -> None:
        await self._response.aclose()


class GuardedTransport(httpx.AsyncBaseTransport):
    """Speak HTTP/1.1 and HTTP/2 over connections that the guard opened."""

    def __init__(self, settings: Settings, resolver: Resolver, context: ssl.SSLContext) -> None:
        fetch = settings.fetch
        policy = DialPolicy(ports=fetch.ports, allow_loopback=settings.allow_loopback)
        room = fetch.hosts_in_parallel + fetch.feeds_in_parallel
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=context,
            max_connections=room * fetch.per_host,
            max_keepalive_connections=room,
            keepalive_expiry=_KEEPALIVE_SECONDS,
            http2=fetch.http2,
            network_backend=GuardedBackend(policy, resolver),
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request; errors are httpcore's."""
        raw = request.url
        answer = await self._pool.handle_async_request(
            httpcore.Request(
                method=request.method,
                url=httpcore.URL(
                    scheme=raw.raw_scheme, host=raw.raw_host, port=raw.port, target=raw.raw_path
                ),
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        return httpx.Response(
            status_code=answer.status,
            headers=answer.headers,
            stream=_Body(answer),
            extensions=answer.extensions,
        )

    async def aclose(self) -> None:
        """Close every connection."""
        await self._pool.aclose()


def make_transport(
    settings: Settings, resolver: Resolver = resolve, context: ssl.SSLContext | None = None
) -> httpx.AsyncBaseTransport:
    """Build the transport for these settings; tests pass their own resolver or TLS context."""
    return GuardedTransport(settings, resolver, context or httpx.create_ssl_context())
