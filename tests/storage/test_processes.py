"""Real processes at one database: readers that stay, two writers, and a writer killed anywhere."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from tests.storage.conftest import NOON, Newsroom, Story, rows_of
from treatywatch.config.settings import Settings
from treatywatch.news.errors import DatabaseBusyError, StorageError
from treatywatch.storage import batches
from treatywatch.storage.check import check_database
from treatywatch.storage.counts import PageWriteCounts
from treatywatch.storage.database import open_database
from treatywatch.storage.reader import Reader
from treatywatch.storage.spool import Spool
from treatywatch.storage.writer import Writer

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
BATCH = (
    '{"format": 1, "kind": "KIND", "now": "2026-11-16T05:00:00+00:00", "run_id": "", '
    '"tables": {}, "options": {}}'
)
HOLDER = """
import sys, duckdb
connection = duckdb.connect(sys.argv[1], read_only=sys.argv[2] == "read")
print(connection.execute("SELECT count(*) FROM articles").fetchone()[0], flush=True)
sys.stdin.read()
"""
WRITER = """
import sys
from datetime import timedelta
from pathlib import Path
from tests.storage.conftest import NOON, Newsroom, Settings, StorageSettings, Story
storage = StorageSettings(lock_timeout=60, threads=1)
settings = Settings(db=Path(sys.argv[1]), storage=storage)
room = Newsroom(settings)
print("ready", flush=True)
for number in range(int(sys.argv[3]), int(sys.argv[4])):
    at = NOON + timedelta(hours=number)
    room.publish(Story(f"{sys.argv[2]}{number}"), Story("shared"), at=at)
    room.writer.write_stories({f"a-{sys.argv[2]}{number}": f"s{number}"}, at)
    print(number, flush=True)
"""


def start(program: str, *arguments: object) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        [sys.executable, "-c", program, *map(str, arguments)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment, cwd=ROOT,
    )  # fmt: skip


def stop(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate()


def impatient(settings: Settings, seconds: float = 0.2) -> Settings:
    storage = settings.storage.model_copy(update={"lock_timeout": seconds})
    return settings.model_copy(update={"storage": storage})


@pytest.mark.parametrize("mode", ["read", "write"])
def test_while_another_process_holds_the_file_batches_wait_and_none_is_lost(
    newsroom: Newsroom, tmp_path: Path, template: Path, mode: str
) -> None:
    held = newsroom
    held.publish(Story("before"))
    holder = start(HOLDER, held.settings.db, mode)
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "1\n"
        writer = Writer(impatient(held.settings))
        room = _with_writer(held, writer)
        counts = room.publish(Story("a"), Story("b"), at=NOON + timedelta(hours=1))
        assert counts == PageWriteCounts(spooled=True)
        assert len(Spool(held.settings.db).waiting()) == 2
    finally:
        stop(holder)
    room.publish(Story("c"), at=NOON + timedelta(hours=2))
    assert Spool(held.settings.db).waiting() == []
    plain_settings = held.settings.model_copy(update={"db": tmp_path / "plain.duckdb"})
    plain = Newsroom(plain_settings, template)
    plain.publish(Story("before"))
    plain.publish(Story("a"), Story("b"), at=NOON + timedelta(hours=1))
    plain.publish(Story("c"), at=NOON + timedelta(hours=2))
    assert rows_of(held.settings.db) == rows_of(plain.settings.db)


def _with_writer(room: Newsroom, writer: Writer) -> Newsroom:
    room.writer = writer
    return room


def test_who_holds_the_file_is_named(newsroom: Newsroom) -> None:
    holder = start(HOLDER, newsroom.settings.db, "write")
    try:
        assert holder.stdout is not None
        holder.stdout.readline()
        with pytest.raises(DatabaseBusyError, match=f"process {holder.pid}"):
            Reader(impatient(newsroom.settings)).feed_states()
        with pytest.raises(DatabaseBusyError, match=r"close it, or wait"):
            Writer(impatient(newsroom.settings)).migrate(NOON)
    finally:
        stop(holder)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", "JSONDecodeError"),
        ('{"format": 99}', "it is of format 99, not 1"),
        (BATCH.replace("KIND", "weather"), "KeyError: 'weather'"),
        (BATCH.replace("KIND", "feeds").replace("{}", '{"staged_feeds": [{"rain": 1}]}'), "rain"),
    ],
)
def test_a_waiting_batch_that_cannot_be_written_is_named_and_lies_aside(
    newsroom: Newsroom, caplog: pytest.LogCaptureFixture, text: str, why: str
) -> None:
    spool = Spool(newsroom.settings.db)
    good = spool.put(batches.stories_batch({"a-a": "s"}, NOON))
    bad = spool.folder / "1.json"
    bad.write_text(text, encoding="utf-8")
    newsroom.publish(Story("a"))
    newsroom.publish(Story("b"))
    assert newsroom.ask("SELECT count(*) FROM article_stance") == [(2,)]
    assert (spool.waiting(), good.exists()) == ([], False)
    assert spool.aside() == [bad.with_suffix(".bad")]
    (record,) = caplog.records
    assert record.getMessage().startswith(f"{bad}: a waiting batch that cannot be written (")
    assert why in record.getMessage()
    (problem,) = check_database(newsroom.settings)
    assert (problem.name, problem.examples) == ("batches_aside", (str(spool.aside()[0]),))


def test_a_waiting_batch_that_cannot_be_read_for_now_stays(newsroom: Newsroom) -> None:
    bad = Spool(newsroom.settings.db).folder / "1.json"
    bad.mkdir(parents=True)
    with pytest.raises(StorageError, match=r"1\.json: a waiting batch that cannot be read"):
        newsroom.publish(Story("a"))
    assert bad.exists()


def test_two_writers_at_once_lose_nothing(
    newsroom: Newsroom, tmp_path: Path, template: Path
) -> None:
    writers = [start(WRITER, newsroom.settings.db, name, 0, 4) for name in ("x", "y")]
    for writer in writers:
        out, _ = writer.communicate(timeout=120)
        assert writer.returncode == 0
        assert out.split() == ["ready", "0", "1", "2", "3"]
    plain = Newsroom(
        newsroom.settings.model_copy(update={"db": tmp_path / "plain.duckdb"}), template
    )
    for name in ("x", "y"):
        for number in range(4):
            at = NOON + timedelta(hours=number)
            plain.publish(Story(f"{name}{number}"), Story("shared"), at=at)
            plain.writer.write_stories({f"a-{name}{number}": f"s{number}"}, at)
    tables = ("entries", "articles", "article_versions", "article_sightings", "passages",
              "article_stances", "evidence_facts", "watch_facts")  # fmt: skip
    assert rows_of(newsroom.settings.db, tables) == rows_of(plain.settings.db, tables)


@pytest.mark.parametrize("seed", range(int(os.environ.get("KILL_POINTS", "2"))))
def test_a_writer_killed_anywhere_and_run_again_ends_in_the_same_rows(
    settings: Settings, template: Path, tmp_path: Path, seed: int
) -> None:
    rng = random.Random(seed)
    Newsroom(settings, template)
    writer = start(WRITER, settings.db, "x", 0, 6)
    assert writer.stdout is not None
    writer.stdout.readline()
    time.sleep(rng.uniform(0.0, 1.5))
    writer.send_signal(signal.SIGKILL)
    out, _ = writer.communicate()
    told = len(out.split())
    seen = rows_of(settings.db, ("articles",))["articles"]
    assert len([row for row in seen if row[0] != "a-shared"]) in (told, told + 1)
    again = start(WRITER, settings.db, "x", 0, 6)
    again.communicate(timeout=120)
    assert again.returncode == 0
    plain = Newsroom(settings.model_copy(update={"db": tmp_path / "plain.duckdb"}), template)
    for number in range(6):
        at = NOON + timedelta(hours=number)
        plain.publish(Story(f"x{number}"), Story("shared"), at=at)
        plain.writer.write_stories({f"a-x{number}": f"s{number}"}, at)
    assert rows_of(settings.db) == rows_of(plain.settings.db)


def test_threads_of_one_process_take_turns(newsroom: Newsroom) -> None:
    newsroom.publish(Story("a"))
    errors: list[BaseException] = []

    def read() -> None:
        try:
            for _ in range(5):
                Reader(newsroom.settings).feed_states()
        except BaseException as error:
            errors.append(error)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for thread in readers:
        thread.start()
    for number in range(3):
        newsroom.publish(Story(f"b{number}"), at=NOON + timedelta(hours=number))
    for thread in readers:
        thread.join()
    assert errors == []
    assert newsroom.ask("SELECT count(*) FROM article_stance") == [(4,)]


def test_a_crash_at_any_statement_leaves_a_prefix_of_batches(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    newsroom.publish(Story("a"))
    before = newsroom.rows()
    newsroom.publish(Story("b"), at=NOON + timedelta(hours=1))
    after = newsroom.rows()
    for at in (1, 5, 17, 29, 41, 53, 59):
        _crash_at(newsroom, monkeypatch, at)
        assert newsroom.rows() == after
    newsroom.publish(Story("a"), at=NOON + timedelta(hours=2))
    assert newsroom.rows() != before


def _crash_at(room: Newsroom, monkeypatch: pytest.MonkeyPatch, at: int) -> None:
    """Fail at the given statement of a batch that would change every table."""
    from treatywatch.storage import database

    connect = database.connect_patiently

    def failing(*arguments: object, **options: object) -> object:
        return _Failing(connect(*arguments, **options), at)  # type: ignore[arg-type]

    scored = Story("a", text=f"Text {at}.").scored
    outcome = Story("a", text=f"Text {at}.").outcome(NOON + timedelta(days=9))
    monkeypatch.setattr(database, "connect_patiently", failing)
    with pytest.raises(_CrashError):
        room.writer.write_pages("r", [outcome], [scored], NOON + timedelta(days=9))
    monkeypatch.setattr(database, "connect_patiently", connect)


class _CrashError(Exception):
    pass


class _Failing:
    """A connection that breaks at its nth statement."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, at: int) -> None:
        self._connection = connection
        self._left = at

    def execute(self, query: str, *parameters: object) -> object:
        if not query.startswith("ROLLBACK"):
            self._left -= 1
            if self._left == 0:
                raise _CrashError
        return self._connection.execute(query, *parameters)  # type: ignore[arg-type]

    def close(self) -> None:
        self._connection.close()


def test_a_reader_sees_a_batch_whole_or_not_at_all(newsroom: Newsroom) -> None:
    writer = start(WRITER, newsroom.settings.db, "x", 0, 5)
    try:
        seen = set()
        while writer.poll() is None:
            with open_database(newsroom.settings, read_only=True, wait=60) as connection:
                row = connection.execute(
                    "SELECT count(*), (SELECT count(*) FROM article_stances), "
                    "(SELECT count(*) FROM passages) FROM article_versions"
                ).fetchone()
            assert row is not None
            assert (row[1], row[2]) == (row[0], 3 * row[0])
            seen.add(row[0])
            time.sleep(0.05)
        assert max(seen) <= 6
    finally:
        stop(writer)
