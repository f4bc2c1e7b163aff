"""Serve the sample newsroom on loopback."""

from __future__ import annotations

import sys
from datetime import date, datetime
from email.utils import parsedate_to_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import TracebackType
from typing import Any, Final
from urllib.parse import urlsplit

from .newsroom import build_newsroom
from .records import SamplePage

LOOPBACK: Final = "127.0.0.1"
NOT_FOUND: Final = SamplePage(404, {"Content-Type": "text/plain"}, b"Not Found\n")


class _Listener(ThreadingHTTPServer):
    """Listen without a word when a reader leaves in the middle of an answer."""

    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Pass over readers that left; let any other error be seen."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class SampleServer:
    """Serve one edition at a time on a free loopback port, as a context manager."""

    def __init__(self, edition: int, base_date: date) -> None:
        """Bind the port and render the edition; nothing is answered before `with`."""
        self._base_date = base_date
        self._http = _Listener((LOOPBACK, 0), _handler_for(self))
        self._thread = Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.05})
        self.edition = edition

    @property
    def url(self) -> str:
        """Return the root URL, without a slash at its end."""
        return f"http://{LOOPBACK}:{self._http.server_address[1]}"

    @property
    def edition(self) -> int:
        """Return the edition that is being served."""
        return self._edition

    @edition.setter
    def edition(self, edition: int) -> None:
        self._pages = build_newsroom(edition, self._base_date, self.url)
        self._edition = edition

    def page(self, path: str) -> SamplePage:
        """Return the answer for a path."""
        return self._pages.get(path, NOT_FOUND)

    def __enter__(self) -> SampleServer:
        """Start answering."""
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop answering and free the port."""
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


def is_unchanged(page: SamplePage, etag: str | None, since: str | None) -> bool:
    """Tell whether a conditional request may be answered with 304."""
    if page.status != 200:
        return False
    if etag is not None:
        return page.headers.get("ETag") in [tag.strip() for tag in etag.split(",")]
    modified = page.headers.get("Last-Modified")
    if since is None or modified is None:
        return False
    asked = _http_date(since)
    return asked is not None and parsedate_to_datetime(modified) <= asked


def _http_date(text: str) -> datetime | None:
    try:
        return parsedate_to_datetime(text)
    except ValueError:
        return None


def _handler_for(server: SampleServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        """Answer requests from the pages of the server's edition."""

        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            """Answer a GET."""
            self._answer(with_body=True)

        def do_HEAD(self) -> None:
            """Answer a HEAD."""
            self._answer(with_body=False)

        def log_message(self, format: str, *args: object) -> None:
            """Stay silent."""

        def _answer(self, with_body: bool) -> None:
            page = server.page(urlsplit(self.path).path)
            known = self.headers.get("If-None-Match"), self.headers.get("If-Modified-Since")
            unchanged = is_unchanged(page, *known)
            body = b"" if unchanged else page.body
            self.send_response(304 if unchanged else page.status)
            for name, value in page.headers.items():
                self.send_header(name, value)
            if not unchanged:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if with_body:
                self.wfile.write(body)

    return Handler
