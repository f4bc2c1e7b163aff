"""`treatywatch serve`, the long-lived process itself."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from support.processes import left_behind, watched

from treatywatch.config.load import load_settings
from treatywatch.config.settings import Settings
from treatywatch.flows.serving import Server
from treatywatch.news.runs import RunReport
from treatywatch.samples.server import SampleServer
from treatywatch.storage.writer import Writer


@pytest.mark.slow
@pytest.mark.server
@pytest.mark.timeout(1200)
def test_it_catches_up_stops_when_told_and_leaves_nothing_running(
    few_papers: SampleServer, tmp_path: Path, mark: str
) -> None:
    settings = load_settings(db=tmp_path / "t.duckdb")
    before = datetime.now(UTC) - timedelta(days=2)
    writer = Writer(settings)
    writer.migrate(before)
    writer.finish_run(RunReport("old", "daily", "completed", before, before))

    process = serve(tmp_path)
    wait_for(lambda: states(tmp_path) == ["completed", "running"], process, tmp_path)
    stop(process, tmp_path)
    assert states(tmp_path) == ["completed", "interrupted"]
    assert left_behind(mark) == []

    process = serve(tmp_path)
    done = ["completed", "interrupted", "completed"]
    wait_for(lambda: states(tmp_path) == done, process, tmp_path)
    wait_for(lambda: log(tmp_path).count("next: ") == 1, process, tmp_path)
    assert "daily is done" in log(tmp_path)
    stop(process, tmp_path)
    assert states(tmp_path) == done
    assert left_behind(mark) == []


@pytest.mark.slow
def test_a_run_takes_no_module_from_the_folder_it_starts_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "typer.py").write_text("open('ran', 'w')")
    monkeypatch.chdir(tmp_path)
    assert Server(Settings(), {}, print)._call(["--version"]) == 0
    assert not (tmp_path / "ran").exists()


def serve(folder: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "treatywatch.cli.main", "serve"]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PREFECT_")}
    with (folder / "serve.log").open("ab") as output:
        return watched(subprocess.Popen(
            [*command, "--feeds", "feeds.yaml", "--db", "t.duckdb"],
            cwd=folder, stdout=output, stderr=output, env=environment, start_new_session=True,
        ))  # fmt: skip


def stop(process: subprocess.Popen[bytes], folder: Path) -> None:
    process.send_signal(signal.SIGTERM)
    assert process.wait(85) == 0, log(folder)
    assert log(folder).rstrip().endswith("stopped")


def wait_for(is_so: Callable[[], bool], process: subprocess.Popen[bytes], folder: Path) -> None:
    deadline = time.monotonic() + 280
    while not is_so():
        assert process.poll() is None, log(folder)
        assert time.monotonic() < deadline, log(folder)
        time.sleep(0.1)


def log(folder: Path) -> str:
    return (folder / "serve.log").read_text()


def states(folder: Path) -> list[str]:
    try:
        with duckdb.connect(str(folder / "t.duckdb"), read_only=True) as connection:
            found = connection.execute("SELECT state FROM runs ORDER BY started_at").fetchall()
    except duckdb.Error:  # a run holds it just now
        return []
    return [state for (state,) in found]
