"""Copies for readers: whole, kept for some days, or named where they cannot be made."""

from __future__ import annotations

import errno
import os
from datetime import timedelta
from pathlib import Path

import pytest

from tests.storage.conftest import NOON, Newsroom, Story
from treatywatch.config.settings import Settings
from treatywatch.news.errors import StorageError, UsageError
from treatywatch.storage import files, snapshots
from treatywatch.storage.sandbox import run_query


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


def test_a_copy_of_a_clock_that_was_wrong_is_left_out_and_told_of(
    newsroom: Newsroom, caplog: pytest.LogCaptureFixture
) -> None:
    ahead = snapshots.make(newsroom.settings, NOON + timedelta(days=3650))
    assert snapshots.latest(newsroom.settings, NOON) == ahead, "there is no other"
    for days in (0, 9):
        right = snapshots.make(newsroom.settings, NOON + timedelta(days=days))
        assert snapshots.latest(newsroom.settings, NOON + timedelta(days=days)) == right
    assert snapshots.all_of(newsroom.settings) == [right, ahead]
    assert [record.args for record in caplog.records] == [(ahead,)]
    assert snapshots.latest(newsroom.settings, NOON + timedelta(days=3650)) == ahead


def test_what_a_killed_process_left_half_made_goes(newsroom: Newsroom) -> None:
    copy = snapshots.make(newsroom.settings, NOON)
    half = copy.with_name(f".{copy.name}.1.tmp")
    half.touch()
    os.utime(half, (0, 0))
    snapshots.drop_old(newsroom.settings, NOON)
    assert list(copy.parent.iterdir()) == [copy]


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
    monkeypatch.setattr(files.shutil, "copyfileobj", _full)
    place = snapshots.folder(newsroom.settings)
    with pytest.raises(StorageError, match=f"^{place}: .*No space left.*; free space"):
        snapshots.make(newsroom.settings, NOON)
    assert list(place.iterdir()) == []


def _full(*_: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
