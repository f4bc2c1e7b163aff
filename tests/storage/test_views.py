"""The views against a recount in plain Python, on random newsrooms."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pytest

from tests.storage.conftest import NOON, Newsroom, Story, make_result
from treatywatch.config.settings import Settings
from treatywatch.storage.check import check_connection
from treatywatch.storage.trends import TrendQuery, read_trends

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
LABELS = ("hopes", "concerns", "mixed", "neutral", "off_topic")
DAY = timedelta(days=1)


def random_story(rng: random.Random, key: str) -> Story:
    feed = rng.randrange(1, 4)
    published = NOON + timedelta(hours=rng.randrange(-900, 20))
    return Story(
        key,
        text=f"Words {rng.randrange(3)}.\nMore {rng.randrange(3)}.",
        label=rng.choice(LABELS),
        language=("en", "ar", "vi")[feed - 1],
        outlet=f"Outlet {rng.randrange(1, 5)}",
        feed_id=f"feed{feed}",
        published=None if rng.random() < 0.1 else published,
        hope=rng.choice((0.1, 0.5, 0.9)),
        concern=rng.choice((0.1, 0.5, 0.9)),
        themes=tuple(rng.sample(("cooperation", "privacy", "host"), rng.randrange(3))),
        story_id=f"s{rng.randrange(6)}",
    )


class Recount:
    """What the views must say, counted from the stories as they were told."""

    def __init__(self) -> None:
        self.current: dict[str, Story] = {}
        self.answered: dict[tuple[str, date], bool] = {}

    def tell(self, stories: Iterable[Story]) -> None:
        self.current |= {story.key: story for story in stories}

    @property
    def stories(self) -> list[Story]:
        return [story for story in self.current.values() if story.label != "off_topic"]

    def feeds_ok_share(self, period: Callable[[date], date]) -> dict[tuple[date, str], float]:
        languages = {"feed1": "en", "feed2": "ar", "feed3": "vi"}
        last = max(day for _, day in self.answered)
        found: dict[tuple[date, str], list[bool]] = defaultdict(list)
        for feed, language in languages.items():
            mine = [day for name, day in self.answered if name == feed]
            day = min(mine, default=last + DAY)
            while day <= last:
                found[period(day), language].append(self.answered.get((feed, day), False))
                day += DAY
        return {key: sum(days) / len(days) for key, days in found.items()}

    def by(self, period: Callable[[date], date]) -> dict[tuple[date | None, str], list[Any]]:
        groups: dict[tuple[date | None, str], list[Story]] = defaultdict(list)
        for story in self.stories:
            groups[day_of(story, period), story.language].append(story)
        shares = self.feeds_ok_share(period)
        return {key: self._row(group, shares.get(key)) for key, group in groups.items()}  # type: ignore[arg-type]

    def _row(self, group: list[Story], share: float | None) -> list[Any]:
        labels = [sum(story.label == label for story in group) for label in LABELS[:4]]
        told = [story for story in group if story.label != "neutral"]
        balance = sum(story.scored.stance.balance for story in told) / len(group)
        return [
            len(group), len({s.story_id for s in group}), len({s.outlet for s in group}), *labels,
            labels[0] / len(group), labels[1] / len(group), balance, share,
        ]  # fmt: skip


def day_of(story: Story, period: Callable[[date], date]) -> date | None:
    if story.published is None:
        return None
    return period(story.published.astimezone(HANOI).date())


PERIODS: dict[str, Callable[[date], date]] = {
    "day": lambda day: day,
    "week": lambda day: day - timedelta(days=day.weekday()),
    "month": lambda day: day.replace(day=1),
}


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6))
def test_views_equal_a_recount(settings: Settings, template: Path, seed: int) -> None:
    rng = random.Random(seed)
    room, recount = Newsroom(settings, template), Recount()
    for run in range(4):
        at = NOON + timedelta(days=run * rng.randrange(1, 3), hours=rng.randrange(6))
        failing = [f"feed{n}" for n in (1, 2, 3) if rng.random() < 0.4]
        stories = [random_story(rng, str(rng.randrange(12))) for _ in range(6)]
        stories = list({s.key: s for s in stories if s.feed_id not in failing}.values())
        # An article keeps the feed and outlet it was first seen with.
        stories = [s for s in stories if _same_home(recount.current.get(s.key), s)]
        room.publish(*stories, at=at)
        room.writer.write_feeds("r", [make_result(f, at, error="dns") for f in failing], at)
        recount.tell(stories)
        for story in stories:
            recount.answered[story.feed_id, at.astimezone(HANOI).date()] = True
        for feed in failing:
            recount.answered.setdefault((feed, at.astimezone(HANOI).date()), False)
    _compare(room, recount)


def _same_home(known: Story | None, story: Story) -> bool:
    return known is None or (known.outlet, known.feed_id) == (story.outlet, story.feed_id)


def _compare(room: Newsroom, recount: Recount) -> None:
    for name, period in PERIODS.items():
        rows = {(r[0], r[1]): list(r[2:]) for r in room.ask(f"FROM stance_by_{name}")}
        expected = recount.by(period)
        assert rows.keys() == expected.keys()
        for key, row in expected.items():
            assert rows[key] == pytest.approx(row), (name, key)
    evidence = room.ask("SELECT article_id, position, text, themes FROM stance_evidence")
    expected_evidence = {
        (f"a-{s.key}", p.position, p.text, s.themes)
        for s in recount.stories
        for p in s.scored.passages
        if s.hope >= 0.5 or s.concern >= 0.5
    }
    assert {(a, p, t, tuple(themes)) for a, p, t, themes in evidence} == expected_evidence
    with duckdb.connect(str(room.settings.db), read_only=True) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        assert check_connection(connection) == []
        _compare_days(connection)
    _compare_themes(room, recount)
    _compare_trends(room, recount)


def _compare_days(connection: duckdb.DuckDBPyConnection) -> None:
    """The daily counts kept while writing are what the days of each feed add up to."""
    kept = connection.execute("SELECT day, language, feeds_expected, feeds_ok FROM watch_facts")
    rows = sorted(kept.fetchall())
    counted = connection.execute(
        "SELECT day, language, count(*), count(*) FILTER (is_ok) FROM feed_days GROUP BY ALL"
    )
    assert rows == sorted(counted.fetchall())


def _compare_themes(room: Newsroom, recount: Recount) -> None:
    expected: dict[tuple[date | None, str, str], list[set[str | None]]] = {}
    for story in recount.stories:
        if story.hope >= 0.5 or story.concern >= 0.5:
            for theme in story.themes:
                key = (day_of(story, PERIODS["week"]), story.language, theme)
                articles, stories = expected.setdefault(key, [set(), set()])
                articles.add(story.key)
                stories.add(story.story_id)
    rows = room.ask("SELECT period, language, theme, articles, stories FROM theme_by_week")
    assert {r[:3]: r[3:] for r in rows} == {
        key: (len(articles), len(stories)) for key, (articles, stories) in expected.items()
    }


def _compare_trends(room: Newsroom, recount: Recount) -> None:
    expected = recount.by(PERIODS["week"])
    points = read_trends(room.settings, TrendQuery(by="week"))
    assert {(p.period, p.language) for p in points} >= {k for k in expected if k[0]}
    for point in points:
        row = expected.get((point.period, point.language), [0] * 7)
        assert (
            point.articles, point.stories, point.outlets,
            point.hopes, point.concerns, point.mixed, point.neutral,
        ) == tuple(row[:7])  # fmt: skip
    undated = sum(story.published is None for story in recount.stories)
    assert sum(p.undated for p in points) <= undated


def test_an_article_without_a_day_is_in_no_period_but_is_counted(newsroom: Newsroom) -> None:
    newsroom.publish(Story("a", published=None), Story("b"))
    rows = newsroom.ask("SELECT period, articles FROM stance_by_day ORDER BY period NULLS LAST")
    assert rows == [(date(2026, 11, 16), 1), (None, 1)]
    points = read_trends(newsroom.settings, TrendQuery(by="day"))
    assert [(p.n, p.undated) for p in points] == [(1, 1)]


def test_a_silent_day_counts_against_every_feed(newsroom: Newsroom) -> None:
    for days in (0, 3):
        at = NOON + timedelta(days=days)
        newsroom.writer.write_feeds("r", [make_result(f"feed{n}", at) for n in (1, 2, 3)], at)
    rows = newsroom.ask("SELECT period, feeds_ok_share FROM coverage_by_day WHERE language='en'")
    assert [share for _, share in sorted(rows)] == [1.0, 0.0, 0.0, 1.0]


def test_a_feed_off_the_list_is_no_longer_expected(newsroom: Newsroom) -> None:
    newsroom.writer.write_feeds("r", [make_result("feed1", NOON), make_result("feed2", NOON)], NOON)
    newsroom.writer.register_feeds(newsroom.feeds[1:], NOON + DAY)
    newsroom.writer.write_feeds("r", [make_result("feed2", NOON + 2 * DAY)], NOON + 2 * DAY)
    rows = newsroom.ask("SELECT feeds_expected FROM coverage_by_day WHERE language = 'en'")
    assert rows == [(1,)]


def test_feed_health_says_how_each_feed_does(newsroom: Newsroom) -> None:
    newsroom.writer.write_feeds("r", [make_result("feed1", NOON)], NOON)
    newsroom.writer.write_feeds("r", [make_result("feed2", NOON, error="dns")], NOON)
    rows = newsroom.ask("SELECT feed_id, state, last_error_class FROM feed_health ORDER BY 1")
    assert rows == [("feed1", "ok", None), ("feed2", "failing", "dns"), ("feed3", "new", None)]


CONTRACT = {
    "article_stance": "article_id url title outlet feed_id language country kind published_at "
    "published_date first_seen_at label hope_score concern_score balance confidence n_passages "
    "n_hope n_concern story_id is_duplicate version model_id",
    "stance_evidence": "article_id position outlet language published_date text char_start "
    "char_end treaty hope concern themes",
    **dict.fromkeys(
        ("stance_by_day", "stance_by_week", "stance_by_month"),
        "period language articles stories outlets hopes concerns mixed neutral hope_share "
        "concern_share mean_balance feeds_ok_share",
    ),
    "stance_by_outlet": "outlet",
    "theme_by_week": "period",
    "feed_health": "feed_id",
    "coverage_by_day": "period",
}


@pytest.mark.parametrize("view", sorted(CONTRACT))
def test_the_columns_users_rely_on_stand_first_and_in_order(newsroom: Newsroom, view: str) -> None:
    with duckdb.connect(str(newsroom.settings.db), read_only=True) as connection:
        columns = [c[0] for c in connection.execute(f"FROM {view}").description or ()]
    names = CONTRACT[view].split()
    assert columns[: len(names)] == names


def test_a_day_begins_in_the_configured_zone(newsroom: Newsroom) -> None:
    before, after = datetime(2026, 11, 15, 16, 59), datetime(2026, 11, 15, 17, 0)
    stories = [
        Story("x", published=before.replace(tzinfo=NOON.tzinfo)),
        Story("y", published=after.replace(tzinfo=NOON.tzinfo)),
    ]
    newsroom.publish(*stories)
    assert sorted(newsroom.ask("SELECT period, articles FROM stance_by_week")) == [
        (date(2026, 11, 9), 1),
        (date(2026, 11, 16), 1),
    ]
