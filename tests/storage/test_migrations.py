"""Migrations, files that are not ours, a full disk."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.storage.conftest import NOON, Newsroom, Story, rows_of
from tests.storage.test_files import gets_in
from tests.storage.test_older import make_older
from treatywatch.config.settings import Settings
from treatywatch.news.errors import DatabaseTooNewError, ForeignDatabaseError, StorageError
from treatywatch.storage import migrations, snapshots
from treatywatch.storage.files import copying
from treatywatch.storage.migrations import keep_copy, newest_version
from treatywatch.storage.reader import Reader
from treatywatch.storage.sandbox import run_query
from treatywatch.storage.writer import Writer

ROOT = Path(__file__).resolve().parents[2]


def test_a_database_is_made_once(settings: Settings) -> None:
    assert Writer(settings).migrate(NOON) == [step.version for step in migrations.migrations()]
    assert Writer(settings).migrate(NOON) == []


def test_a_newer_schema_is_refused_and_left(newsroom: Newsroom) -> None:
    with duckdb.connect(str(newsroom.settings.db)) as connection:
        connection.execute("INSERT INTO schema_migrations VALUES (999, 'future', now())")
    size = newsroom.settings.db.read_bytes()
    for action in (
        lambda: newsroom.writer.migrate(NOON),
        lambda: newsroom.publish(Story("a")),
        lambda: run_query(newsroom.settings, "SELECT 1"),
        lambda: Reader(newsroom.settings).status_summary(),
    ):
        with pytest.raises(DatabaseTooNewError, match="schema 999"):
            action()
    assert newsroom.settings.db.read_bytes() == size


def test_a_database_of_something_else_is_refused(settings: Settings) -> None:
    with duckdb.connect(str(settings.db)) as connection:
        connection.execute("CREATE TABLE invoices (x INTEGER)")
    with pytest.raises(ForeignDatabaseError, match="invoices"):
        Writer(settings).migrate(NOON)


@pytest.mark.parametrize(
    "content", [b"hello, I am a text file\n" * 400, b"SQLite format 3\x00" * 99]
)
def test_a_file_that_is_no_database_is_refused_and_kept(settings: Settings, content: bytes) -> None:
    settings.db.write_bytes(content)
    with pytest.raises(ForeignDatabaseError, match=r"damaged|not a DuckDB"):
        Writer(settings).migrate(NOON)
    with pytest.raises(ForeignDatabaseError):
        run_query(settings, "SELECT 1")
    assert settings.db.read_bytes() == content


@pytest.mark.slow
def test_a_damaged_database_is_named(newsroom: Newsroom) -> None:
    newsroom.publish(Story("a"))
    snapshots.make(newsroom.settings, NOON)
    data = bytearray(newsroom.settings.db.read_bytes())
    data[4096 * 3 : -4096] = os.urandom(len(data) - 4096 * 4)
    newsroom.settings.db.write_bytes(bytes(data))
    with pytest.raises(StorageError) as caught:
        newsroom.publish(Story("b"))
    assert str(newsroom.settings.db) in str(caught.value)
    assert list(run_query(newsroom.settings, "SELECT article_id FROM article_stance").rows) == [
        ("a-a",)
    ]


def test_an_empty_file_becomes_a_database(settings: Settings) -> None:
    settings.db.touch()
    assert Writer(settings).migrate(NOON) != []


@pytest.mark.slow
def test_a_failed_migration_leaves_the_old_schema(
    newsroom: Newsroom, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    newsroom.publish(Story("a"))
    before = newsroom.rows()
    bad, known = tmp_path / "bad.sql", newest_version()
    bad.write_text("CREATE TABLE extra (x INTEGER);\nCREATE TABLE nonsense;\n", encoding="utf-8")
    steps = (*migrations.migrations(), migrations.Migration(known + 1, "bad", bad))
    monkeypatch.setattr(migrations, "migrations", lambda: steps)
    with pytest.raises(duckdb.Error):
        newsroom.writer.migrate(NOON)
    assert newsroom.rows() == before
    copy = newsroom.settings.db.with_name(f"news.schema-{known:04d}.duckdb")
    assert rows_of(copy) == before


@pytest.mark.slow
def test_a_migration_keeps_a_copy_and_every_row(
    newsroom: Newsroom, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    newsroom.publish(Story("a"))
    before = newsroom.rows()
    step, next_one = tmp_path / "add.sql", newest_version() + 1
    step.write_text("CREATE TABLE extra (x INTEGER);\n", encoding="utf-8")
    steps = (*migrations.migrations(), migrations.Migration(next_one, "add", step))
    monkeypatch.setattr(migrations, "migrations", lambda: steps)
    assert newsroom.writer.migrate(NOON) == [next_one]
    assert newsroom.writer.migrate(NOON) == []
    assert newsroom.rows() == before
    assert newsroom.ask("SELECT count(*) FROM extra") == [(0,)]


@pytest.mark.slow
def test_a_database_of_the_first_schema_gets_its_counts(newsroom: Newsroom) -> None:
    newsroom.publish(Story("a"), Story("b", published=None))
    before = newsroom.rows()
    with duckdb.connect(str(newsroom.settings.db)) as connection:
        for view in ("stance_by_day", "stance_by_week", "stance_by_month", "theme_by_week"):
            connection.execute(f"DROP VIEW {view}")
        connection.execute("DROP TABLE stance_counts; DROP TABLE theme_counts")
        connection.execute("DELETE FROM schema_migrations WHERE version > 1")
    assert newsroom.writer.migrate(NOON) == list(range(2, newest_version() + 1))
    assert newsroom.rows() == before
    assert newsroom.ask("SELECT sum(articles) FROM stance_by_week") == [(2,)]


@pytest.mark.slow
def test_nobody_writes_between_the_copy_and_the_migration(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_older(newsroom.settings.db)
    got_in = []

    def then_intrude(*arguments: Any) -> Path:
        kept = keep_copy(*arguments)
        got_in.append(gets_in(newsroom.settings.db))
        return kept

    monkeypatch.setattr(migrations, "keep_copy", then_intrude)
    assert newsroom.writer.migrate(NOON) == list(range(2, newest_version() + 1))
    assert got_in == [False]


def test_readers_get_a_copy_of_the_new_schema_whatever_time_a_run_has(
    newsroom: Newsroom,
) -> None:
    make_older(newsroom.settings.db)
    older = snapshots.make(newsroom.settings, datetime.now(UTC) - timedelta(minutes=1))
    newsroom.writer.migrate(datetime.now(UTC) - timedelta(hours=1))
    assert snapshots.latest(newsroom.settings) != older


def test_a_copy_is_whole(newsroom: Newsroom) -> None:
    with copying(newsroom.settings) as to:
        copy = keep_copy(newsroom.settings.db, newest_version(), to)
    assert copy.read_bytes() == newsroom.settings.db.read_bytes()


FULL_DISK = """
import resource, sys
from pathlib import Path
from tests.storage.conftest import *
from treatywatch.news.errors import StorageError
settings = Settings(db=Path(sys.argv[1]))
room = Newsroom(settings, settings.db)
size = settings.db.stat().st_size
resource.setrlimit(resource.RLIMIT_FSIZE, (size + 65536, size + 65536))
import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
try:
    for number in range(200):
        text = "\\n".join(f"{number} {i} " + "x" * 3000 for i in range(40))
        room.publish(Story(f"big{number}", text=text))
except StorageError as error:
    print(error)
"""


@pytest.mark.slow
def test_a_full_disk_is_said_and_what_was_committed_stays(newsroom: Newsroom) -> None:
    newsroom.publish(Story("a"))
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    program = FULL_DISK.replace("room = Newsroom(settings, settings.db)", "room = _known(settings)")
    program = program.replace(
        "settings = Settings",
        "def _known(settings):\n"
        "    room = Newsroom.__new__(Newsroom)\n"
        "    room.settings, room.writer = settings, Writer(settings)\n"
        "    return room\n"
        "settings = Settings",
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(newsroom.settings.db)],
        capture_output=True, text=True, env=environment, cwd=ROOT, timeout=120,
    )  # fmt: skip
    assert "news.duckdb" in done.stdout, done.stdout + done.stderr
    assert newsroom.ask("SELECT count(*) FROM article_stance WHERE article_id = 'a-a'") == [(1,)]
    newsroom.publish(Story("b"))
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY
