"""Snapshots, migrations, damaged and foreign files, full disks, exports."""

from __future__ import annotations

import errno
import json
import os
import resource
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from tests.storage.conftest import NOON, Newsroom, Story, rows_of
from treatywatch.config.settings import Settings
from treatywatch.news.errors import (
    DatabaseTooNewError,
    ForeignDatabaseError,
    StorageError,
    UsageError,
)
from treatywatch.storage import migrations, snapshots
from treatywatch.storage.check import check_connection, check_database, checks
from treatywatch.storage.exports import export_database, import_database
from treatywatch.storage.migrations import keep_copy, newest_version
from treatywatch.storage.reader import Reader
from treatywatch.storage.sandbox import run_query
from treatywatch.storage.writer import Writer

ROOT = Path(__file__).resolve().parents[2]


# --- snapshots -----------------------------------------------------------------------------


@pytest.mark.slow
def test_a_snapshot_holds_what_was_written_and_stays_as_it_was(newsroom: Newsroom) -> None:
    newsroom.publish(Story("a"))
    copy = snapshots.make(newsroom.settings, NOON)
    newsroom.publish(Story("b"), at=NOON + timedelta(hours=1))
    assert snapshots.latest(newsroom.settings) == copy
    assert snapshots.taken_at(copy) == NOON
    result = run_query(newsroom.settings, "SELECT article_id FROM article_stance")
    assert (list(result.rows), result.source) == ([("a-a",)], copy.absolute())


def test_old_snapshots_go_and_the_newest_stays(newsroom: Newsroom) -> None:
    for days in (0, 3, 8):
        snapshots.make(newsroom.settings, NOON + timedelta(days=days))
    kept = [snapshots.taken_at(path) for path in snapshots.all_of(newsroom.settings)]
    assert kept == [NOON + timedelta(days=3), NOON + timedelta(days=8)]
    assert snapshots.drop_old(newsroom.settings, NOON + timedelta(days=99)) != []
    assert len(snapshots.all_of(newsroom.settings)) == 1


def test_without_a_snapshot_the_live_file_is_read(newsroom: Newsroom) -> None:
    assert snapshots.for_reading(newsroom.settings) == newsroom.settings.db
    with pytest.raises(UsageError, match="no database"):
        snapshots.for_reading(Settings(db=Path("none.duckdb")))


def test_copies_that_are_no_longer_made_are_not_read(newsroom: Newsroom) -> None:
    copy = snapshots.make(newsroom.settings, NOON)
    assert snapshots.for_reading(newsroom.settings) == copy
    storage = newsroom.settings.storage.model_copy(update={"snapshot": False})
    off = newsroom.settings.model_copy(update={"storage": storage})
    assert snapshots.for_reading(off) == newsroom.settings.db


def test_a_snapshot_that_cannot_be_written_leaves_nothing(newsroom: Newsroom) -> None:
    snapshots.folder(newsroom.settings).write_text("in the way", encoding="utf-8")
    with pytest.raises(StorageError, match="cannot be written"):
        snapshots.make(newsroom.settings, NOON)


def test_a_snapshot_that_the_disk_cannot_hold_is_named_and_leaves_nothing(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshots.shutil, "copyfile", _full)
    place = snapshots.folder(newsroom.settings)
    with pytest.raises(StorageError, match=f"^{place}: .*No space left.*; free space"):
        snapshots.make(newsroom.settings, NOON)
    assert list(place.iterdir()) == []


def _full(*_: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


# --- migrations and files that are not ours --------------------------------------------------


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


def test_a_copy_is_whole(newsroom: Newsroom) -> None:
    copy = keep_copy(newsroom.settings.db, newest_version())
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


# --- out and in, and the rules ---------------------------------------------------------------


@pytest.mark.slow
def test_what_is_exported_comes_back_row_by_row(newsroom: Newsroom, tmp_path: Path) -> None:
    newsroom.publish(Story("a"), Story("ب", language="ar", feed_id="feed2", published=None))
    newsroom.publish(Story("a", text="Edited."), at=NOON + timedelta(days=40))
    out = export_database(newsroom.settings, tmp_path / "out", NOON)
    assert (out.rows["articles"], out.rows["article_versions"]) == (2, 3)
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text(encoding="utf-8"))
    assert set(manifest["files"]) == {
        str(path.relative_to(tmp_path / "out")) for path in (tmp_path / "out").rglob("*.parquet")
    }
    parts = {Path(name).parts[1:3] for name in manifest["files"] if name.startswith("passages/")}
    assert parts == {
        ("export_month=2026-11", "export_language=ar"),
        ("export_month=2026-11", "export_language=en"),
    }
    other = newsroom.settings.model_copy(update={"db": tmp_path / "other.duckdb"})
    import_database(other, tmp_path / "out", NOON)
    assert rows_of(other.db) == rows_of(newsroom.settings.db)
    assert check_database(other) == []


@pytest.mark.slow
def test_readers_see_what_was_imported_at_once(newsroom: Newsroom, tmp_path: Path) -> None:
    newsroom.publish(Story("a"))
    export_database(newsroom.settings, tmp_path / "out", NOON)
    snapshots.make(newsroom.settings, NOON)
    newsroom.settings.db.unlink()
    later = NOON + timedelta(days=1)
    import_database(newsroom.settings, tmp_path / "out", later)
    assert snapshots.taken_at(snapshots.for_reading(newsroom.settings)) == later


@pytest.mark.slow
def test_an_export_that_was_touched_is_refused_whole(newsroom: Newsroom, tmp_path: Path) -> None:
    newsroom.publish(Story("a"))
    export_database(newsroom.settings, tmp_path / "out", NOON)
    other = newsroom.settings.model_copy(update={"db": tmp_path / "other.duckdb"})
    manifest = tmp_path / "out" / "manifest.json"
    text = manifest.read_text(encoding="utf-8")
    file = next((tmp_path / "out" / "articles").rglob("*.parquet"))
    data = file.read_bytes()
    file.write_bytes(data + b"x")
    with pytest.raises(UsageError, match="differs from manifest"):
        import_database(other, tmp_path / "out", NOON)
    file.unlink()
    with pytest.raises(UsageError, match="not there"):
        import_database(other, tmp_path / "out", NOON)
    file.write_bytes(data)
    for bad, words in (
        ("{", "not the manifest"),
        ('{"format": "other", "files": {}, "schema": 1}', "not the manifest"),
        (text.replace('"articles": 1,', '"articles": 7,'), "rows differ"),
        (text.replace('"files": {', '"files": {"../x": {},'), "not there"),
    ):
        manifest.write_text(bad, encoding="utf-8")
        with pytest.raises(UsageError, match=words):
            import_database(other, tmp_path / "out", NOON)
    newer = text.replace(f'"schema": {newest_version()}', '"schema": 99')
    manifest.write_text(newer, encoding="utf-8")
    with pytest.raises(DatabaseTooNewError):
        import_database(other, tmp_path / "out", NOON)
    manifest.write_text(text, encoding="utf-8")
    import_database(other, tmp_path / "out", NOON)
    with pytest.raises(UsageError, match="holds data already"):
        import_database(other, tmp_path / "out", NOON)


def test_an_export_never_writes_over_anything(newsroom: Newsroom, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine").touch()
    with pytest.raises(UsageError, match="already there"):
        export_database(newsroom.settings, tmp_path / "out", NOON)
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["mine"]


FULL_EXPORT = """
import resource, signal, sys
from pathlib import Path
from tests.storage.conftest import NOON
from treatywatch.config.settings import Settings
from treatywatch.news.errors import UsageError
from treatywatch.storage.exports import export_database
resource.setrlimit(resource.RLIMIT_FSIZE, (256, 256))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
try:
    export_database(Settings(db=Path(sys.argv[1])), Path(sys.argv[2]), NOON)
except UsageError as error:
    print(error)
"""


def test_an_export_that_the_disk_cannot_hold_is_named_and_leaves_nothing(
    newsroom: Newsroom, tmp_path: Path
) -> None:
    newsroom.publish(Story("a"))
    folder = tmp_path / "exports"
    folder.mkdir()
    done = subprocess.run(
        [sys.executable, "-c", FULL_EXPORT, str(newsroom.settings.db), str(folder / "out")],
        capture_output=True, text=True, cwd=ROOT, timeout=120,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.stdout.startswith(f"{folder / 'out'}: cannot be written ("), done
    assert list(folder.iterdir()) == []


BREAKS = {
    "entry_twice": "INSERT INTO entries SELECT * FROM entries",
    "article_twice": "INSERT INTO articles SELECT * FROM articles",
    "feed_twice": "INSERT INTO feeds SELECT * FROM feeds LIMIT 1",
    "version_twice": "INSERT INTO article_versions SELECT * FROM article_versions",
    "version_numbers": "UPDATE article_versions SET version = 7",
    "passage_twice": "INSERT INTO passages SELECT * FROM passages LIMIT 1",
    "score_twice": "INSERT INTO passage_stances SELECT * FROM passage_stances LIMIT 1",
    "stance_twice": "INSERT INTO article_stances SELECT * FROM article_stances",
    "version_orphan": "UPDATE article_versions SET article_id = 'x'",
    "sighting_orphan": "UPDATE article_sightings SET content_hash = 'x'",
    "version_unseen": "DELETE FROM article_sightings",
    "treaty_without_version": "DELETE FROM article_versions",
    "stance_orphan": "UPDATE article_stances SET content_hash = 'x'",
    "passage_orphan": "UPDATE passages SET cut_id = 'x'",
    "score_orphan": "UPDATE passage_stances SET position = 99",
    "link_orphan": "INSERT INTO story_links VALUES ('x', 's', false, now())",
    "model_orphan": "DELETE FROM models",
    "entry_orphan": "DELETE FROM feeds",
    "done_without_article": "UPDATE entries SET article_id = NULL",
    "passage_offsets": "UPDATE passages SET char_start = char_start + 1 WHERE kind = 'body'",
    "name_offsets": "UPDATE article_versions SET names = [{'name': 'n', 'matched': 'nothing', "
    "'char_start': 0, 'char_end': 3, 'strength': 'S', 'field': 'text'}]",
    "text_of_others": "UPDATE article_versions SET is_treaty = false",
    "label_known": "UPDATE article_stances SET label = 'glad'",
    "scores_in_range": "UPDATE article_stances SET hope_score = 1.5",
    "days_of_times": "UPDATE articles SET published_date = '2020-01-01'",
    "seen_in_order": "UPDATE articles SET last_seen_at = '2020-01-01'",
    "views_add_up": "CREATE OR REPLACE VIEW stance_by_day AS SELECT 3 AS articles",
    "stance_facts_stale": "UPDATE stance_facts SET label = 'hopes'",
    "evidence_facts_stale": "DELETE FROM evidence_facts",
    "theme_facts_stale": "DELETE FROM theme_facts",
    "watch_facts_stale": "DELETE FROM watch_facts",
    "stance_counts_stale": "UPDATE stance_counts SET stories = stories + 1",
    "theme_counts_stale": "DELETE FROM theme_counts",
}


@pytest.mark.slow
def test_each_rule_finds_what_breaks_it(newsroom: Newsroom) -> None:
    newsroom.publish(Story("a"))
    assert set(BREAKS) >= {check.name for check in checks()}
    with duckdb.connect(str(newsroom.settings.db)) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        assert check_connection(connection) == []
        for name, statement in BREAKS.items():
            connection.execute("BEGIN")
            connection.execute(statement)
            found = {problem.name: problem for problem in check_connection(connection)}
            connection.execute("ROLLBACK")
            assert name in found, (name, list(found))
            assert found[name].count >= 1
            assert found[name].examples
