"""The database as it stood must be the very rows it had."""

from __future__ import annotations

import random
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from tests.storage.conftest import NOON, Newsroom, Story, make_result
from treatywatch.config.settings import Settings
from treatywatch.news.errors import UsageError
from treatywatch.news.stance import ModelInfo
from treatywatch.storage.as_of import lay_views

DAY = timedelta(days=1)
VIEWS = (
    "article_stance", "stance_evidence", "stance_by_day", "stance_by_week", "stance_by_month",
    "stance_by_outlet", "theme_by_week", "coverage_by_day",
)  # fmt: skip


def views(connection: duckdb.DuckDBPyConnection) -> dict[str, list[tuple[object, ...]]]:
    connection.execute("SET TimeZone = 'UTC'")
    return {v: connection.execute(f"FROM {v} ORDER BY ALL").fetchall() for v in VIEWS}


@pytest.mark.slow
def test_the_views_of_a_past_day_are_what_they_were_then(
    settings: Settings, template: Path
) -> None:
    rng = random.Random(7)
    room = Newsroom(settings, template)
    then: list[dict[str, list[tuple[object, ...]]]] = []
    for run in range(5):
        at = NOON + run * DAY
        if run == 3:
            room.writer.register_model(ModelInfo("model-two"), at)
        model = "model-two" if run >= 3 else "model-one"
        stories = {}
        for _ in range(4):
            key = str(rng.randrange(5))
            stories[key] = Story(
                key,
                text=f"Words {rng.randrange(2)}.",
                label=rng.choice(("hopes", "concerns", "neutral")),
                themes=("privacy",),
                model=model,
            )
        room.publish(*stories.values(), at=at)
        room.writer.write_feeds("r", [make_result("feed2", at, error="dns")], at)
        room.writer.write_stories({f"a-{k}": f"s{rng.randrange(2)}" for k in stories}, at)
        with duckdb.connect(str(settings.db), read_only=True) as connection:
            then.append(views(connection))
    for run, expected in enumerate(then):
        with duckdb.connect(str(settings.db), read_only=True) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            lay_views(connection, NOON + run * DAY + timedelta(hours=1))
            assert views(connection) == expected, f"after run {run}"


def test_a_feed_that_left_the_list_later_was_on_it_then(newsroom: Newsroom) -> None:
    newsroom.publish(Story("a"))
    newsroom.writer.register_feeds(newsroom.feeds[1:], NOON + 40 * DAY)
    with duckdb.connect(str(newsroom.settings.db), read_only=True) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        lay_views(connection, NOON + DAY)
        days = connection.execute("SELECT count(*), bool_and(is_ok) FROM feed_days").fetchall()
        states = connection.execute("SELECT delisted_at FROM feeds").fetchall()
    assert days == [(1, True)]
    assert set(states) == {(None,)}


def test_a_moment_without_a_zone_is_refused(newsroom: Newsroom) -> None:
    with (
        duckdb.connect(str(newsroom.settings.db), read_only=True) as connection,
        pytest.raises(UsageError, match="time zone"),
    ):
        lay_views(connection, NOON.replace(tzinfo=None))
