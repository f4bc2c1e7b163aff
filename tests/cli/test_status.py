"""What `status` prints, and the exit code that probes read."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from treatywatch.cli.app import app
from treatywatch.config.settings import Settings
from treatywatch.news.runs import RunReport, RunState
from treatywatch.storage.writer import Writer

MONDAY = datetime(2026, 11, 16, 5, 30, tzinfo=UTC)
Runs = Iterable[tuple[str, RunState]]


def _status(tmp_path: Path, runs: Runs, *options: str) -> Result:
    """Store runs, an hour between two, and ask."""
    settings = Settings(db=tmp_path / "press.duckdb")
    writer = Writer(settings)
    writer.migrate(MONDAY)
    for number, (kind, state) in enumerate(runs):
        at = MONDAY + timedelta(hours=number)
        writer.finish_run(RunReport(f"r{number}", kind, state, at, at))
    return CliRunner().invoke(app, ["status", "--db", str(settings.db), *options])


@pytest.mark.parametrize(
    ("runs", "code"),
    [
        ([], 0),
        ([("daily", "failed"), ("weekly-digest", "completed")], 1),
        ([("daily", "completed"), ("backfill", "interrupted")], 1),
        ([("backfill", "interrupted"), ("daily", "completed")], 0),
        ([("daily", "failed"), ("daily", "completed"), ("weekly-digest", "completed")], 0),
        ([("daily", "failed"), ("daily", "running")], 0),
        ([("weekly-digest", "failed"), *[("daily", "completed")] * 6], 1),
    ],
)
@pytest.mark.slow
def test_a_probe_sees_scheduled_runs_and_the_newest(tmp_path: Path, runs: Runs, code: int) -> None:
    assert _status(tmp_path, runs).exit_code == code


def test_what_ended_badly_is_named(tmp_path: Path) -> None:
    found = _status(tmp_path, [("daily", "failed"), ("weekly-digest", "interrupted")])
    assert found.stderr.splitlines() == [
        "the last daily run failed.",
        "the last weekly-digest run was broken off.",
    ]


def test_all_that_is_shown_is_data(tmp_path: Path) -> None:
    found = _status(tmp_path, [("daily", "completed")])
    names = [line.split()[0] for line in found.stdout.splitlines()[:5]]
    assert names == ["database", "model", "feeds", "entries", "articles"]
    assert "Last runs" in found.stdout
    assert found.stderr == ""


def test_the_object_has_the_last_run_of_every_kind(tmp_path: Path) -> None:
    runs: Runs = [("daily", "failed"), ("daily", "completed"), ("backfill", "completed")]
    shown = json.loads(_status(tmp_path, runs, "--json").stdout)
    assert [run["run_id"] for run in shown["last_of_kind"]] == ["r2", "r1"]
    assert [run["run_id"] for run in shown["last_runs"]] == ["r2", "r1", "r0"]
