"""Ctrl-C as a terminal sends it, to every process of a command: 130, one sentence, nothing left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import duckdb
import psutil
import pytest
from support.processes import left_behind, watched

from treatywatch.cli import main as cli
from treatywatch.cli import stopping
from treatywatch.config.settings import Settings
from treatywatch.storage.writer import Writer

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
# Who starts the tests in the background has them ignore SIGINT, and what they start.
ARMED = (
    "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL);"
    "os.execv(sys.executable, [sys.executable, '-m', 'treatywatch.cli.main', *sys.argv[1:]])"
)
ITEM = "<item><title>Page {n}</title><link>{base}/page/{n}</link></item>"
FEED = "- {{id: {id}, name: {id}, url: '{base}/{id}.xml', language: en}}\n"
LOOPBACK = {"TREATYWATCH_ALLOW_LOOPBACK": "1", "TREATYWATCH_FETCH__HOST_DELAY": "0"}
STOPPED = "\ntreatywatch: stopped{}.\n"
STORED = STOPPED.format("; what was finished is stored, the rest waits")


class Paper(ThreadingHTTPServer):
    """A newspaper on loopback that leaves questions unanswered where it is told to."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Desk)
        self.base = f"http://127.0.0.1:{self.server_address[1]}"
        self.held = ""
        self.is_asked = threading.Event()
        self.may_answer = threading.Event()

    def answer(self, path: str) -> bytes:
        if path == self.held:
            self.is_asked.set()
            self.may_answer.wait(240)
        if not path.endswith(".xml"):
            return b"<html>a page</html>"
        items = "".join(ITEM.format(n=f"{path[1:-4]}-{n}", base=self.base) for n in range(3))
        return f'<rss version="2.0"><channel><title>P</title>{items}</channel></rss>'.encode()


class _Desk(BaseHTTPRequestHandler):
    server: Paper

    def do_GET(self) -> None:
        body = self.server.answer(self.path)
        try:
            self.send_response(404 if self.path == "/robots.txt" else 200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        except OSError:
            self.close_connection = True  # the reader has gone

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def paper() -> Iterator[Paper]:
    with Paper() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.may_answer.set()
        server.shutdown()
        thread.join()


def start(mark: str, *words: str, **environment: str) -> subprocess.Popen[str]:
    """Start a command in a process group of its own, as a shell does."""
    return watched(subprocess.Popen(
        [sys.executable, "-c", ARMED, *words], env=os.environ | environment | {"TESTED_AS": mark},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        start_new_session=True,
    ))  # fmt: skip


def press_ctrl_c(process: subprocess.Popen[str]) -> None:
    os.killpg(process.pid, signal.SIGINT)


def ended(process: subprocess.Popen[str], mark: str) -> str:
    """Return what a command that was stopped said, and hold that it left no process."""
    out, said = process.communicate(timeout=240)
    assert process.returncode == 130, said
    assert out == ""
    assert left_behind(mark) == []
    return said


@pytest.mark.server
@pytest.mark.parametrize(("held", "own_server"), [("/b.xml", True), ("/page/b-1", False)])
def test_a_run_ends_and_the_next_one_goes_on(
    paper: Paper, tmp_path: Path, prefect_home: Path, prefect_server: str, held: str,
    own_server: bool,
) -> None:  # fmt: skip
    """With a Prefect server of the run's own, which ends with it, and with an operator's."""
    mark, paper.held = f"{tmp_path}{held}", held
    shared = LOOPBACK | {"PREFECT_API_URL": prefect_server}
    (tmp_path / "mine.yaml").write_text("".join(FEED.format(id=i, base=paper.base) for i in "abc"))
    run = ("run", "--feeds", "mine.yaml", "--db", "press.duckdb")
    process = start(mark, *run, **(LOOPBACK if own_server else shared))
    assert paper.is_asked.wait(240)
    press_ctrl_c(process)
    said = ended(process, mark)
    assert said.endswith(STORED)  # after lines of progress, more of them on a slow machine
    assert "Traceback" not in said

    paper.held = ""
    paper.may_answer.set()
    again = start(mark, *run, **shared)
    assert again.wait(280) == 0, again.stderr
    again.communicate()
    with duckdb.connect(str(tmp_path / "press.duckdb"), read_only=True) as connection:
        states = connection.execute("SELECT state FROM runs ORDER BY started_at").fetchall()
        entries = connection.execute("SELECT count(*) FROM entries").fetchall()
    assert states == [("interrupted",), ("completed",)]
    assert entries == [(9,)]


@pytest.mark.server
def test_a_run_that_is_asked_to_end_waits_for_no_page(
    paper: Paper, tmp_path: Path, prefect_server: str
) -> None:
    mark, paper.held = str(tmp_path), "/page/b-1"
    (tmp_path / "mine.yaml").write_text(FEED.format(id="b", base=paper.base))
    patient = {f"TREATYWATCH_FETCH__{name}_TIMEOUT": "600" for name in ("READ", "TOTAL")}
    run = ("run", "--feeds", "mine.yaml", "--db", "press.duckdb")
    process = start(mark, *run, **LOOPBACK, **patient, PREFECT_API_URL=prefect_server)
    assert paper.is_asked.wait(240)
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 128 + signal.SIGTERM
    assert "Traceback" not in said
    assert left_behind(mark) == []


def test_a_query_of_the_command_itself_ends_as_the_command_does(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ours = threading.get_ident()
    query = "SELECT count(*) FROM range(100000000000) AS r(n) WHERE sin(n) > 2"
    monkeypatch.setattr("treatywatch.cli.app.app", lambda: duckdb.sql(query).fetchall())
    monkeypatch.setattr("treatywatch.cli.stopping._spoken", threading.Lock())
    before = signal.signal(signal.SIGUSR1, signal.default_int_handler)
    nudge = threading.Timer(0.5, signal.pthread_kill, (ours, signal.SIGUSR1))
    nudge.start()
    try:
        with pytest.raises(SystemExit) as left:
            cli.main()
    finally:
        nudge.join()
        signal.signal(signal.SIGUSR1, before)
    assert left.value.code == 130
    assert capsys.readouterr().err.startswith("\ntreatywatch: stopped")


EARLY = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
class CtrlC:
    def find_spec(self, name, *_):
        if name == sys.argv[1]:
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, CtrlC())
from treatywatch.cli.main import main
main()
"""


@pytest.mark.parametrize("module", ["treatywatch.cli.output", "treatywatch.cli.stopping", "typer"])
def test_a_command_that_has_only_begun_ends_as_well(module: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", EARLY, module],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, "", STOPPED.format(""))


def test_a_library_that_is_broken_off_as_it_is_imported_is_no_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def begin() -> None:
        try:
            raise KeyboardInterrupt
        except KeyboardInterrupt:
            raise ImportError("initialization failed")  # noqa: B904

    monkeypatch.setattr("treatywatch.cli.app.app", begin)
    monkeypatch.setattr("treatywatch.cli.stopping._spoken", threading.Lock())
    with pytest.raises(SystemExit) as left:
        cli.main()
    assert left.value.code == 130
    assert capsys.readouterr().err.startswith("\ntreatywatch: stopped")


def test_an_error_that_hides_it_is_no_error_either(monkeypatch: pytest.MonkeyPatch) -> None:
    hidden = ValueError("Error calling function: KeyboardInterrupt:")
    assert not stopping.is_ctrl_c(hidden)
    guard = stopping._Guard("run it again")
    guard.has_heard = True
    monkeypatch.setattr(stopping, "_guard", guard)
    assert stopping.is_ctrl_c(hidden)


def test_classify_waits_for_a_text_in_vain(tmp_path: Path) -> None:
    process = start(str(tmp_path), "classify", "-")
    assert process.stdin is not None
    process.stdin.write("x" * 500_000)  # more than a pipe holds, so it returns when it is read
    process.stdin.flush()
    press_ctrl_c(process)
    assert ended(process, str(tmp_path)) == STOPPED.format("")


def test_a_long_query_ends_with_its_process(tmp_path: Path) -> None:
    Writer(Settings(db=tmp_path / "t.duckdb")).migrate(datetime.now(UTC))
    endless = "SELECT count(*) FROM range(100000000000) AS r(n) WHERE sin(n) > 2"
    process = start(str(tmp_path), "sql", "--db", "t.duckdb", "--format", "csv", "--out", "a.csv",
                    endless, TMPDIR=str(tmp_path))  # fmt: skip
    asking = psutil.Process(process.pid)
    while not any("sandbox_child" in " ".join(each.cmdline()) for each in asking.children()):
        time.sleep(0.05)
    press_ctrl_c(process)
    assert ended(process, str(tmp_path)) == STOPPED.format("")
    assert [path.name for path in tmp_path.iterdir()] == ["t.duckdb"]
