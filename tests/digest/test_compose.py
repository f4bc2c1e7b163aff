"""The composed week equals a recount of its records."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from treatywatch.digest.changes import MOST_THEMES
from treatywatch.digest.compose import MOST_DRIFTS, MOST_OUTLETS, MOST_STORIES, compose
from treatywatch.digest.options import DigestOptions
from treatywatch.news.digest import Change, Digest, Measure
from treatywatch.news.week_input import (
    ModelUse,
    NewOutlet,
    StanceDrift,
    ThemeCount,
    WeekInput,
    WeeklyCount,
    WeekTotal,
)
from treatywatch.news.weekly import IsoWeek

OPTIONS = DigestOptions()


@pytest.fixture(scope="module")
def digest(full_week: WeekInput) -> Digest:
    return compose(full_week, OPTIONS)


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


def test_the_headline_equals_a_recount(digest: Digest, full_week: WeekInput) -> None:
    articles = full_week.articles
    assert measure(digest, "articles").count == len(articles)
    assert measure(digest, "stories").count == len({a.story_id for a in articles})
    assert measure(digest, "outlets").count == len({a.outlet for a in articles})
    labels = Counter(a.label for a in articles)
    assert measure(digest, "hopes").count == labels["hopes"]
    assert measure(digest, "concerns").value == pytest.approx(labels["concerns"] / len(articles))


def test_the_framings_equal_a_recount(digest: Digest, full_week: WeekInput) -> None:
    assert [framing.language for framing in digest.framings] == ["ar", "en", "vi"]
    for framing in digest.framings:
        mine = [a for a in full_week.articles if a.language == framing.language]
        labels = Counter(a.label for a in mine)
        assert framing.counts.articles == len(mine)
        for label in ("hopes", "mixed", "neutral", "concerns"):
            assert getattr(framing.counts, label) == labels[label]
        assert framing.stories == len({a.story_id for a in mine})


def test_the_outlet_rows_add_up(digest: Digest, full_week: WeekInput) -> None:
    assert sum(row.counts.articles for row in digest.outlets) == len(full_week.articles)
    counts = [row.counts.articles for row in digest.outlets]
    assert counts == sorted(counts, reverse=True)
    assert [row.outlet for row in digest.new_outlets] == ["Plain Talk Review"]


def test_outlets_are_not_new_when_nobody_watched_before(full_week: WeekInput) -> None:
    later = replace(full_week, watched_since=full_week.week.sunday)
    digest = compose(later, OPTIONS)
    assert digest.new_outlets == ()
    assert not any(row.is_new for row in digest.outlets)


def test_every_story_told_by_more_than_one_is_counted_once(digest: Digest) -> None:
    assert all(row.counts.articles > 1 for row in digest.stories)
    ids = [row.story_id for row in digest.stories]
    assert len(ids) == len(set(ids))


def test_the_last_trend_point_is_the_week_itself(digest: Digest) -> None:
    last = {p.language: p.counts for p in digest.trend if p.week == digest.week}
    for framing in digest.framings:
        assert last[framing.language] == framing.counts


def test_the_same_input_gives_the_same_digest(full_week: WeekInput) -> None:
    shuffled = replace(
        full_week,
        articles=tuple(reversed(full_week.articles)),
        passages=tuple(reversed(full_week.passages)),
        counts=tuple(reversed(full_week.counts)),
        themes=tuple(reversed(full_week.themes)),
        totals=tuple(reversed(full_week.totals)),
        drifts=tuple(reversed(full_week.drifts)),
        feeds_down=tuple(reversed(full_week.feeds_down)),
    )
    assert compose(shuffled, OPTIONS) == compose(full_week, OPTIONS)


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

    def test_a_share_that_moved_beyond_its_interval_is_a_change(self) -> None:
        digest = compose(plain_week(self.week, (100, 10, 60), [(100, 40, 20)] * 4), OPTIONS)
        assert change(digest, "concerns", "last_week").verdict == "up"
        assert change(digest, "hopes", "last_week").verdict == "down"
        assert digest.lead == "concern"

    def test_an_even_week_has_no_leader(self) -> None:
        digest = compose(plain_week(self.week, (20, 8, 6), [(20, 8, 6)]), OPTIONS)
        assert digest.lead is None

    def test_shares_of_a_handful_are_not_compared(self) -> None:
        digest = compose(plain_week(self.week, (4, 4, 0), [(40, 0, 40)]), OPTIONS)
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

    @pytest.mark.parametrize("what", ["unfinished", "begun late"])
    def test_a_week_that_is_not_whole_is_not_compared(self, what: str) -> None:
        week = plain_week(self.week, (20, 7, 7), [(40, 15, 15)])
        saturday = datetime(2026, 11, 21, 12, tzinfo=UTC)
        broken = (
            replace(week, as_of=saturday)
            if what == "unfinished"
            else replace(week, watched_since=self.week.shift(-1).monday + timedelta(days=2))
        )
        found = change(compose(broken, OPTIONS), "articles", "last_week")
        assert (found.verdict, found.reason) == ("unknown", "not_watched")

    def test_weeks_without_a_reading_are_not_compared(self) -> None:
        week = plain_week(self.week, (80, 30, 30), [(4, 1, 1)] * 4)
        totals = tuple(replace(total, feeds=0, feeds_ok_share=None) for total in week.totals)
        digest = compose(replace(week, totals=totals), OPTIONS)
        found = change(digest, "articles", "last_week")
        assert (found.verdict, found.reason) == ("unknown", "not_watched")
        assert change(digest, "hopes", "recent_weeks").verdict == "steady"

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


def test_a_theme_must_move_further_than_a_headline_share() -> None:
    week = plain_week(IsoWeek(2026, 47), (100, 18, 0), [(100, 10, 0)] * 4)
    themes = [ThemeCount(at, "en", "hope", "aid", 10) for at in week.weeks[:-1]]
    themes += [ThemeCount(week.week, "en", "hope", "aid", 18)]
    digest = compose(replace(week, themes=tuple(themes)), OPTIONS)
    assert change(digest, "hopes", "recent_weeks").verdict == "up"
    assert digest.hope_themes[0].change.verdict == "steady"


def test_an_empty_week_is_a_digest_too() -> None:
    week = IsoWeek(2026, 47)
    digest = compose(WeekInput(week=week, weeks=week.shift(-11).until(week)), OPTIONS)
    assert digest.counts.articles == 0
    hopes = measure(digest, "hopes")
    assert (hopes.value, hopes.count, hopes.of, hopes.changes) == (None, 0, 0, ())
    assert digest.lead is None
    assert all(point.counts is None for point in digest.trend)
    assert all(framing.few and not framing.hope_quotes for framing in digest.framings)


def test_a_language_that_is_missing_stays_on_the_page(press: Any) -> None:
    mix = {language: labels for language, labels in press.mix.items() if language != "ar"}
    digest = compose(press.make_week(mix), OPTIONS)
    arabic = digest.framings[0]
    assert (arabic.language, arabic.counts.articles) == ("ar", 0)
    assert digest.counts.articles == sum(len(labels) for labels in mix.values())


def drift(**changes: object) -> StanceDrift:
    from datetime import UTC, datetime

    made = StanceDrift(
        article_id="a",
        url="https://a.example/1",
        title="After",
        title_before="Before",
        outlet="Post",
        language="en",
        edited_at=datetime(2026, 11, 18, tzinfo=UTC),
        label_before="hopes",
        label="hopes",
        balance_before=0.5,
        balance=0.5,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def test_only_edits_that_moved_the_stance_are_shown(full_week: WeekInput) -> None:
    drifts = (
        drift(),
        drift(article_id="b", balance=0.29),
        drift(article_id="c", label="concerns", balance=-0.4),
        drift(article_id="d", label=None, balance=None),
        drift(article_id="e", label_before=None, balance_before=None),
    )
    digest = compose(replace(full_week, drifts=drifts), OPTIONS)
    assert digest.edits == 5
    assert [row.label for row in digest.drifts][-1] == "hopes"
    assert len(digest.drifts) == 4
    assert {row.title_before for row in digest.drifts} == {"Before"}


def test_an_edit_bears_the_day_of_the_weeks_zone(full_week: WeekInput) -> None:
    """05:30 in Hanoi is the evening before in UTC."""
    at = datetime(2026, 11, 17, 22, 30, tzinfo=UTC)
    early = drift(label="concerns", balance=-0.4, edited_at=at)
    (row,) = compose(replace(full_week, drifts=(early,)), OPTIONS).drifts
    assert row.edited_date == date(2026, 11, 18)


def test_edits_that_changed_the_label_come_first_then_the_greatest(full_week: WeekInput) -> None:
    drifts = (
        drift(title="small", balance=0.2),
        drift(title="great", balance=-0.4),
        drift(title="other label", label="mixed", balance=0.4),
        drift(title="opposite label", label="concerns", balance=-0.5),
    )
    digest = compose(replace(full_week, drifts=drifts), OPTIONS)
    titles = [row.title for row in digest.drifts]
    assert titles == ["opposite label", "other label", "great", "small"]


def test_an_edit_of_just_a_step_is_shown_and_an_unchanged_title_once(full_week: WeekInput) -> None:
    one = drift(title_before="After", balance_before=0.2, balance=0.0)
    (row,) = compose(replace(full_week, drifts=(one,)), OPTIONS).drifts
    assert (row.title, row.title_before) == ("After", "")
    many = tuple(drift(article_id=str(n), balance=-0.5) for n in range(MOST_DRIFTS + 1))
    assert len(compose(replace(full_week, drifts=many), OPTIONS).drifts) == MOST_DRIFTS


def test_a_language_shows_its_three_most_frequent_themes_of_the_week() -> None:
    week = plain_week(IsoWeek(2026, 47), (20, 10, 10), [(20, 10, 10)])
    themes = [
        ThemeCount(week.week, "en", "hope", theme, articles)
        for theme, articles in (("rare", 2), ("often", 5), ("some", 3), ("many", 3))
    ]
    themes += [
        ThemeCount(week.weeks[0], "en", "hope", "earlier", 9),
        ThemeCount(week.week, "ar", "hope", "arabic", 9),
        ThemeCount(week.week, "en", "concern", "worry", 9),
    ]
    english = compose(replace(week, themes=tuple(themes)), OPTIONS).framings[1]
    assert english.hope_themes == (("often", 5), ("many", 3), ("some", 3))
    assert english.concern_themes == (("worry", 9),)


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


def test_stories_in_most_outlets_come_first(press: Any) -> None:
    carried = {"two": 2, "four": 4, "three": 3, "one": 1}
    articles = [
        press.article(10 * at + n, "en", "hopes", story_id=story, outlet=f"Paper {n}")
        for at, (story, outlets) in enumerate(carried.items())
        for n in range(outlets)
    ]
    week = replace(press.make_week({}), articles=tuple(articles))
    stories = compose(week, OPTIONS).stories
    assert [(row.story_id, row.outlets) for row in stories] == [
        ("four", 4),
        ("three", 3),
        ("two", 2),
    ]
    pairs = [press.article(n, "en", "hopes", story_id=f"s{n // 2}") for n in range(30)]
    assert len(compose(replace(week, articles=tuple(pairs)), OPTIONS).stories) == MOST_STORIES


def test_a_story_is_told_by_its_first_original(press: Any) -> None:
    made = press.article(1, "en", "hopes", story_id="s", is_duplicate=False)
    hour = timedelta(hours=1)
    articles = (
        replace(made, article_id="a", outlet="Later", published_at=made.published_at + hour),
        replace(made, article_id="b", outlet="First"),
        replace(made, article_id="c", outlet="Copy", is_duplicate=True,
                published_at=made.published_at - hour),
    )  # fmt: skip
    (row,) = compose(replace(press.make_week({}), articles=articles), OPTIONS).stories
    assert row.outlet == "First"


def test_an_outlets_balance_is_the_mean_of_its_articles(
    digest: Digest, full_week: WeekInput
) -> None:
    for row in digest.outlets:
        mine = [
            article.balance
            for article in full_week.articles
            if (article.outlet, article.language) == (row.outlet, row.language)
        ]
        assert row.mean_balance == pytest.approx(sum(mine) / len(mine))
        assert row.counts.articles == len(mine)


def test_outlets_are_bounded_but_not_the_new_ones(press: Any) -> None:
    names = [f"Paper {n:02}" for n in range(MOST_OUTLETS + 5)]
    articles = tuple(press.article(n, "en", "hopes", outlet=name) for n, name in enumerate(names))
    new = tuple(NewOutlet(a.outlet, "en", a.article_id) for a in articles)
    week = replace(press.make_week({}), articles=articles, new_outlets=new)
    digest = compose(week, OPTIONS)
    assert [row.outlet for row in digest.outlets] == names[:MOST_OUTLETS]
    assert [row.outlet for row in digest.new_outlets] == names


def test_outlets_are_new_from_the_first_whole_week_on(full_week: WeekInput) -> None:
    week = full_week.week
    for since in (week.monday, None):
        assert compose(replace(full_week, watched_since=since), OPTIONS).new_outlets
        for first in (week, None):
            start = replace(full_week, watched_since=since, first_week=first)
            assert compose(start, OPTIONS).new_outlets == ()


def test_under_ten_articles_are_few(press: Any) -> None:
    framings = compose(
        press.make_week({"ar": ["hopes"] * 9, "en": ["hopes"] * 10}), OPTIONS
    ).framings
    assert [framing.few for framing in framings] == [True, False, True]


def test_the_watch_is_told_as_it_was(digest: Digest, full_week: WeekInput) -> None:
    total, coverage = full_week.totals[-1], digest.coverage
    assert coverage.watched_since == full_week.watched_since
    assert (coverage.feeds, coverage.feeds_ok_share) == (total.feeds, total.feeds_ok_share)
    assert coverage.seen == total.seen
    assert coverage.feeds_down == full_week.feeds_down
    assert coverage.omissions == full_week.omissions
    nobody = compose(replace(full_week, totals=()), OPTIONS).coverage
    assert (nobody.feeds, nobody.feeds_ok_share, nobody.seen) == (0, None, 0)


def test_failed_pages_whose_classes_read_alike_are_added_up(full_week: WeekInput) -> None:
    omissions = replace(full_week.omissions, failed_pages={"odd class": 1, "odd\nclass": 2})
    digest = compose(replace(full_week, omissions=omissions), OPTIONS)
    assert digest.coverage.omissions.failed_pages == {"odd class": 3}


def test_the_model_of_most_articles_comes_first(full_week: WeekInput) -> None:
    models = (ModelUse("b", 1), ModelUse("a", 1), ModelUse("c", 5, "large"))
    digest = compose(replace(full_week, models=models), OPTIONS)
    assert digest.models == (models[2], models[1], models[0])
