"""The transport speaks HTTP/2 over TLS, on a real connection, with every compression."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Iterator

import brotli
import h2.config
import h2.connection
import h2.events
import pytest
import trustme
import zstandard

from treatywatch.config.settings import ExtractSettings, FetchSettings, Settings
from treatywatch.extractors.engine import Fetcher
from treatywatch.extractors.guard import resolve
from treatywatch.extractors.transport import make_transport
from treatywatch.news.errors import FetchError

BODY = b"<html><body>Ferries are late today</body></html>" * 50
PACKED = {"br": brotli.compress(BODY), "zstd": zstandard.compress(BODY), "": BODY}
SETTINGS = Settings(
    allow_loopback=True,
    fetch=FetchSettings(host_delay=0, total_timeout=10),
    extract=ExtractSettings(workers=0),
)


class Http2Server:
    """Answers every request over HTTP/2 with a packed body named by the path."""

    def __init__(self, authority: trustme.CA) -> None:
        self.connections = 0
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.set_alpn_protocols(["h2"])
        authority.issue_cert("paper.test").configure_cert(self.context)
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        start = asyncio.start_server(self.serve, "127.0.0.1", 0, ssl=self.context)
        self.server = asyncio.run_coroutine_threadsafe(start, self.loop).result(10)
        self.port = self.server.sockets[0].getsockname()[1]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        config = h2.config.H2Configuration(client_side=False, header_encoding="utf-8")
        link = h2.connection.H2Connection(config)
        link.initiate_connection()
        writer.write(link.data_to_send())
        while data := await reader.read(65536):
            for event in link.receive_data(data):
                if isinstance(event, h2.events.RequestReceived):
                    path = dict(event.headers)[":path"].strip("/")
                    self.answer(link, event.stream_id, path)
            writer.write(link.data_to_send())
            await writer.drain()
        writer.close()

    def answer(self, link: h2.connection.H2Connection, stream: int, encoding: str) -> None:
        headers = [(":status", "200"), ("content-type", "text/html")]
        link.send_headers(
            stream, [*headers, *([("content-encoding", encoding)] if encoding else [])]
        )
        link.send_data(stream, PACKED[encoding], end_stream=True)

    def close(self) -> None:
        async def stop() -> None:
            self.server.close()
            for task in asyncio.all_tasks() - {asyncio.current_task()}:
                task.cancel()

        asyncio.run_coroutine_threadsafe(stop(), self.loop).result(10)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)
        self.loop.close()


async def paper(host: str, port: int) -> list[str]:
    return ["127.0.0.1"] if host == "paper.test" else await resolve(host, port)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def server(authority: trustme.CA) -> Iterator[Http2Server]:
    server = Http2Server(authority)
    yield server
    server.close()


def test_one_connection_carries_every_request(server: Http2Server, authority: trustme.CA) -> None:
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    with Fetcher(SETTINGS, make_transport(SETTINGS, paper, trusting)) as fetcher:
        for encoding in PACKED:
            answer = fetcher.get(f"https://paper.test:{server.port}/{encoding}")
            assert answer.body == BODY
    assert server.connections == 1


def test_a_certificate_nobody_vouches_for_is_refused(server: Http2Server) -> None:
    with (
        Fetcher(SETTINGS, make_transport(SETTINGS, paper)) as fetcher,
        pytest.raises(FetchError) as raised,
    ):
        fetcher.get(f"https://paper.test:{server.port}/")
    assert raised.value.error_class == "tls"
