"""The composed week equals a recount of its records."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from treatywatch.digest.compose import compose
from treatywatch.digest.options import DigestOptions
from treatywatch.news.weekly import (
    Change,
    Digest,
    IsoWeek,
    Measure,
    StanceDrift,
    ThemeCount,
    WeekInput,
    WeeklyCount,
    WeekTotal,
)

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

    def test_weeks_with_other_feeds_are_not_compared(self) -> None:
        week = plain_week(self.week, (80, 30, 30), [(40, 15, 15)] * 4)
        down = replace(week.totals[-2], feeds_ok_share=0.4)
        digest = compose(replace(week, totals=(*week.totals[:-2], down, week.totals[-1])), OPTIONS)
        found = change(digest, "articles", "last_week")
        assert (found.verdict, found.reason, found.before) == ("unknown", "feeds_differ", 40)

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


def test_an_empty_week_is_a_digest_too() -> None:
    week = IsoWeek(2026, 47)
    digest = compose(WeekInput(week=week, weeks=week.shift(-11).until(week)), OPTIONS)
    assert digest.counts.articles == 0
    assert measure(digest, "hopes").value is None
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
