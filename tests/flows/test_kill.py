"""A run that is killed and run again ends in the same rows as one that was not.

Two moments by default; TREATYWATCH_TEST_KILLS=20 tries twenty.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from support.processes import watched
from support.rows import rows_of

from treatywatch.samples.server import SampleServer

pytestmark = [pytest.mark.slow, pytest.mark.server]
WITH_WORKER = {"TREATYWATCH_EXTRACT__WORKERS": "1"}
KILLS = int(os.environ.get("TREATYWATCH_TEST_KILLS", "2"))


def start(folder: Path, database: str, api: str) -> subprocess.Popen[bytes]:
    """Start a run as a user does, in a process group of its own."""
    command = [sys.executable, "-m", "treatywatch.cli.main", "run"]
    with (folder / "run.log").open("ab") as log:
        return watched(
            subprocess.Popen(
                [*command, "--feeds", "feeds.yaml", "--db", database],
                cwd=folder,
                env={**os.environ, **WITH_WORKER, "PREFECT_API_URL": api},
                stdout=subprocess.DEVNULL,
                stderr=log,
                start_new_session=True,
            )
        )


@pytest.mark.timeout(1200)
def test_killed_runs_leave_no_trace(
    few_papers: SampleServer, tmp_path: Path, prefect_server: str
) -> None:
    begun = time.monotonic()
    whole = start(tmp_path, "whole.duckdb", prefect_server)
    while not (tmp_path / "whole.duckdb").exists() and whole.poll() is None:
        time.sleep(0.01)
    first_write = time.monotonic() - begun
    assert whole.wait(400) == 0, (tmp_path / "run.log").read_text()
    total = time.monotonic() - begun
    expected = rows_of(tmp_path / "whole.duckdb")
    assert expected["articles"]

    moments = random.Random(79243)
    interrupted = 0
    for number in range(KILLS):
        name = f"killed-{number}.duckdb"
        moment = moments.uniform(first_write * 0.9, total)
        process = start(tmp_path, name, prefect_server)
        try:
            process.wait(moment)
        except subprocess.TimeoutExpired:
            interrupted += 1
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        again = start(tmp_path, name, prefect_server)
        assert again.wait(400) == 0, (tmp_path / "run.log").read_text()
        assert rows_of(tmp_path / name) == expected, f"killed after {moment:.2f} s"
    assert interrupted > 0
