"""A backfill that is killed on its way, again and again, ends in the same rows.

Two kills by default; TREATYWATCH_TEST_KILLS=10 makes ten.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
from support.processes import watched
from support.rows import rows_of
from support.warc import Archive

from treatywatch.samples.expectations import expectations
from treatywatch.samples.server import SampleServer

pytestmark = [pytest.mark.slow, pytest.mark.server]
KILLS = int(os.environ.get("TREATYWATCH_TEST_KILLS", "2"))
_LINE = re.compile(r": (\d+) of (\d+)")


def start(folder: Path, database: str, api: str) -> subprocess.Popen[str]:
    """Start a backfill as a user does, in small batches, in a process group of its own."""
    command = [sys.executable, "-m", "treatywatch.cli.main", "backfill", "newsroom.warc.gz"]
    small = {"TREATYWATCH_FLOW__BATCH_PAGES": "3", "TREATYWATCH_FLOW__WORKERS": "1"}
    return watched(
        subprocess.Popen(
            [*command, "--db", database],
            cwd=folder,
            env={**os.environ, **small, "PREFECT_API_URL": api},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
    )


def wait_for(process: subprocess.Popen[str], share: float) -> float:
    """Follow a backfill until it says that a share is through; return the share it reached."""
    assert process.stderr is not None
    for line in process.stderr:
        found = _LINE.search(line)
        if found and int(found[1]) >= share * int(found[2]):
            return int(found[1]) / int(found[2])
    return 1.0


def end(process: subprocess.Popen[str]) -> int:
    assert process.stderr is not None
    with process.stderr:
        process.stderr.read()
        return process.wait()


@pytest.mark.timeout(1200)
def test_killed_backfills_leave_no_trace(
    sample_server: SampleServer, tmp_path: Path, prefect_server: str
) -> None:
    warc = Archive()
    for page in expectations()["pages"]:
        body = sample_server.page(page["path"]).body
        date = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
        warc.add(f"{sample_server.url}{page['path']}", body, date=date)
    (tmp_path / "newsroom.warc.gz").write_bytes(warc.raw)
    assert end(start(tmp_path, "whole.duckdb", prefect_server)) == 0
    expected = rows_of(tmp_path / "whole.duckdb")
    assert expected["articles"]

    reached = []
    for number in range(KILLS):
        process = start(tmp_path, "killed.duckdb", prefect_server)
        reached.append(wait_for(process, (number + 1) / (KILLS + 1)))
        os.killpg(process.pid, signal.SIGKILL)
        end(process)
    assert end(start(tmp_path, "killed.duckdb", prefect_server)) == 0
    assert rows_of(tmp_path / "killed.duckdb") == expected
    assert min(reached) < 1
    with duckdb.connect(str(tmp_path / "killed.duckdb"), read_only=True) as connection:
        records = connection.execute("SELECT records, pages FROM backfill_progress").fetchall()
        runs = connection.execute("SELECT sum(entries_seen) FROM runs").fetchone()
    assert records[0][0] == len(expectations()["pages"])
    assert runs is not None
    assert runs[0] < records[0][0]  # the last run took in only what was left
