"""Every task runner gives the same rows, and a worker that dies takes nothing with it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

import psutil
import pytest
from support.processes import left_behind
from support.rows import rows_of

from treatywatch.config.settings import FlowSettings
from treatywatch.flows.spread import runner_for
from treatywatch.news.errors import UsageError
from treatywatch.samples.server import SampleServer

pytestmark = [pytest.mark.slow, pytest.mark.server]


def run(folder: Path, name: str) -> None:
    """Run as a user does, in a process of its own."""
    command = [sys.executable, "-m", "treatywatch.cli.main", "run", "--feeds", "feeds.yaml"]
    done = subprocess.run(
        [*command, "--db", f"{name}.duckdb"],
        cwd=folder, capture_output=True, text=True, timeout=200, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]


RUNNERS = ("dask", "processes", "ray") if find_spec("prefect_ray") else ("dask", "processes")


def test_another_task_runner_gives_the_same_rows_even_when_a_worker_dies(
    few_papers: SampleServer,
    tmp_path: Path,
    prefect_server: str,
    mark: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PREFECT_API_URL", prefect_server)  # for worker processes
    monkeypatch.setenv("TREATYWATCH_FLOW__BATCH_PAGES", "4")
    monkeypatch.setenv("TREATYWATCH_FLOW__WORKERS", "2")
    run(tmp_path, "threads")
    expected = rows_of(tmp_path / "threads.duckdb")

    for runner in RUNNERS:
        monkeypatch.setenv("TREATYWATCH_FLOW__TASK_RUNNER", runner)
        killer = Killer(tmp_path / f"{runner}.duckdb")
        killer.start()
        run(tmp_path, runner)
        killer.join()

        assert killer.killed, f"{runner}: no worker was there to be killed"
        assert left_behind(mark) == [], runner
        assert rows_of(tmp_path / f"{runner}.duckdb") == expected, runner


@pytest.mark.parametrize("runner", ["dask", "processes", "ray"])
def test_without_a_server_that_all_can_share_it_is_refused(
    runner: Literal["dask", "processes", "ray"],
) -> None:
    with pytest.raises(UsageError, match="needs a Prefect server"):
        runner_for(FlowSettings(task_runner=runner))


class Killer(threading.Thread):
    """Kills one worker process while the pages are being read."""

    def __init__(self, database: Path) -> None:
        super().__init__(daemon=True)
        self.database = database
        self.killed: int | None = None

    def run(self) -> None:
        deadline = time.monotonic() + 200
        while time.monotonic() < deadline:
            own = psutil.Process().children()  # the run itself is not to die
            for process in set(psutil.Process().children(recursive=True)) - set(own):
                if self.database.exists() and _is_worker(process):
                    os.kill(process.pid, signal.SIGKILL)
                    self.killed = process.pid
                    return
            time.sleep(0.05)


def _is_worker(process: psutil.Process) -> bool:
    """Tell whether a process has the encoder loaded: it is at work on a batch."""
    try:
        return any("onnxruntime" in each.path for each in process.memory_maps())
    except psutil.Error:
        return False
