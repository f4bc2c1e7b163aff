"""The same schema and writes on a DuckLake catalogue: in a file, and in a real PostgreSQL."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from tests.storage.conftest import NOON, TABLES, Newsroom, Story, rows_of
from tests.support.processes import free_port
from treatywatch.config.settings import Settings
from treatywatch.news.errors import DatabaseBusyError, StorageError, UsageError
from treatywatch.storage import snapshots
from treatywatch.storage.backfill import BackfillProgress, BackfillStore
from treatywatch.storage.check import check_database
from treatywatch.storage.database import Connection
from treatywatch.storage.extensions import extension_file
from treatywatch.storage.lake import masked
from treatywatch.storage.reader import Reader
from treatywatch.storage.sandbox import run_query
from treatywatch.storage.writer import Writer

ROOT = Path(__file__).resolve().parents[2]
needs_ducklake = pytest.mark.skipif(
    extension_file("ducklake") is None, reason="the extra `lake` is not installed"
)


def on_lake(settings: Settings, url: str) -> Settings:
    storage = settings.storage.model_copy(update={"url": url, "lock_timeout": 60})
    return settings.model_copy(update={"storage": storage})


def tell(room: Newsroom) -> None:
    room.publish(Story("a"), Story("b", language="ar", feed_id="feed2", published=None))
    room.publish(Story("a", text="Edited."), Story("b"), at=NOON + timedelta(days=1))
    room.writer.write_stories({"a-a": "s", "a-b": "s"}, NOON + timedelta(days=1))


@pytest.mark.slow
@needs_ducklake
def test_a_catalogue_holds_the_same_rows_as_a_file(
    settings: Settings, template: Path, tmp_path: Path
) -> None:
    lake = Newsroom(on_lake(settings, f"ducklake:{tmp_path}/it's.ducklake"))
    plain = Newsroom(settings.model_copy(update={"db": tmp_path / "plain.duckdb"}), template)
    tell(lake)
    tell(plain)
    copy = snapshots.make(lake.settings, NOON + timedelta(days=1))
    assert rows_of(copy) == rows_of(plain.settings.db)
    assert check_database(lake.settings) == []
    result = run_query(lake.settings, "SELECT version FROM article_stance ORDER BY article_id")
    assert list(result.rows) == [(2,), (1,)]
    reader = Reader(lake.settings)
    assert reader.feed_states()["feed1"].last_fetch_at == NOON + timedelta(days=1)
    assert reader.status_summary().treaty_articles == 2
    assert lake.writer.apply_retention(NOON) == 0
    assert list((tmp_path / "news.lake").rglob("*.parquet"))


@pytest.mark.slow
@needs_ducklake
def test_a_backfill_that_meets_another_writer_writes_again(
    settings: Settings, tmp_path: Path
) -> None:
    lake = Newsroom(on_lake(settings, f"ducklake:{tmp_path}/meta.ducklake"))
    store = BackfillStore(lake.settings)
    source = BackfillProgress("s", "backfill-s", "warc", "crawl.warc.gz", NOON, NOON)
    store.begin(source, "Crawl")
    tries = []

    def change(connection: Connection) -> None:
        connection.execute("UPDATE backfill_progress SET done = done + 5")
        tries.append("one")
        if len(tries) == 1:  # as where another process is quicker
            raise duckdb.TransactionException("Transaction conflict: attempting to delete")

    store._write(change)
    assert len(tries) == 2
    assert [progress.done for progress in store.all()] == [5]


@pytest.mark.slow
@needs_ducklake
def test_readers_of_a_catalogue_are_told_to_make_a_copy(settings: Settings, tmp_path: Path) -> None:
    lake = Newsroom(on_lake(settings, f"ducklake:{tmp_path}/meta.ducklake"))
    with pytest.raises(UsageError, match="db snapshot"):
        run_query(lake.settings, "SELECT 1")


def test_an_address_that_is_no_catalogue_is_named_without_its_password(settings: Settings) -> None:
    url = "postgres://me:hunter2@host/db password=hunter2"
    with pytest.raises(UsageError, match="ducklake:FILE") as caught:
        Writer(on_lake(settings, url)).migrate(NOON)
    assert "hunter2" not in str(caught.value)
    assert "hunter2" not in repr(on_lake(settings, url))
    assert masked("x password='a b' y") == "x password=*** y"


@needs_ducklake
def test_a_catalogue_that_cannot_be_reached_is_said(settings: Settings) -> None:
    url = "ducklake:postgres:host=127.0.0.1 port=1 password=hunter2"
    with pytest.raises((StorageError, DatabaseBusyError)) as caught:
        Writer(on_lake(settings, url)).migrate(NOON)
    assert "hunter2" not in str(caught.value)


# --- PostgreSQL ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    """Start a PostgreSQL of this machine on loopback; skip where there is none."""
    program = _program("initdb")
    if program is None:
        pytest.skip("no PostgreSQL server program here")
    if extension_file("ducklake") is None or extension_file("postgres_scanner") is None:
        pytest.skip("the extra `lake` is not installed")
    folder = Path(tempfile.mkdtemp(prefix="treatywatch-pg-"))
    owner = _owner()
    if owner is not None:
        shutil.chown(folder, owner)
    data, port = folder / "data", free_port()

    def run(name: str, *arguments: str) -> None:
        subprocess.run(
            [str(program.with_name(name)), *arguments], check=True, user=owner, cwd=folder,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=120,
        )  # fmt: skip

    try:
        run("initdb", "-D", str(data), "-U", "watch", "-A", "trust", "--no-sync")
        options = f"-h 127.0.0.1 -p {port} -k {folder} -F"
        run("pg_ctl", "-D", str(data), "-w", "-l", str(folder / "log"), "-o", options, "start")
        yield f"ducklake:postgres:host=127.0.0.1 port={port} user=watch dbname=postgres"
    finally:
        if data.exists():
            run("pg_ctl", "-D", str(data), "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


WRITER = """
import sys
from datetime import timedelta
from pathlib import Path
from tests.storage.conftest import NOON, Newsroom, Settings, Story
from tests.storage.test_lake import on_lake
room = Newsroom.__new__(Newsroom)
room.settings = on_lake(Settings(db=Path(sys.argv[1])), sys.argv[2])
from treatywatch.storage.writer import Writer
room.writer = Writer(room.settings)
sys.stdin.readline()
for number in range(3):
    at = NOON + timedelta(hours=number)
    room.publish(Story(f"{sys.argv[3]}{number}"), Story("shared"), at=at)
"""


@pytest.mark.postgres
def test_two_writers_at_one_postgres_catalogue_lose_and_double_nothing(
    settings: Settings, template: Path, tmp_path: Path, postgres: str
) -> None:
    lake = Newsroom(on_lake(settings, postgres))
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(settings.db), postgres, name],
            stdin=subprocess.PIPE,
            text=True,
            env=environment,
            cwd=ROOT,
        )
        for name in ("x", "y")
    ]
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write("go\n")
        writer.stdin.flush()
    for writer in writers:
        writer.communicate(timeout=240)
        assert writer.returncode == 0
    plain = Newsroom(settings.model_copy(update={"db": tmp_path / "plain.duckdb"}), template)
    for name in ("x", "y"):
        for number in range(3):
            at = NOON + timedelta(hours=number)
            plain.publish(Story(f"{name}{number}"), Story("shared"), at=at)
    copy = snapshots.make(lake.settings, NOON)
    assert check_database(lake.settings) == []
    tables = [table for table in TABLES if table != "feeds"]
    assert rows_of(copy, tables) == rows_of(plain.settings.db, tables)


def _program(name: str) -> Path | None:
    found = shutil.which(name)
    if found is not None:
        return Path(found).resolve()
    places = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return places[-1] if places else None


def _owner() -> str | None:
    """PostgreSQL does not run as root; its own user does it then."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres").pw_name
    except KeyError:
        return "nobody"
