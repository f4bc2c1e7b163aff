"""Files as large as the database: the lock while one is copied, and half made ones."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.storage.conftest import Newsroom
from treatywatch.storage.database import open_database
from treatywatch.storage.files import copying, drop_unfinished

INTRUDER = "import duckdb, sys; duckdb.connect(sys.argv[1]); print('got in')"


def test_a_file_that_was_copied_is_still_held(newsroom: Newsroom, tmp_path: Path) -> None:
    db, target = newsroom.settings.db, tmp_path / "copy"
    with (
        copying(newsroom.settings) as copy,
        open_database(newsroom.settings, read_only=False) as connection,
    ):
        copy(target)
        assert not gets_in(db)
        connection.execute("DELETE FROM feeds")
    assert gets_in(db)
    assert target.stat().st_size > 0


def gets_in(db: Path) -> bool:
    """Tell whether another process can write to a database now."""
    done = subprocess.run([sys.executable, "-c", INTRUDER, db], capture_output=True, check=False)
    return b"got in" in done.stdout


@pytest.mark.parametrize(
    ("is_living", "hours", "goes"),
    [(True, 0, False), (True, 2, False), (True, 25, True), (True, -25, True),
     (False, 0, False), (False, 2, True)],
)  # fmt: skip
def test_half_made_files_of_processes_that_are_gone_go(
    tmp_path: Path, is_living: bool, hours: int, goes: bool
) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    pid, now = os.getpid() if is_living else gone.pid, time.time()
    half = [tmp_path / f".copy-1.duckdb.{pid}.tmp", tmp_path / f".copy-1.duckdb.{pid}.tmp.wal"]
    whole = [tmp_path / "copy-1.duckdb", tmp_path / ".other.7.tmp", tmp_path / ".copy-1.tmp"]
    for path in (*half, *whole):
        path.touch()
        os.utime(path, (0, now - hours * 3600))
    assert sorted(drop_unfinished(tmp_path, "copy-", now)) == (half if goes else [])
    assert sorted(tmp_path.iterdir()) == sorted(whole if goes else [*half, *whole])
