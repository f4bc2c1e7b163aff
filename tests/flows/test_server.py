"""The deployments on a real Prefect server with a process worker, as operators run them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import httpx
import pytest
from prefect.client.base import PrefectHttpxSyncClient
from support.processes import left_behind
from support.rows import rows_of

from treatywatch.samples.server import SampleServer

pytestmark = [pytest.mark.slow, pytest.mark.server]
ROOT = Path(__file__).resolve().parents[2]
TERMINAL = {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"}


class Operator:
    """Someone with the Prefect command line and its API."""

    def __init__(self, api: str, home: Path) -> None:
        # The server answers 503 where its SQLite is busy; Prefect's own client asks again.
        self.client = PrefectHttpxSyncClient(base_url=api, timeout=60)
        self.home = home
        self.environment = {
            **os.environ,
            "PREFECT_API_URL": api,
            "TREATYWATCH_HOME": str(home),
            "PREFECT_WORKER_QUERY_SECONDS": "1",
        }

    def prefect(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "prefect", "--no-prompt", *arguments],
            cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=180,
            check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    @contextmanager
    def worker(self) -> Iterator[subprocess.Popen[bytes]]:
        """Run a worker in a process group of its own."""
        command = [sys.executable, "-m", "prefect", "worker", "start", "--pool", "treatywatch"]
        with (self.home / "worker.log").open("ab") as output:
            process = subprocess.Popen(
                [*command, "--type", "process"],
                cwd=self.home, env=self.environment, stdout=output, stderr=output,
                start_new_session=True,
            )  # fmt: skip
        try:
            yield process
        finally:
            end(process)

    def get(self, path: str) -> Any:
        return self.client.get(path).raise_for_status().json()

    def post(self, path: str, body: dict[str, Any]) -> Any:
        return self.client.post(path, json=body).raise_for_status().json()

    def start(self, deployment: str, **parameters: Any) -> str:
        found = self.get(f"/deployments/name/{deployment}")
        body = {"parameters": parameters, "state": {"type": "SCHEDULED"}}
        return str(self.post(f"/deployments/{found['id']}/create_flow_run", body)["id"])

    def state(self, run: str) -> str:
        return str(self.get(f"/flow_runs/{run}")["state_type"])

    def wait(self, run: str, states: set[str] = TERMINAL) -> str:
        deadline = time.monotonic() + 280
        while (state := self.state(run)) not in states | TERMINAL:
            assert time.monotonic() < deadline, (state, self.log())
            time.sleep(0.2)
        return state

    def log(self) -> str:
        return (self.home / "worker.log").read_text()[-4000:]


def end(process: subprocess.Popen[bytes], which: signal.Signals = signal.SIGTERM) -> None:
    """End a worker, and the runs it started."""
    children = [int(pid) for pid in _children(process.pid)]
    if process.poll() is None:
        process.send_signal(which)
    try:
        process.wait(60)
    except subprocess.TimeoutExpired:  # a busy machine: what is tested is over by now
        process.kill()
        process.wait()
    finally:
        for pid in children:
            for target in (os.killpg, os.kill):
                try:
                    target(pid, signal.SIGKILL)
                except (ProcessLookupError, PermissionError):
                    continue


def _children(pid: int) -> list[int]:
    import psutil

    try:
        return [child.pid for child in psutil.Process(pid).children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


@pytest.fixture
def operator(
    prefect_server: str, sample_server: SampleServer, tmp_path: Path, mark: str
) -> Iterator[Operator]:
    someone = Operator(prefect_server, tmp_path)
    yield someone
    someone.client.close()
    assert left_behind(mark) == []


@pytest.mark.timeout(1200)
def test_deployed_runs_complete_survive_a_killed_worker_and_do_not_overlap(
    operator: Operator, tmp_path: Path
) -> None:
    operator.prefect("work-pool", "create", "treatywatch", "--type", "process")
    operator.prefect("deploy", "--all")
    feeds = str(tmp_path / "feeds.yaml")
    daily = operator.get("/deployments/name/daily/daily")
    assert daily["schedules"][0]["schedule"]["timezone"] == "Asia/Ho_Chi_Minh"
    assert set(daily["parameter_openapi_schema"]["properties"]) == {"feeds", "db", "only", "now"}
    assert daily["enforce_parameter_schema"] is True
    with pytest.raises(httpx.HTTPStatusError, match=r"422|409"):
        operator.start("daily/daily", only=7)

    with operator.worker() as worker:
        whole = operator.start("daily/daily", feeds=feeds, db=str(tmp_path / "whole.duckdb"))
        assert operator.wait(whole) == "COMPLETED", operator.log()
        expected = rows_of(tmp_path / "whole.duckdb")
        assert expected["articles"]
        assert artifacts(operator, whole) == {"daily-report", "feed-health"}
        assert run_ids(tmp_path / "whole.duckdb") == [(whole, "completed")]

        killed = operator.start("daily/daily", feeds=feeds, db=str(tmp_path / "t.duckdb"))
        wait_for_entries(tmp_path / "t.duckdb", operator)
        second = operator.start("daily/daily", feeds=feeds, db=str(tmp_path / "t.duckdb"))
        end_all(worker)

    with operator.worker():
        assert operator.wait(second) == "CANCELLED", "one daily run at a time"
        assert operator.state(killed) == "RUNNING", "nobody was left to say otherwise"
        # Five minutes later the server gives its place away; an operator need not wait.
        crashed = {"state": {"type": "CRASHED"}, "force": True}
        operator.post(f"/flow_runs/{killed}/set_state", crashed)
        again = operator.start("daily/daily", feeds=feeds, db=str(tmp_path / "t.duckdb"))
        assert operator.wait(again) == "COMPLETED", operator.log()
        assert rows_of(tmp_path / "t.duckdb") == expected
        assert run_ids(tmp_path / "t.duckdb") == [(killed, "interrupted"), (again, "completed")]

        digest = operator.start("weekly-digest/weekly-digest", db=str(tmp_path / "t.duckdb"))
        assert operator.wait(digest) == "COMPLETED", operator.log()
        assert "weekly-digest" in artifacts(operator, digest)
        assert list((tmp_path / "digests").glob("digest-*.html"))


def end_all(worker: subprocess.Popen[bytes]) -> None:
    """Kill a worker and all it started, as a power cut does."""
    children = _children(worker.pid)
    for pid in (worker.pid, *children):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    worker.wait()


def wait_for_entries(database: Path, operator: Operator) -> None:
    """Wait until a run has stored what its feeds listed."""
    deadline = time.monotonic() + 200
    while time.monotonic() < deadline:
        try:
            with duckdb.connect(str(database), read_only=True) as connection:
                if connection.execute("SELECT count(*) FROM entries").fetchone() != (0,):
                    return
        except duckdb.Error:  # not made yet, or the run holds it just now
            pass
        time.sleep(0.02)
    pytest.fail(operator.log())


def artifacts(operator: Operator, run: str) -> set[str]:
    body = {"artifacts": {"flow_run_id": {"any_": [run]}}}
    return {each["key"] for each in operator.post("/artifacts/filter", body)}


def run_ids(database: Path) -> list[tuple[str, str]]:
    with duckdb.connect(str(database), read_only=True) as connection:
        return connection.execute("SELECT run_id, state FROM runs ORDER BY started_at").fetchall()
