"""A web of servers that lie, stall, break and attack, on real loopback connections.

Every behaviour has a host of its own (127.0.1.x), so that one cannot spoil another.
"""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import socket
import ssl
import struct
import threading
import zlib
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Self

import brotli
import trustme
import zstandard

Answer = bytes
Behaviour = Callable[["Visit"], Awaitable[None]]
HANG = 30.0


class Visit:
    """One request and the means to answer it badly."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.path = "/"
        self.count = 0  # of earlier visits to this path
        self.base = ""

    async def read_request(self) -> bool:
        """Read the request's head; False when the visitor speaks TLS to a plain port."""
        first = await self.reader.readexactly(1)
        if first == b"\x16":
            await self.send(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
            return False
        head = await self.reader.readuntil(b"\r\n\r\n")
        self.path = head.split(b" ", 2)[1].decode("latin-1")
        return True

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def reply(
        self, body: bytes, status: str = "200 OK", kind: str = "application/rss+xml", **more: str
    ) -> None:
        headers = {"Content-Type": kind, "Content-Length": str(len(body)), "Connection": "close"}
        headers.update({name.replace("_", "-"): value for name, value in more.items()})
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items() if value)
        await self.send(f"HTTP/1.1 {status}\r\n{head}\r\n".encode("latin-1") + body)

    def reset(self) -> None:
        sock = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


# --- bodies ----------------------------------------------------------------------------------


def item(number: int, host: str = "", extra: str = "") -> str:
    return (
        f"<item><title>Story {number}</title><link>{host}/story/{number}</link>"
        f"<guid>{host}/story/{number}</guid>"
        f"<pubDate>Sat, 25 Oct 2025 10:{number % 60:02d}:00 +0000</pubDate>{extra}</item>"
    )


def feed(items: str, head: str = '<?xml version="1.0" encoding="utf-8"?>') -> bytes:
    document = f'{head}<rss version="2.0"><channel><title>T</title>{items}</channel></rss>'
    return document.encode("utf-8")


def good_feed(entries: int = 3) -> bytes:
    return feed("".join(item(number) for number in range(entries)))


def laughs() -> bytes:
    entities = '<!ENTITY a0 "lol">' + "".join(
        f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12)
    )
    head = f'<?xml version="1.0"?><!DOCTYPE rss [{entities}]>'
    return feed("<item><title>&a11;</title><link>/story/1</link></item>", head)


def outside_entity() -> bytes:
    head = '<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    return feed("<item><title>a&x;b</title><link>/story/1</link></item>", head)


ARTICLE = (
    "<html><head><title>Healthy page</title></head><body><article><h1>Healthy page</h1>"
    + "".join(
        f"<p>Paragraph {n} of an article about the harbour, long enough to be read as prose by"
        f" anybody who cares for harbours and their ships.</p>"
        for n in range(6)
    )
    + "</article></body></html>"
)
BOT_WALL = (
    "<html><head><title>Just a moment...</title></head><body><div id='cf-challenge'>"
    "Checking your browser before accessing. Enable JavaScript and cookies to continue"
    "</div></body></html>"
)


# --- behaviours ------------------------------------------------------------------------------


def replies(body: bytes, status: str = "200 OK", kind: str = "application/rss+xml", **more: str):
    async def behave(visit: Visit) -> None:
        await visit.reply(body, status, kind, **more)

    return behave


def compressed(encoding: str, body: bytes, cut: int = 0):
    return replies(body[: len(body) - cut], Content_Encoding=encoding)


def redirects(target: str, status: str = "302 Found"):
    async def behave(visit: Visit) -> None:
        location = target.format(base=visit.base, n=visit.count, path=visit.path)
        await visit.reply(b"", status, Location=location)

    return behave


async def hang_on_headers(visit: Visit) -> None:
    await asyncio.sleep(HANG)


async def hang_on_body(visit: Visit) -> None:
    await visit.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n<rss")
    await asyncio.sleep(HANG)


async def drip(visit: Visit) -> None:
    await visit.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n\r\n")
    for _ in range(200):
        await visit.send(b" ")
        await asyncio.sleep(0.2)


async def drip_headers(visit: Visit) -> None:
    await visit.send(b"HTTP/1.1 200 OK\r\n")
    for number in range(200):
        await visit.send(f"X-{number}: y\r\n".encode())
        await asyncio.sleep(0.2)


async def reset_at_once(visit: Visit) -> None:
    visit.reset()


async def reset_in_body(visit: Visit) -> None:
    await visit.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n<rss>")
    await asyncio.sleep(0.05)
    visit.reset()


async def close_without_answer(visit: Visit) -> None:
    visit.writer.close()


async def endless(visit: Visit) -> None:
    await visit.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n\r\n<rss>")
    for _ in range(2_000):
        await visit.send(b"<item><title>x</title></item>" * 1000)


async def broken_chunks(visit: Visit) -> None:
    await visit.send(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n<rss>\r\n0\r\n\r\n"
    )


async def garbage(visit: Visit) -> None:
    await visit.send(b"\x00\x01SSH-2.0-nothing\r\n\r\n" * 10)


async def huge_header(visit: Visit) -> None:
    await visit.send(b"HTTP/1.1 200 OK\r\nX-Big: " + b"a" * 500_000 + b"\r\n\r\nx")


async def many_headers(visit: Visit) -> None:
    lines = b"".join(b"X-%d: aaaaaaaaaaaaaaaa\r\n" % n for n in range(20_000))
    await visit.send(b"HTTP/1.1 200 OK\r\n" + lines + b"\r\nx")


async def cookie_gate(visit: Visit) -> None:
    """Redirect to itself until the visitor shows the cookie; as some papers do."""
    if visit.count == 0:
        await visit.reply(b"", "302 Found", Location=visit.path, Set_Cookie="seen=1; Path=/")
    else:
        await visit.reply(good_feed())


def arabic_feed() -> bytes:
    text = feed("<item><title>اتفاقية هانوي</title><link>/story/1</link></item>").decode()
    return text.replace("utf-8", "utf-8").encode("cp1256")


PNG = b"\x89PNG\r\n\x1a\n"
BOMB = b"<rss>" + b" " * 80_000_000
FEEDS: dict[str, tuple[Behaviour, str]] = {
    # name: (behaviour, expected class, or "ok")
    "hang-on-headers": (hang_on_headers, "timeout"),
    "hang-on-body": (hang_on_body, "timeout"),
    "drip": (drip, "timeout"),
    "drip-headers": (drip_headers, "timeout"),
    "reset-at-once": (reset_at_once, "connect"),
    "reset-in-body": (reset_in_body, "connect"),
    "no-answer": (close_without_answer, "bad_response"),
    "endless": (endless, "too_large"),
    "broken-chunks": (broken_chunks, "bad_response"),
    "garbage": (garbage, "bad_response"),
    "huge-header": (huge_header, "bad_response"),
    "many-headers": (many_headers, "bad_response"),
    "cookie-gate": (cookie_gate, "ok"),
    "truncated-gzip": (compressed("gzip", gzip.compress(good_feed(200)), 40), "bad_response"),
    "gzip-bomb": (compressed("gzip", gzip.compress(BOMB)), "too_large"),
    "deflate-bomb": (compressed("deflate", zlib.compress(BOMB)), "too_large"),
    "brotli-bomb": (compressed("br", brotli.compress(BOMB, quality=3)), "too_large"),
    "zstd-bomb": (compressed("zstd", zstandard.compress(BOMB)), "too_large"),
    "truncated-brotli": (compressed("br", brotli.compress(good_feed(200)), 30), "bad_response"),
    "gzip-layers": (replies(b"x", Content_Encoding="gzip, gzip, gzip, gzip"), "bad_response"),
    "unknown-encoding": (compressed("rot13", good_feed()), "bad_response"),
    "says-gzip-is-not": (compressed("gzip", good_feed()), "ok"),
    "length-too-long": (replies(good_feed(), Content_Length="99999"), "bad_response"),
    "length-lies-huge": (replies(good_feed(), Content_Length="99999999999"), "too_large"),
    "redirect-loop": (redirects("{path}"), "redirects"),
    "redirect-endless": (redirects("/redirect-endless/{n}"), "redirects"),
    "redirect-metadata": (redirects("http://169.254.169.254/latest/"), "ssrf"),
    "redirect-mapped": (redirects("http://[::ffff:10.0.0.1]/"), "ssrf"),
    "redirect-decimal": (redirects("http://2852039166/"), "ssrf"),
    "redirect-octal": (redirects("http://0251.0376.0251.0376/"), "bad_response"),
    "redirect-zero": (redirects("http://0.0.0.0/"), "ssrf"),
    "redirect-rebinding": (redirects("http://rebinding.test/"), "ssrf"),
    "redirect-file": (redirects("file:///etc/passwd"), "ssrf"),
    "redirect-script": (redirects("javascript:alert(1)"), "ssrf"),
    "redirect-unknown-name": (redirects("http://nowhere.test/"), "dns"),
    "redirect-private-port": (redirects("http://10.1.2.3:22/"), "ssrf"),
    "status-429": (replies(b"", "429 Too Many", Retry_After="120"), "rate_limited"),
    "status-503": (replies(b"", "503 Busy", Retry_After="60"), "http_5xx"),
    "status-500": (replies(b"oops", "500 Oops"), "http_5xx"),
    "status-404": (replies(b"", "404 Not Found"), "http_4xx"),
    "status-410": (replies(b"", "410 Gone"), "gone"),
    "status-403-wall": (replies(BOT_WALL.encode(), "403 Forbidden", "text/html"), "blocked"),
    "status-304-unasked": (replies(b"", "304 Not Modified", Content_Length=""), "bad_response"),
    "wall-200": (replies(BOT_WALL.encode(), kind="text/html"), "blocked"),
    "html-as-feed": (replies(ARTICLE.encode(), kind="text/html"), "not_a_feed"),
    "image-as-feed": (replies(PNG + b"\x00" * 5000, kind="image/png"), "not_a_feed"),
    "empty": (replies(b""), "not_a_feed"),
    "json": (replies(b'{"version": 1}', kind="application/json"), "not_a_feed"),
    "entity-bomb": (replies(laughs()), "any"),
    "outside-entity": (replies(outside_entity()), "any"),
    "nested-xml": (replies(feed("<a>" * 100_000 + "</a>" * 100_000)), "any"),
    "ampersands": (replies(feed(f"<item><description>{'&' * 2_000_000}")), "any"),
    "null-bytes": (replies(good_feed().replace(b"Story", b"St\x00ory")), "ok"),
    "lying-charset": (replies(arabic_feed(), kind="text/xml; charset=utf-8"), "ok"),
    "bad-utf8": (replies(good_feed(50).replace(b"Story 1<", b"St\xffory 1<")), "ok"),
    "absurd-dates": (
        replies(
            feed(
                "".join(
                    f"<item><title>D</title><link>/d/{n}</link><pubDate>{raw}</pubDate></item>"
                    for n, raw in enumerate(("Sat, 25 Oct 9999 10:00:00 +0000", "0", "yesterday",
                                             "1970-01-01", "32/13/2025", "-1", "2025-10-25T99:99Z"))
                )
            )
        ),
        "ok",
    ),
    "ten-thousand": (replies(feed("".join(item(n) for n in range(10_000)))), "ok"),
    "same-guids": (
        replies(feed("".join(f"<item><title>S{n}</title><link>/s/{n}</link><guid>1</guid></item>"
                             for n in range(4)))),
        "ok",
    ),
    "script-links": (
        replies(feed("<item><title>X</title><link>javascript:alert(1)</link></item>"
                     "<item><title>D</title><link>data:text/html,x</link></item>" + item(1))),
        "ok",
    ),
    "cut-off": (replies(good_feed(5)[:-160]), "ok"),
    "long-title": (replies(feed(item(1).replace("Story 1", "x" * 3_000_000))), "ok"),
    "wrong-kind": (replies(good_feed(), kind="application/octet-stream"), "ok"),
}  # fmt: skip
PAGES: dict[str, tuple[Behaviour, str]] = {
    # name: (behaviour, the failure's class; "article" where it can be read)
    "page-nested": (replies(b"<div>" * 100_000 + b"cyber", kind="text/html"), "empty"),
    "page-links": (
        replies(b"<html><body>" + b"<a href='/x'>Some words of a link here</a>" * 60_000,
                kind="text/html"),
        "any",
    ),
    "page-large": (replies(b"<p>" + b"x" * 6_000_000, kind="text/html"), "too_large"),
    "page-paragraphs": (
        replies(b"<html><body>" + b"<p>cyber words of a paragraph that goes on</p>" * 90_000,
                kind="text/html"),
        "any",
    ),
    "page-pdf": (replies(b"%PDF-1.7\n" + b"x" * 500, kind="application/pdf"), "not_html"),
    "page-pdf-lying": (replies(b"%PDF-1.7\n" + b"x" * 500, kind="text/html"), "not_html"),
    "page-image": (replies(PNG + b"\x00" * 900, kind="image/png"), "not_html"),
    "page-empty": (replies(b"", kind="text/html"), "empty"),
    "page-nulls": (replies(ARTICLE.replace(" ", "\x00 ").encode(), kind="text/html"), "article"),
    "page-no-kind": (replies(ARTICLE.encode(), kind=""), "article"),
    "page-wall": (replies(BOT_WALL.encode(), kind="text/html"), "bot_wall"),
    "page-robots": (replies(ARTICLE.encode(), kind="text/html"), "robots"),
    "page-404": (replies(b"", "404 Not Found"), "http_4xx"),
    "page-hang": (hang_on_body, "timeout"),
    "page-metadata": (redirects("http://169.254.169.254/"), "ssrf"),
    "page-unclosed": (replies(b"<body>" + b"<!-- cyber" * 200_000, kind="text/html"), "empty"),
    "page-quotes": (replies(b"<a href=\"" * 300_000, kind="text/html"), "any"),
    "page-attributes": (replies(b"<p " + b"a=1 " * 500_000 + b">", kind="text/html"), "any"),
    "page-bad-meta": (
        replies(ARTICLE.replace("<head>", "<head><meta charset='nonsense'>").encode(),
                kind="text/html; charset=base64"),
        "article",
    ),
}  # fmt: skip


class HostileWeb:
    """Serve every behaviour, and healthy feeds among them, while the context lasts."""

    def __init__(self) -> None:
        self._names = [*FEEDS, *PAGES, "hang-on-connect", "refused", "tls-stranger", "tls-plain"]
        self._visits: dict[str, int] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._servers: list[asyncio.Server] = []
        self._full: list[socket.socket] = []
        self.healthy = [f"healthy-{n}" for n in range(12)]

    def url(self, name: str, path: str = "feed.xml") -> str:
        scheme = "https" if name.startswith("tls-") else "http"
        return f"{scheme}://{self._host(name)}:{self._ports.get(name, self._port)}/{name}/{path}"

    def _host(self, name: str) -> str:
        names = [*self._names, *self.healthy]
        return f"127.0.1.{names.index(name) + 1}"

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._start(), self._loop).result(20)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result(20)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _start(self) -> None:
        first = await asyncio.start_server(self._serve, "127.0.1.250", 0)
        self._port = first.sockets[0].getsockname()[1]
        self._servers.append(first)
        odd = {"hang-on-connect", "refused", "tls-stranger"}
        hosts = [self._host(name) for name in [*self._names, *self.healthy] if name not in odd]
        self._servers.append(await asyncio.start_server(self._serve, hosts, self._port))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        trustme.CA().issue_cert("127.0.1.1", "other.test").configure_cert(context)
        stranger = self._host("tls-stranger")
        tls = await asyncio.start_server(self._serve, stranger, 0, ssl=context)
        self._servers.append(tls)
        self._ports = {
            "tls-stranger": tls.sockets[0].getsockname()[1],
            "hang-on-connect": self._full_port(self._host("hang-on-connect")),
            "refused": 9,
        }

    def _full_port(self, host: str) -> int:
        """Return a port whose queue is full, so that a further connection hangs."""
        listener = socket.socket()
        listener.bind((host, 0))
        listener.listen(0)
        port: int = listener.getsockname()[1]
        self._full.append(listener)
        for _ in range(4):
            filler = socket.socket()
            filler.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                filler.connect((host, port))
            self._full.append(filler)
        return port

    async def _stop(self) -> None:
        for server in self._servers:
            server.close()
        for sock in self._full:
            sock.close()
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        visit = Visit(reader, writer)
        try:
            if not await visit.read_request():
                return
            visit.count = self._visits.get(visit.path, 0)
            self._visits[visit.path] = visit.count + 1
            await self._behaviour(visit.path)(visit)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    def _behaviour(self, path: str) -> Behaviour:
        name = path.split("/")[1]
        if path == "/robots.txt":
            return replies(b"User-agent: *\nDisallow: /page-robots/\n", kind="text/plain")
        if "/story/" in path:
            return replies(ARTICLE.encode(), kind="text/html")
        if name in self.healthy:
            body = good_feed().replace(b"<link>", b"<link>/" + name.encode())
            return replies(body.replace(b"<guid>", b"<guid>/" + name.encode()))
        return FEEDS[name][0] if name in FEEDS else PAGES[name][0]
