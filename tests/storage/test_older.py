"""A database of the first schema, and the copy of it that readers take."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from tests.storage.conftest import NOON, Newsroom, Story
from treatywatch.news.errors import UsageError
from treatywatch.storage import snapshots
from treatywatch.storage.check import check_database
from treatywatch.storage.trends import TrendQuery, read_trends


def make_older(file: Path) -> None:
    """Take a database back to the first schema."""
    with duckdb.connect(str(file)) as connection:
        for view in ("stance_by_day", "stance_by_week", "stance_by_month", "theme_by_week"):
            connection.execute(f"DROP VIEW {view}")
        connection.execute("DROP TABLE stance_counts; DROP TABLE theme_counts")
        connection.execute("DELETE FROM schema_migrations WHERE version > 1")


def test_trends_and_check_say_what_to_do(newsroom: Newsroom) -> None:
    newsroom.publish(Story("a"))
    make_older(newsroom.settings.db)
    for read in (lambda: read_trends(newsroom.settings, TrendQuery()),
                 lambda: check_database(newsroom.settings)):  # fmt: skip
        with pytest.raises(UsageError, match=r"news\.duckdb: an older treatywatch.*db migrate"):
            read()


@pytest.mark.slow
def test_migrating_leaves_readers_a_copy_that_is_up_to_date(newsroom: Newsroom) -> None:
    newsroom.publish(Story("a"))
    make_older(newsroom.settings.db)
    older = snapshots.folder(newsroom.settings) / "snapshot-20260101T000000Z.duckdb"
    older.parent.mkdir()
    older.write_bytes(newsroom.settings.db.read_bytes())

    newsroom.writer.migrate(NOON)

    assert snapshots.latest(newsroom.settings) != older
    assert sum(point.articles for point in read_trends(newsroom.settings, TrendQuery())) == 1
    assert check_database(newsroom.settings) == []
