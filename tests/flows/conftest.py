"""A sample newsroom on loopback, and Prefect in a home of its own."""

from __future__ import annotations

import hashlib
import json
import shutil
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache, partial
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope
from numpy.typing import NDArray
from support.processes import free_port

from treatywatch.classifiers import encoder
from treatywatch.config.feeds import write_list
from treatywatch.samples.feeds import sample_feeds
from treatywatch.samples.server import SampleServer

LOOPBACK = {
    "TREATYWATCH_ALLOW_LOOPBACK": "1",
    "TREATYWATCH_FETCH__HOST_DELAY": "0",
    "TREATYWATCH_FETCH__PER_HOST": "8",
    "TREATYWATCH_EXTRACT__WORKERS": "0",  # a worker takes two seconds to start
}


# A third of the sample newsroom, for tests whose runs are processes, each of which reads every
# passage anew. It has the same look-alikes and faults: a story that two papers print, another
# encoding, a wall, a page without a date, a feed that is cut off and one that is dead.
FEW = {
    "anba-alsahil",
    "ban-tin-so",
    "gulf-evening",
    "night-shift",
    "packet-ledger",
    "sada-almadina",
}

_load_network = cache(encoder._load_session)
_run_network = encoder.Encoder._run
_answers: dict[tuple[int, encoder.Row], NDArray[np.float32]] = {}


def _answer(self: encoder.Encoder, row: encoder.Row) -> NDArray[np.float32]:
    key = (id(self._session), row)
    if key not in _answers:
        _answers[key] = _run_network(self, row)
    return _answers[key]


_first_place: dict[str, Path] = {}


def _load_once(path: Path) -> Any:
    """Load a network that lies in several places only from the first of them."""
    if not path.is_file():
        return _load_network(path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return _load_network(_first_place.setdefault(digest, path))


@pytest.fixture(autouse=True)
def _each_passage_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Load a network once, and let it read a passage once: a third of the time of these tests.

    A passage is a run of its own, so nothing else can move the answer. Commands that tests start
    as processes are as they are.
    """
    monkeypatch.setattr(encoder, "_load_session", _load_once)
    monkeypatch.setattr(encoder.Encoder, "_run", _answer)


@pytest.fixture
def loopback(monkeypatch: pytest.MonkeyPatch, prefect_home: Path) -> None:
    """Allow fetching from loopback, without waiting between requests."""
    for name, value in LOOPBACK.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def sample_server(loopback: None, tmp_path: Path) -> Iterator[SampleServer]:
    """Serve the sample newsroom, its feed list written to feeds.yaml."""
    with SampleServer(1, datetime.now(UTC).date()) as server:
        write_list(tmp_path / "feeds.yaml", sample_feeds(server.url))
        yield server


@pytest.fixture
def few_papers(sample_server: SampleServer, tmp_path: Path) -> SampleServer:
    """Serve the sample newsroom, with a third of its papers in feeds.yaml."""
    feeds = [feed for feed in sample_feeds(sample_server.url) if feed["id"] in FEW]
    write_list(tmp_path / "feeds.yaml", feeds)
    return sample_server


@pytest.fixture
def demo_db(demo_folder: Path, tmp_path: Path) -> Path:
    """Return a database of the sample newsroom, as two runs of the demo left it."""
    return Path(shutil.copy(demo_folder / "treatywatch.duckdb", tmp_path / "t.duckdb"))


class _QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def newsroom_url(newsroom: Path, loopback: None) -> Iterator[str]:
    """Serve the newsroom of real articles."""
    handler = partial(_QuietHandler, directory=str(newsroom))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@dataclass
class Hook:
    """A web server that takes JSON notes and remembers them."""

    url: str = ""
    status: int = 204
    hangs_up: bool = False
    notes: list[dict[str, Any]] = field(default_factory=list)

    def events(self) -> list[str]:
        return [note["event"] for note in self.notes]


@pytest.fixture
def hook() -> Iterator[Hook]:
    """Serve a webhook on loopback."""
    found = Hook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            found.notes.append(json.loads(body))
            if found.hangs_up:
                return
            self.send_response(found.status)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    found.url = f"http://127.0.0.1:{server.server_address[1]}/hook"
    yield found
    server.shutdown()
    server.server_close()
    thread.join()


class Mailbox:
    """What a mail server took."""

    def __init__(self) -> None:
        self.taken: list[Envelope] = []

    async def handle_DATA(self, server: object, session: object, envelope: Envelope) -> str:
        self.taken.append(envelope)
        return "250 taken"


@pytest.fixture
def mailbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mailbox]:
    """Serve mail on loopback, and let the settings name that server."""
    box = Mailbox()
    controller = Controller(box, hostname="127.0.0.1", port=free_port())
    controller.start()
    monkeypatch.setenv("TREATYWATCH_DIGEST__SMTP_HOST", "127.0.0.1")
    monkeypatch.setenv("TREATYWATCH_DIGEST__SMTP_PORT", str(controller.port))
    monkeypatch.setenv("TREATYWATCH_DIGEST__SMTP_TLS", "none")
    yield box
    controller.stop()


@pytest.fixture
def mark(monkeypatch: pytest.MonkeyPatch) -> str:
    """Mark every process that the test starts, so that it can be told whether one is left."""
    value = uuid.uuid4().hex
    monkeypatch.setenv("TESTED_AS", value)
    return value
