"""A run that cannot do its work: one sentence that says what to do."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from treatywatch.cli.room import check_room

FEED = "- {{id: {id}, name: {id}, url: '{url}', language: en}}\n"


def treatywatch(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "treatywatch.cli.main", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=280, check=False)


@pytest.mark.slow
def test_a_feed_on_this_machine_is_refused_in_one_sentence(
    tmp_path: Path, prefect_home: Path
) -> None:
    (tmp_path / "mine.yaml").write_text(FEED.format(id="mine", url="http://127.0.0.1:9/rss"))
    done = treatywatch("run", "--feeds", "mine.yaml", "--db", "press.duckdb")
    assert done.returncode == 3, done.stderr
    assert "Traceback" not in done.stderr
    said = [line for line in done.stderr.splitlines() if line.startswith("treatywatch: ")]
    assert len(said) == 1
    assert "mine.yaml" in said[0]
    assert "allow_loopback" in said[0]


def test_an_unknown_feed_is_named_before_prefect_starts(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(FEED.format(id="mine", url="https://paper.example/rss"))
    done = treatywatch("run", "--feeds", "mine.yaml", "--only", "other")
    assert done.returncode == 2
    assert done.stderr == (
        "treatywatch: no feed has the id 'other'; `treatywatch feeds list` shows them.\n"
    )
    assert not (tmp_path / "data").exists()


@pytest.mark.slow
@pytest.mark.parametrize("server", ["", "http://127.0.0.1:9/api"], ids=["own", "operator"])
@pytest.mark.parametrize("command", ["run", "reclassify", "demo", "serve"])
def test_a_place_below_a_file_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str, server: str
) -> None:
    """Whoever's Prefect server it is, and wherever that keeps its records."""
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    if server:
        monkeypatch.setenv("PREFECT_API_URL", server)
        monkeypatch.setenv("PREFECT_HOME", str(tmp_path / "prefect"))
    (tmp_path / "a-file").touch()
    place = ("--out", "a-file/demo") if command == "demo" else ("--db", "a-file/press.duckdb")
    done = treatywatch(command, *place)
    assert done.returncode == 1
    said = done.stderr.splitlines()[-1]
    assert re.fullmatch("treatywatch: .*a-file: Not a directory; name another place.", said), said


def test_too_little_room_is_said_before_prefect_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    monkeypatch.delenv("PREFECT_HOME", raising=False)
    check_room(tmp_path / "not" / "yet" / "press.duckdb")
    monkeypatch.setattr("treatywatch.cli.room.LEAST_ROOM", shutil.disk_usage(tmp_path).total * 2)
    with pytest.raises(OSError, match="No space left on device") as refused:
        check_room(tmp_path / "not" / "yet" / "press.duckdb")
    assert refused.value.filename == str(tmp_path)


def test_the_home_of_prefect_matters_only_to_its_own_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a-file").touch()
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path / "a-file" / "prefect"))
    monkeypatch.setenv("PREFECT_API_URL", "http://elsewhere.example/api")
    check_room(tmp_path / "press.duckdb")
    monkeypatch.delenv("PREFECT_API_URL")
    with pytest.raises(OSError, match="Not a directory"):
        check_room(tmp_path / "press.duckdb")


@pytest.mark.slow
def test_a_prefect_server_that_does_not_answer_is_named_without_its_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PREFECT_API_URL", "http://desk:secret@127.0.0.1:9/api")
    done = treatywatch("run", "--db", "press.duckdb")
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1] == (
        "treatywatch: PREFECT_API_URL: no Prefect server answers at 127.0.0.1:9/api; start it, or "
        "unset the variable to run without one."
    )
    assert "Traceback" not in done.stderr
    assert "secret" not in done.stderr + done.stdout
