"""A database that cannot be used: a clear sentence, and nothing lost."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from treatywatch.config.load import load_settings
from treatywatch.news.errors import StorageError
from treatywatch.news.records import FeedEntry, FeedFetch, FeedResult, FeedState
from treatywatch.storage.writer import Writer

pytestmark = pytest.mark.slow


def treatywatch(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "treatywatch.cli.main", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.parametrize(
    "arguments",
    [
        ("status",),
        ("sql", "SELECT 1"),
        ("trends",),
        ("search", "x"),
        ("digest",),
        ("db", "migrate"),
    ],
    ids=lambda each: " ".join(each),
)
@pytest.mark.parametrize(
    "content", [b"not a database at all", b"\x00" * 9000, b""], ids=["text", "zeros", "empty"]
)
def test_a_file_that_is_no_database(
    tmp_path: Path, arguments: tuple[str, ...], content: bytes
) -> None:
    if not content and arguments == ("db", "migrate"):
        pytest.skip("an empty file may become a database")
    path = tmp_path / "bad.duckdb"
    path.write_bytes(content)
    done = treatywatch(*arguments, "--db", str(path))
    assert done.returncode in (1, 2), done.stderr
    assert "bad.duckdb" in done.stderr
    assert "Traceback" not in done.stderr
    assert path.read_bytes() == content
    assert [each.name for each in tmp_path.iterdir()] == ["bad.duckdb"]


def test_a_database_of_a_newer_version_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "new.duckdb"
    Writer(load_settings(db=path)).migrate(datetime.now(UTC))
    with duckdb.connect(str(path)) as connection:
        connection.execute("UPDATE schema_migrations SET version = version + 1000")
    before = path.read_bytes()
    for arguments in (("db", "migrate"), ("status",), ("sql", "SELECT 1")):
        done = treatywatch(*arguments, "--db", str(path))
        assert done.returncode == 1, (arguments, done.stderr)
        assert "newer" in done.stderr
        assert "Traceback" not in done.stderr
    assert path.read_bytes() == before


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Mount a disk of 24 megabytes, where that is allowed."""
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(place)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("mounting a small disk is not allowed here")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def fill(disk: Path) -> Path:
    """Leave no room on a disk; return the file that takes it."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(b"x" * 4096)
    return filler


def entries(count: int) -> list[FeedResult]:
    now = datetime.now(UTC)
    rows = tuple(
        FeedEntry(f"e{n}", "a", f"https://a.example/{n}", str(n), f"{n}" * 300, "h")
        for n in range(count)
    )
    return [FeedResult(FeedFetch("a", now, "https://a.example/", "ok"), FeedState("a"), rows)]


def test_a_full_disk_is_a_clear_error_and_keeps_what_was_there(small_disk: Path) -> None:
    path = small_disk / "t.duckdb"
    filler = fill(small_disk)
    done = treatywatch("db", "migrate", "--db", str(path))
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    assert "t.duckdb" in done.stderr
    filler.unlink()

    writer = Writer(load_settings(db=path))
    writer.migrate(datetime.now(UTC))
    writer.write_feeds("r", entries(3))
    filler = fill(small_disk)
    with pytest.raises(StorageError, match=r"t\.duckdb"):
        writer.write_feeds("r", entries(3000))
    filler.unlink()
    assert "3" in treatywatch("sql", "SELECT count(*) FROM entries", "--db", str(path)).stdout
    assert writer.write_feeds("r", entries(20)).entries_new == 17
