"""`treatywatch serve`: its timetable, and the long-lived process itself."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import pytest
from support.processes import left_behind

from treatywatch.config.load import load_settings
from treatywatch.flows.timetable import Job, due_at, first_due, timetable
from treatywatch.news.errors import UsageError
from treatywatch.news.records import RunReport
from treatywatch.samples.server import SampleServer
from treatywatch.storage.writer import Writer

HANOI, BERLIN = ZoneInfo("Asia/Ho_Chi_Minh"), ZoneInfo("Europe/Berlin")
DAILY = Job("daily", "30 5 * * *", HANOI)


def test_times_are_those_of_the_zone() -> None:
    moment = datetime(2026, 11, 22, 22, 29, tzinfo=UTC)  # 05:29 in Hanoi
    assert DAILY.next_after(moment) == datetime(2026, 11, 22, 22, 30, tzinfo=UTC)
    assert DAILY.next_after(moment + timedelta(minutes=1)) == datetime(
        2026, 11, 23, 22, 30, tzinfo=UTC
    )


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        # 02:30 does not exist on 29 March 2026 in Berlin: the run comes right after the change
        (datetime(2026, 3, 28, 12, tzinfo=UTC), ["03-29 01:00", "03-30 00:30", "03-31 00:30"]),
        # 02:30 comes twice on 25 October 2026: the run comes once
        (datetime(2026, 10, 24, 12, tzinfo=UTC), ["10-25 00:30", "10-26 01:30", "10-27 01:30"]),
    ],
    ids=["spring", "autumn"],
)
def test_a_clock_change_neither_drops_nor_doubles_a_run(
    start: datetime, expected: list[str]
) -> None:
    job, found, moment = Job("daily", "30 2 * * *", BERLIN), [], start
    for _ in expected:
        moment = job.next_after(moment)
        found.append(f"{moment:%m-%d %H:%M}")
    assert found == expected


def test_what_was_missed_is_due_at_once_and_once() -> None:
    now = datetime(2026, 11, 23, 12, tzinfo=UTC)
    assert due_at(DAILY, now - timedelta(days=9), now) < now
    assert due_at(DAILY, now, now) > now
    assert due_at(DAILY, None, now) > now, "the first run waits for its time"
    weekly = Job("weekly-digest", "30 5 * * 1", HANOI)
    both = (DAILY, weekly)
    assert first_due(both, {}, datetime(2026, 11, 22, tzinfo=UTC))[0] is DAILY


@pytest.mark.parametrize("line", ["every day", "61 5 * * *", "30 5 * *", ""])
def test_a_line_that_is_none_is_refused_by_name(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TREATYWATCH_FLOW__DAILY_CRON", line)
    with pytest.raises(UsageError, match=r"flow\.daily_cron"):
        timetable(load_settings())


@pytest.mark.slow
@pytest.mark.server
def test_it_catches_up_stops_when_told_and_leaves_nothing_running(
    sample_server: SampleServer, tmp_path: Path, mark: str
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


def serve(folder: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "treatywatch.cli.main", "serve"]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PREFECT_")}
    with (folder / "serve.log").open("ab") as output:
        return subprocess.Popen(
            [*command, "--feeds", "feeds.yaml", "--db", "t.duckdb"],
            cwd=folder, stdout=output, stderr=output, env=environment, start_new_session=True,
        )  # fmt: skip


def stop(process: subprocess.Popen[bytes], folder: Path) -> None:
    process.send_signal(signal.SIGTERM)
    assert process.wait(40) == 0, log(folder)
    assert log(folder).rstrip().endswith("stopped")


def wait_for(is_so: Callable[[], bool], process: subprocess.Popen[bytes], folder: Path) -> None:
    deadline = time.monotonic() + 120
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
