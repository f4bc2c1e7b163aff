"""How a run is stored as ended, and who is told."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest

from treatywatch.config.settings import FlowSettings, Settings
from treatywatch.flows.aftermath import after_run, tell_failure
from treatywatch.flows.demo import run_demo
from treatywatch.flows.ending import end_run
from treatywatch.flows.progress import watcher
from treatywatch.flows.runs import RunDesk
from treatywatch.news.errors import StorageError, UsageError
from treatywatch.news.runs import RunReport
from treatywatch.storage import snapshots
from treatywatch.storage.reader import Reader
from treatywatch.storage.writer import Writer

NOW = datetime(2026, 11, 23, 5, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("asked", "fault", "stored"),
    [
        ("completed", False, "completed"),
        ("completed", True, "failed"),
        ("interrupted", True, "interrupted"),  # leaves no copy
    ],
)
def test_a_run_that_cannot_leave_its_copy_is_stored_as_failed(
    tmp_path: Path, asked: str, fault: bool, stored: str
) -> None:
    settings = Settings(db=tmp_path / "t.duckdb")
    if fault:
        snapshots.folder(settings).touch()  # a file where the copies would lie
    writer = Writer(settings)
    writer.migrate(NOW)
    begun = RunReport("r", "daily", "running", NOW)
    writer.begin_run(begun)
    report = replace(begun, state=asked, finished_at=NOW)
    ended, why = end_run(settings, report, NOW)
    assert ended.state == stored
    assert isinstance(why, StorageError) == (stored == "failed")
    assert [run.state for run in Reader(settings).last_runs(5)] == [stored]
    copy = snapshots.latest(settings) if not fault else None
    assert (copy is not None) == (stored == "completed")
    if copy is not None:
        assert snapshots.taken_at(copy) == NOW
        assert [run.state for run in Reader(Settings(db=copy)).last_runs(5)] == [stored]


def test_nobody_is_told_of_a_run_that_was_stopped(hook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TREATYWATCH_FLOW__NOTIFY_WEBHOOK", hook.url)
    state = SimpleNamespace(message="Execution was aborted", name="Crashed")
    after_run(Settings(), RunReport("stopped", "daily", "interrupted", NOW), NOW)
    for run_id in ("stopped", "died"):
        tell_failure(SimpleNamespace(name="daily"), SimpleNamespace(id=run_id), state)
    (note,) = hook.notes
    assert note["event"] == "run_failed"
    assert "died" in json.dumps(note)


@pytest.mark.slow
def test_a_run_that_failed_is_counted_where_the_database_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "t.duckdb").write_bytes(b"this is no database")
    metrics = tmp_path / "tw.prom"
    settings = Settings(db=tmp_path / "t.duckdb", flow=FlowSettings(metrics_file=str(metrics)))
    metrics.write_text("treatywatch_last_run_success 1")
    desk = RunDesk(settings, "daily", NOW, "r")
    with pytest.raises(StorageError):
        desk.begin()
    assert 'treatywatch_last_run_success{kind="daily"} 0.0' in metrics.read_text()
    metrics.unlink()
    after_run(settings, RunReport("r", "daily", "failed", NOW), NOW)
    assert 'treatywatch_last_run_success{kind="daily"} 0.0' in metrics.read_text()


def test_an_earlier_demo_is_emptied_and_its_folder_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Enough(Exception):  # noqa: N818 - it is no error
        """The folder is ready: the runs are not of interest here."""

    def stop(*_: object) -> None:
        raise Enough

    monkeypatch.setattr("treatywatch.flows.demo.write_list", stop)
    real = tmp_path / "real"
    (real / "old").mkdir(parents=True)
    (real / "old" / "digest.html").write_text("old")
    (tmp_path / "outside").mkdir()
    (real / "link").symlink_to(tmp_path / "outside")
    with pytest.raises(UsageError, match="no demo made it"):
        run_demo(real, watcher())
    (real / "made-by-treatywatch-demo").touch()
    (tmp_path / "look").symlink_to(real)
    monkeypatch.chdir(real)
    for out in (Path(), tmp_path / "look"):
        with pytest.raises(Enough):
            run_demo(out, watcher())
        assert [path.name for path in real.iterdir()] == ["made-by-treatywatch-demo"]
    assert (tmp_path / "outside").is_dir()
