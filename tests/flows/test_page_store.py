"""Batches of pages are written a few at once, none waits long, and a stopped run leaves none."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
from prefect.logging import disable_run_logger

from treatywatch.config.settings import Settings, StorageSettings
from treatywatch.flows import page_store
from treatywatch.flows.page_store import BATCHES_AT_ONCE, PageStore
from treatywatch.flows.stages import StageClock
from treatywatch.flows.tally import Tally
from treatywatch.flows.tasks import ScoredBatch
from treatywatch.news.records import Failure, PageOutcome
from treatywatch.news.runs import RunReport
from treatywatch.storage.writer import Writer

NOW = datetime(2026, 11, 16, 5, tzinfo=UTC)
HOLDER = """
import sys, duckdb
connection = duckdb.connect(sys.argv[1])
print("held", flush=True)
sys.stdin.read()
"""


@dataclass
class Place:
    """A store with its database."""

    db: Path
    store: PageStore

    def stored(self) -> list[str]:
        with duckdb.connect(str(self.db), read_only=True) as connection:
            rows = connection.execute("SELECT entry_id FROM page_failures ORDER BY 1").fetchall()
        return [name for (name,) in rows]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    settings = Settings(db=tmp_path / "press.duckdb")
    writer = Writer(settings)
    writer.migrate(NOW)
    tally = Tally(RunReport("run", "daily", "running", NOW))
    with disable_run_logger():
        yield Place(settings.db, PageStore(writer, tally, StageClock(), NOW, max_attempts=3))


def batch(name: str) -> ScoredBatch:
    failure = Failure("page", f"https://paper.example/{name}", "timeout", "slow", NOW)
    return ScoredBatch((PageOutcome(name, "feed", "failed", NOW, failure=failure),))


def test_a_few_batches_are_written_in_one_transaction(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    write = place.store.writer.write_pages

    def counted(*arguments: object) -> object:
        asked.append(len(arguments[1]))  # type: ignore[arg-type]
        return write(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(place.store.writer, "write_pages", counted)
    for number in range(BATCHES_AT_ONCE):
        assert place.stored() == []
        place.store.add(batch(f"e{number}"))
    assert place.stored() == [f"e{number}" for number in range(BATCHES_AT_ONCE)]
    assert asked == [BATCHES_AT_ONCE]
    assert place.store.tally.report("running", None, {}).pages_failed == BATCHES_AT_ONCE


@pytest.mark.slow
def test_a_batch_that_waits_for_a_held_database_is_counted_as_that_alone(place: Place) -> None:
    impatient = StorageSettings(lock_timeout=0.2)
    place.store.writer = Writer(Settings(db=place.db, storage=impatient))
    command = [sys.executable, "-c", HOLDER, str(place.db)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        place.store.add(batch("late"))
        place.store.write()
        holder.kill()
    assert place.store.tally.report("completed", NOW, {}).batches_spooled == 1
    place.store.add(batch("next"))
    place.store.write()
    assert place.stored() == ["late", "next"]
    assert place.store.tally.report("completed", NOW, {}).batches_spooled == 1


def test_no_batch_waits_longer_than_the_limit(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_store, "LONGEST_WAIT", 0.05)
    time.sleep(0.1)
    place.store.add(batch("late"))
    assert place.stored() == ["late"]


@pytest.mark.slow
@pytest.mark.parametrize("ending", [lambda: None, lambda: _raise(KeyboardInterrupt())])
def test_what_waits_is_written_when_the_pages_end_or_are_stopped(
    place: Place, ending: Callable[[], None]
) -> None:
    try:
        with place.store as store:
            store.add(batch("last"))
            ending()
    except KeyboardInterrupt:
        pass
    assert place.stored() == ["last"]


def test_nothing_more_is_written_after_an_error(place: Place) -> None:
    with pytest.raises(OSError, match="full"):
        _break_after(place.store, batch("first"))
    assert place.stored() == []


def _break_after(store: PageStore, batch: ScoredBatch) -> None:
    with store:
        store.add(batch)
        _raise(OSError("full"))


def _raise(error: BaseException) -> None:
    raise error
