from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.storage.conftest import NOON, Newsroom, Story, make_result
from treatywatch.storage.trend_math import (
    Share,
    change,
    is_doubtful,
    mean_interval,
    moving_average,
    next_start,
    periods_between,
    pooled,
    start_of,
    wilson,
)
from treatywatch.storage.trends import TrendPoint, TrendQuery, read_trends

SHARES = st.integers(0, 400).flatmap(
    lambda n: st.builds(Share, st.integers(0, n), st.just(n), st.integers(0, n))
)
WEEK = timedelta(days=7)


@pytest.mark.parametrize(
    ("share", "n", "low", "high"),
    # Newcombe (1998), table I, method 3.
    [(81 / 263, 263, 0.2553, 0.3662), (15 / 148, 148, 0.0624, 0.1605), (0.0, 20, 0.0, 0.1611),
     (1 / 29, 29, 0.0061, 0.1718)],
)  # fmt: skip
def test_wilson_gives_the_published_intervals(
    share: float, n: int, low: float, high: float
) -> None:
    assert wilson(share, n) == pytest.approx((low, high), abs=6e-5)


def test_the_difference_has_the_published_interval() -> None:
    # Newcombe (1998), table II, method 10: 56/70 - 48/80 and 9/10 - 3/10.
    first = change(Share(56, 70, 70), Share(48, 80, 80))
    assert (first.low, first.high) == pytest.approx((0.0524, 0.3339), abs=6e-5)
    assert first.verdict == "up"
    second = change(Share(9, 10, 10), Share(3, 10, 10))
    assert (second.low, second.high) == pytest.approx((0.1705, 0.8090), abs=6e-5)


@given(SHARES, SHARES)
def test_a_change_is_claimed_only_when_the_interval_leaves_out_zero(one: Share, two: Share) -> None:
    found = change(one, two)
    back = change(two, one)
    opposite = {"up": "down", "down": "up"}
    assert back.verdict == opposite.get(found.verdict, found.verdict)
    if not one.n or not two.n:
        assert found.verdict == "unknown"
        return
    assert found.low is not None
    assert found.high is not None
    assert found.low <= (found.difference or 0.0) + 1e-9
    assert found.high >= (found.difference or 0.0) - 1e-9
    assert (found.verdict == "steady") == (found.low <= 0 <= found.high)


@given(SHARES)
def test_an_interval_holds_its_share_and_shrinks_with_independence(share: Share) -> None:
    interval, value = share.interval(), share.value
    if interval is None or value is None:
        assert share.n == 0
        return
    low, high = interval
    assert 0 <= low <= value + 1e-9
    assert value - 1e-9 <= high <= 1
    wider = replace(share, independent=1).interval()
    assert wider is not None
    assert wider[1] - wider[0] >= high - low - 1e-9


@given(st.lists(SHARES, min_size=1, max_size=9))
@pytest.mark.slow
def test_a_moving_average_is_the_pooled_share_of_four(shares: list[Share]) -> None:
    for at in range(len(shares)):
        expected = None if at < 3 else pooled(shares[at - 3 : at + 1]).value
        assert moving_average(shares, at) == expected


def test_the_interval_of_a_mean() -> None:
    assert mean_interval(0.0, None, 5) is None
    assert mean_interval(0.0, 0.04, 1) is None
    assert mean_interval(0.5, 0.04, 4) == pytest.approx((0.304, 0.696), abs=1e-3)
    assert mean_interval(0.99, 4.0, 2) == pytest.approx((-1.0, 1.0), abs=1)


@given(st.dates(date(1990, 1, 1), date(2090, 1, 1)), st.sampled_from(["day", "week", "month"]))
def test_every_day_is_in_one_period(day: date, unit: str) -> None:
    start = start_of(day, unit)  # type: ignore[arg-type]
    after = next_start(start, unit)  # type: ignore[arg-type]
    assert start <= day < after
    assert start_of(after, unit) == after  # type: ignore[arg-type]


def test_periods_run_over_the_end_of_a_year() -> None:
    weeks = periods_between(date(2026, 12, 21), date(2027, 1, 10), "week")
    assert weeks == [date(2026, 12, 21), date(2026, 12, 28), date(2027, 1, 4)]
    months = periods_between(date(2026, 11, 1), date(2027, 2, 1), "month")
    assert [month.month for month in months] == [11, 12, 1, 2]


@pytest.mark.parametrize(("share", "doubtful"), [(None, False), (1.0, False), (0.79, True)])
def test_a_period_is_doubtful_when_feeds_were_down(share: float | None, doubtful: bool) -> None:
    assert is_doubtful(share) is doubtful


def weeks(room: Newsroom, counts: list[tuple[int, int]], *, down: tuple[int, ...] = ()) -> None:
    """Publish `concerns` and `hopes` articles in each week; in `down` weeks the feed fails."""
    for number, (concerns, hopes) in enumerate(counts):
        labels = ["concerns"] * concerns + ["hopes"] * hopes
        at = NOON + number * WEEK
        stories = [
            Story(f"{number}-{i}", label=label, published=at) for i, label in enumerate(labels)
        ]
        if stories:
            room.publish(*stories, at=at)
        error = "dns" if number in down else None
        moments = [at + timedelta(days=day, hours=1) for day in range(7)]
        results = [make_result("feed1", moment, error=error) for moment in moments]
        room.writer.write_feeds("r", results)


def trend(room: Newsroom, **query: object) -> list[TrendPoint]:
    return read_trends(room.settings, TrendQuery(**query))  # type: ignore[arg-type]


@pytest.mark.slow
def test_a_real_fall_is_flagged_and_a_dead_feed_is_not(newsroom: Newsroom) -> None:
    weeks(newsroom, [(18, 2), (2, 18), (0, 6)], down=(2,))
    points = trend(newsroom)
    assert [p.concern_change.verdict for p in points] == ["unknown", "down", "unknown"]
    assert [p.hope_change.verdict for p in points] == ["unknown", "up", "unknown"]
    assert [p.is_doubtful for p in points] == [False, False, True]
    assert points[2].feeds_ok_share == pytest.approx(1 / 7)


def test_feeds_of_all_languages_together_are_added_up(newsroom: Newsroom) -> None:
    newsroom.publish(Story("a"))
    feeds = ("feed1", "feed2", "feed3")
    newsroom.writer.write_feeds("r", [make_result(feed, NOON) for feed in feeds])
    assert [p.feeds for p in trend(newsroom, together=True)] == [3]
    assert [p.feeds for p in trend(newsroom)] == [1, 1, 1]


@pytest.mark.slow
def test_a_week_without_news_stays_in_the_series(newsroom: Newsroom) -> None:
    weeks(newsroom, [(1, 1), (0, 0), (1, 0)])
    points = trend(newsroom)
    assert [(p.n, p.concern_share) for p in points] == [(2, 0.5), (0, None), (1, 1.0)]
    assert points[1].concern_interval is None
    assert points[1].feeds_ok_share == 1.0


@pytest.mark.slow
def test_weeks_before_the_watch_stand_beside_one_another_alone(newsroom: Newsroom) -> None:
    for week, labels in enumerate((["concerns"] * 9, ["hopes"] * 9, ["concerns"] * 9)):
        at = NOON + week * WEEK
        told = [Story(f"{week}-{i}", label=label, published=at) for i, label in enumerate(labels)]
        newsroom.publish(*told, at=NOON + 2 * WEEK)
    newsroom.writer.write_feeds("r", [make_result("feed1", NOON + 2 * WEEK)])
    points = trend(newsroom)
    assert [p.feeds_ok_share for p in points] == [None, None, 1.0]
    assert [p.hope_change.verdict for p in points] == ["unknown", "up", "unknown"]


@pytest.mark.slow
def test_periods_that_are_cut_or_not_over_are_marked(newsroom: Newsroom) -> None:
    weeks(newsroom, [(1, 1), (1, 1)])
    newsroom.publish(Story("new", published=NOON + 2 * WEEK), at=NOON + 2 * WEEK)
    newsroom.writer.write_feeds("r", [make_result("feed1", NOON + 2 * WEEK)])
    assert [p.is_partial for p in trend(newsroom)] == [False, False, True]
    since, until = NOON.date() + timedelta(days=1), NOON.date() + WEEK + timedelta(days=2)
    assert [p.is_partial for p in trend(newsroom, since=since)] == [True, False, True]
    assert [p.is_partial for p in trend(newsroom, until=until)] == [False, True]


def test_an_outlet_is_judged_by_its_own_feeds(newsroom: Newsroom) -> None:
    newsroom.publish(
        Story("a", outlet="One"), Story("b", language="ar", feed_id="feed2", outlet="Two")
    )
    for day in range(1, 4):
        at = NOON + timedelta(days=day)
        newsroom.writer.write_feeds(
            "r", [make_result("feed1", at, error="dns"), make_result("feed2", at)]
        )
    (one,), (two,) = trend(newsroom, outlet="One"), trend(newsroom, outlet="two")
    assert (one.feeds_ok_share, one.feeds, one.is_doubtful) == (0.25, 1, True)
    assert (two.feeds_ok_share, two.feeds, two.is_doubtful) == (1.0, 1, False)


def test_a_language_that_was_watched_and_wrote_nothing_is_there(newsroom: Newsroom) -> None:
    newsroom.publish(Story("a", themes=("privacy",)))
    newsroom.writer.write_feeds("r", [make_result("feed2", NOON)])
    assert [(p.language, p.n) for p in trend(newsroom, theme="privacy")] == [("ar", 0), ("en", 1)]


def test_a_neutral_article_pulls_no_mean(newsroom: Newsroom) -> None:
    newsroom.publish(Story("a", label="concerns"), Story("b", label="neutral"))
    rows = newsroom.ask("SELECT label, balance FROM article_stance ORDER BY label")
    (_, concerns), _ = rows
    (point,) = trend(newsroom)
    assert point.balance == pytest.approx(concerns / 2)
    assert newsroom.ask("SELECT mean_balance FROM stance_by_week") == [
        (pytest.approx(concerns / 2),)
    ]
    assert newsroom.ask("SELECT mean_balance FROM stance_by_outlet") == [
        (pytest.approx(concerns / 2),)
    ]


@pytest.mark.slow
def test_the_mean_of_four_periods_is_told_apart_from_the_last_one(newsroom: Newsroom) -> None:
    weeks(newsroom, [(2, 18)] * 4 + [(18, 2)])
    last = trend(newsroom)[-1]
    assert last.concern_change_4.verdict == "up"
    assert last.concern_average == pytest.approx((2 * 3 + 18) / 80)
    assert trend(newsroom)[3].concern_change_4.verdict == "unknown"


def test_three_ways_to_count(newsroom: Newsroom) -> None:
    stories = [
        Story("a", label="concerns", outlet="One"),
        Story("b", label="concerns", outlet="One"),
        Story("c", label="hopes", outlet="One"),
        Story("d", label="hopes", outlet="Two"),
        Story("e", label="concerns", outlet="Two"),
    ]
    newsroom.publish(*stories)
    newsroom.writer.write_stories({"a-a": "s", "a-b": "s", "a-c": "t", "a-d": "s"}, NOON)

    def counted(count: str) -> tuple[int, ...]:
        (point,) = trend(newsroom, count=count)
        return (point.n, point.hopes, point.concerns, point.mixed)

    assert counted("articles") == (5, 2, 3, 0)
    assert counted("stories") == (3, 1, 2, 0)
    assert counted("outlets") == (2, 0, 1, 1)


@pytest.mark.slow
def test_filters_and_one_series_for_all(newsroom: Newsroom) -> None:
    newsroom.publish(
        Story("a", outlet="One", themes=("privacy",)),
        Story("b", language="ar", feed_id="feed2", published=NOON - WEEK),
        Story("c", language="vi", feed_id="feed3", published=None),
    )
    assert [p.n for p in trend(newsroom, theme="privacy") if p.n] == [1]
    assert [p.n for p in trend(newsroom, outlet="one") if p.n] == [1]
    assert [p.n for p in trend(newsroom, outlet="feed2", language="ar") if p.n] == [1]
    assert trend(newsroom, language="en", until=date(2026, 11, 10)) == []
    assert sum(p.undated for p in trend(newsroom, theme="cooperation", together=True)) == 1
    assert sum(p.undated for p in trend(newsroom, theme="privacy", together=True)) == 0
    together = trend(newsroom, together=True)
    assert [(p.language, p.n, p.undated) for p in together] == [("all", 1, 0), ("all", 1, 1)]
    assert trend(newsroom, as_of=NOON - WEEK) == []
