"""What counts as a change: beside last week, beside the recent weeks, and what cannot be told."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from treatywatch.digest.changes import MOST_THEMES
from treatywatch.digest.compose import compose
from treatywatch.digest.options import DigestOptions
from treatywatch.news.digest import Change, Digest, Measure
from treatywatch.news.week_input import ThemeCount, WeekInput, WeeklyCount, WeekTotal
from treatywatch.news.weekly import IsoWeek

OPTIONS = DigestOptions()


def measure(digest: Digest, name: str) -> Measure:
    return next(measure for measure in digest.measures if measure.name == name)


def change(digest: Digest, name: str, against: str) -> Change:
    return next(c for c in measure(digest, name).changes if c.against == against)


def plain_week(
    week: IsoWeek, now: tuple[int, int, int], before: list[tuple[int, int, int]]
) -> WeekInput:
    """Make a week from (articles, hopes, concerns) now and in each of the weeks before it."""
    weeks = week.shift(-len(before)).until(week)
    counts, totals = [], []
    for at, (articles, hopes, concerns) in zip(weeks, [*before, now], strict=True):
        rest = articles - hopes - concerns
        if articles:
            counts.append(WeeklyCount(at, "en", articles, articles, 5, hopes, concerns, rest, 0))
        totals.append(WeekTotal(at, articles, 5, articles * 10, 20, 1.0))
    return WeekInput(
        week=week, weeks=weeks, first_week=weeks[0], counts=tuple(counts), totals=tuple(totals)
    )


class TestWhatCountsAsAChange:
    week = IsoWeek(2026, 47)

    def test_twice_as_many_of_many_is_up(self) -> None:
        digest = compose(plain_week(self.week, (80, 30, 30), [(40, 15, 15)] * 4), OPTIONS)
        assert change(digest, "articles", "last_week").verdict == "up"
        assert change(digest, "articles", "recent_weeks").verdict == "up"
        assert change(digest, "articles", "recent_weeks").before == 40

    def test_twice_as_many_of_few_is_no_change(self) -> None:
        digest = compose(plain_week(self.week, (4, 2, 2), [(2, 1, 1)] * 4), OPTIONS)
        assert change(digest, "articles", "last_week").verdict == "steady"

    def test_copies_of_one_story_are_weak_evidence(self) -> None:
        week = plain_week(self.week, (80, 30, 30), [(40, 15, 15)] * 4)
        totals = tuple(replace(total, stories=total.stories // 20) for total in week.totals)
        digest = compose(replace(week, totals=totals), OPTIONS)
        assert change(digest, "articles", "last_week").verdict == "steady"

    def test_copies_are_weak_evidence_for_shares_themes_and_the_lead_too(self) -> None:
        week = plain_week(self.week, (100, 10, 60), [(100, 40, 20)] * 4)
        totals = tuple(replace(total, stories=total.stories // 20) for total in week.totals)
        counts = [(at, 5) for at in week.weeks[:-1]] + [(week.week, 40)]
        themes = tuple(ThemeCount(at, "en", "concern", "privacy", n) for at, n in counts)
        own = compose(replace(week, themes=themes), OPTIONS)
        copied = compose(replace(week, themes=themes, totals=totals), OPTIONS)
        assert (own.lead, copied.lead) == ("concern", None)
        assert own.concern_themes[0].change.verdict == "up"
        assert copied.concern_themes[0].change.verdict == "steady"
        for against in ("last_week", "recent_weeks"):
            assert change(own, "concerns", against).verdict == "up"
            assert change(copied, "concerns", against).verdict == "steady"

    def test_a_share_that_moved_beyond_its_interval_is_a_change(self) -> None:
        digest = compose(plain_week(self.week, (100, 10, 60), [(100, 40, 20)] * 4), OPTIONS)
        assert change(digest, "concerns", "last_week").verdict == "up"
        assert change(digest, "hopes", "last_week").verdict == "down"
        assert digest.lead == "concern"

    def test_an_even_week_has_no_leader(self) -> None:
        digest = compose(plain_week(self.week, (20, 8, 6), [(20, 8, 6)]), OPTIONS)
        assert digest.lead is None

    @pytest.mark.parametrize(
        ("now", "before"), [((4, 4, 0), (40, 0, 40)), ((40, 20, 20), (4, 4, 0))]
    )
    def test_shares_of_a_handful_are_not_compared(
        self, now: tuple[int, int, int], before: tuple[int, int, int]
    ) -> None:
        digest = compose(plain_week(self.week, now, [before]), OPTIONS)
        found = change(digest, "hopes", "last_week")
        assert (found.verdict, found.reason) == ("unknown", "too_few")

    def test_shares_of_five_articles_are_compared(self) -> None:
        digest = compose(plain_week(self.week, (5, 5, 0), [(40, 0, 40)]), OPTIONS)
        found = change(digest, "hopes", "last_week")
        assert (found.verdict, found.reason) == ("up", "")

    def test_a_week_of_hopes_is_led_by_them(self) -> None:
        digest = compose(plain_week(self.week, (100, 60, 10), []), OPTIONS)
        assert digest.lead == "hope"
        hopes = measure(digest, "hopes")
        assert hopes.value == 0.6
        assert hopes.low is not None
        assert hopes.high is not None
        assert 0.5 < hopes.low < 0.6 < hopes.high < 0.7

    def test_only_four_weeks_are_recent(self) -> None:
        earlier = [(900, 0, 0), *[(40, 15, 15)] * 4]
        digest = compose(plain_week(self.week, (40, 15, 15), earlier), OPTIONS)
        found = change(digest, "articles", "recent_weeks")
        assert (found.weeks, found.before, found.verdict) == (4, 40, "steady")
        assert change(digest, "stories", "recent_weeks").before == 40
        assert change(digest, "outlets", "recent_weeks").before == 5

    @pytest.mark.parametrize(
        ("feeds", "ok_share", "reason"),
        [
            (16, 1.0, ""),
            (15, 1.0, "feeds_differ"),
            (25, 1.0, ""),
            (26, 1.0, "feeds_differ"),
            (20, 0.86, ""),
            (20, 0.84, "feeds_differ"),
            (20, None, "not_watched"),
        ],
    )
    def test_a_watch_is_alike_within_bounds(
        self, feeds: int, ok_share: float | None, reason: str
    ) -> None:
        week = plain_week(self.week, (80, 30, 30), [(40, 15, 15)])
        before = replace(week.totals[0], feeds=feeds, feeds_ok_share=ok_share)
        digest = compose(replace(week, totals=(before, week.totals[1])), OPTIONS)
        assert change(digest, "articles", "last_week").reason == reason

    def test_weeks_with_other_feeds_are_not_compared(self) -> None:
        week = plain_week(self.week, (80, 30, 30), [(40, 15, 15)] * 4)
        down = replace(week.totals[-2], feeds_ok_share=0.4)
        digest = compose(replace(week, totals=(*week.totals[:-2], down, week.totals[-1])), OPTIONS)
        found = change(digest, "articles", "last_week")
        assert (found.verdict, found.reason, found.before) == ("unknown", "feeds_differ", 40)
        share = change(digest, "hopes", "last_week")
        assert (share.verdict, share.reason) == ("unknown", "feeds_differ")

    @pytest.mark.parametrize(("days_late", "reason"), [(0, ""), (1, "not_watched")])
    def test_last_week_was_watched_from_its_monday_on(self, days_late: int, reason: str) -> None:
        week = plain_week(self.week, (20, 7, 7), [(40, 15, 15)])
        since = self.week.shift(-1).monday + timedelta(days=days_late)
        digest = compose(replace(week, watched_since=since), OPTIONS)
        assert change(digest, "articles", "last_week").reason == reason

    @pytest.mark.parametrize("known", ["as_of", "data_until"])
    @pytest.mark.parametrize(
        ("zone", "moment", "is_over"),
        [
            ("Asia/Ho_Chi_Minh", datetime(2026, 11, 21, 16, 59, tzinfo=UTC), False),
            ("Asia/Ho_Chi_Minh", datetime(2026, 11, 21, 17, tzinfo=UTC), True),
            ("UTC", datetime(2026, 11, 21, 17, tzinfo=UTC), False),
        ],
    )
    def test_a_week_ends_by_the_clocks_of_its_zone(
        self, known: str, zone: str, moment: datetime, is_over: bool
    ) -> None:
        week = replace(plain_week(self.week, (20, 7, 7), [(40, 15, 15)]), zone=zone)
        digest = compose(replace(week, **{known: moment}), OPTIONS)
        assert digest.is_over is is_over
        assert change(digest, "articles", "last_week").reason == ("" if is_over else "not_over")

    @pytest.mark.parametrize("what", ["unfinished", "begun late"])
    def test_a_week_that_is_not_whole_is_not_compared(self, what: str) -> None:
        week = plain_week(self.week, (20, 7, 7), [(40, 15, 15)])
        saturday = datetime(2026, 11, 21, 12, tzinfo=UTC)
        broken = (
            replace(week, as_of=saturday)
            if what == "unfinished"
            else replace(week, watched_since=self.week.shift(-1).monday + timedelta(days=2))
        )
        digest = compose(broken, OPTIONS)
        found = change(digest, "articles", "last_week")
        reason = "not_over" if what == "unfinished" else "not_watched"
        assert (found.verdict, found.reason) == ("unknown", reason)
        assert digest.is_over == (what != "unfinished")

    def test_weeks_without_a_reading_are_not_compared(self) -> None:
        week = plain_week(self.week, (80, 30, 30), [(4, 1, 1)] * 4)
        totals = tuple(replace(total, feeds=0, feeds_ok_share=None) for total in week.totals)
        digest = compose(replace(week, totals=totals), OPTIONS)
        found = change(digest, "articles", "last_week")
        assert (found.verdict, found.reason) == ("unknown", "not_watched")
        assert change(digest, "hopes", "recent_weeks").verdict == "steady"

    def test_a_watched_week_without_articles_is_zero(self) -> None:
        digest = compose(plain_week(self.week, (8, 3, 3), [(0, 0, 0)]), OPTIONS)
        found = change(digest, "articles", "last_week")
        assert (found.before, found.weeks, found.reason) == (0, 1, "")

    def test_weeks_before_the_first_article_are_not_zero(self) -> None:
        week = plain_week(self.week, (8, 3, 3), [(0, 0, 0), (0, 0, 0), (6, 2, 2)])
        digest = compose(replace(week, first_week=self.week.shift(-1)), OPTIONS)
        assert change(digest, "articles", "recent_weeks").weeks == 1
        known = [p.counts is not None for p in digest.trend if p.language == "en"]
        assert known == [False, False, True, True]

    def test_one_old_page_makes_no_known_weeks_of_those_between(self) -> None:
        week = plain_week(self.week, (8, 3, 3), [(0, 0, 0), (0, 0, 0), (6, 2, 2)])
        silent = [week.weeks[0], week.weeks[1]]
        totals = tuple(
            replace(t, seen=0, feeds=0, feeds_ok_share=None) if t.week in silent else t
            for t in week.totals
        )
        digest = compose(replace(week, totals=totals), OPTIONS)
        assert change(digest, "articles", "recent_weeks").weeks == 1
        unknown = {point.week for point in digest.trend if point.counts is None}
        assert unknown & set(week.weeks[:2]) == set(silent)

    def test_the_first_week_has_nothing_to_compare_with(self) -> None:
        digest = compose(plain_week(self.week, (8, 3, 3), []), OPTIONS)
        assert digest.is_first_week
        assert change(digest, "articles", "last_week").reason == "no_earlier"


def test_a_theme_rises_only_beyond_its_interval() -> None:
    week = plain_week(IsoWeek(2026, 47), (100, 40, 40), [(100, 40, 40)] * 4)
    themes = [ThemeCount(week.week, "en", "concern", "privacy", 40)]
    themes += [ThemeCount(week.week, "en", "concern", "host", 11)]
    for at in week.weeks[:-1]:
        themes += [
            ThemeCount(at, "en", "concern", "privacy", 5),
            ThemeCount(at, "en", "concern", "host", 8),
            ThemeCount(at, "en", "concern", "industry", 20),
        ]
    digest = compose(replace(week, themes=tuple(themes)), OPTIONS)
    verdicts = {move.theme: move.change.verdict for move in digest.concern_themes}
    assert verdicts == {"privacy": "up", "host": "steady", "industry": "down"}
    assert digest.hope_themes == ()


@pytest.mark.parametrize("other", range(4))
def test_a_theme_says_nothing_where_one_of_the_weeks_had_other_feeds(other: int) -> None:
    week = plain_week(IsoWeek(2026, 47), (100, 40, 40), [(100, 40, 40)] * 4)
    counts = [(at, 5) for at in week.weeks[:-1]] + [(week.week, 40)]
    themes = tuple(ThemeCount(at, "en", "concern", "privacy", n) for at, n in counts)
    totals = tuple(
        replace(total, feeds_ok_share=0.4) if number == other else total
        for number, total in enumerate(week.totals)
    )
    (move,) = compose(replace(week, themes=themes, totals=totals), OPTIONS).concern_themes
    assert (move.change.verdict, move.change.reason) == ("unknown", "feeds_differ")


def test_a_theme_of_both_sides_is_counted_for_each() -> None:
    week = plain_week(IsoWeek(2026, 47), (100, 40, 40), [(100, 40, 40)])
    themes = [ThemeCount(week.week, "en", "hope", "security", 7)]
    themes += [ThemeCount(week.week, "en", "concern", "security", 9)]
    themes += [ThemeCount(week.weeks[0], "en", "hope", "security", 20)]
    digest = compose(replace(week, themes=tuple(themes)), OPTIONS)
    found = [
        (move.side, move.articles, move.change.before)
        for move in (*digest.hope_themes, *digest.concern_themes)
    ]
    assert found == [("hope", 7, 0.2), ("concern", 9, 0.0)]


def test_a_theme_must_move_further_than_a_headline_share() -> None:
    week = plain_week(IsoWeek(2026, 47), (100, 18, 0), [(100, 10, 0)] * 4)
    themes = [ThemeCount(at, "en", "hope", "aid", 10) for at in week.weeks[:-1]]
    themes += [ThemeCount(week.week, "en", "hope", "aid", 18)]
    digest = compose(replace(week, themes=tuple(themes)), OPTIONS)
    assert change(digest, "hopes", "recent_weeks").verdict == "up"
    assert digest.hope_themes[0].change.verdict == "steady"


def test_themes_are_ranked_and_bounded() -> None:
    week = plain_week(IsoWeek(2026, 47), (100, 40, 40), [])
    themes = tuple(ThemeCount(week.week, "en", "hope", f"t{n:02}", n // 2) for n in range(40))
    moves = compose(replace(week, themes=themes), OPTIONS).hope_themes
    assert [move.theme for move in moves[:3]] == ["t38", "t39", "t36"]
    assert len(moves) == MOST_THEMES


def test_a_theme_of_a_week_without_articles_has_only_its_past() -> None:
    week = plain_week(IsoWeek(2026, 47), (0, 0, 0), [(100, 40, 40)] * 5)
    themes = tuple(ThemeCount(at, "en", "hope", "aid", 5) for at in week.weeks[1:-1])
    old = ThemeCount(week.weeks[0], "en", "hope", "old", 5)
    (move,) = compose(replace(week, themes=(*themes, old)), OPTIONS).hope_themes
    assert (move.theme, move.articles, move.of) == ("aid", 0, 0)
    assert (move.change.before, move.change.weeks, move.change.verdict) == (0.05, 4, "unknown")
