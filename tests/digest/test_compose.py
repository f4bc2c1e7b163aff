"""The composed week equals a recount of its records."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from treatywatch.digest.compose import MOST_DRIFTS, MOST_OUTLETS, MOST_STORIES, compose
from treatywatch.digest.options import DigestOptions
from treatywatch.news.digest import Digest, Measure
from treatywatch.news.week_input import (
    ModelUse,
    NewOutlet,
    StanceDrift,
    ThemeCount,
    WeekInput,
)
from treatywatch.news.weekly import IsoWeek

OPTIONS = DigestOptions()


@pytest.fixture(scope="module")
def digest(full_week: WeekInput) -> Digest:
    return compose(full_week, OPTIONS)


def measure(digest: Digest, name: str) -> Measure:
    return next(measure for measure in digest.measures if measure.name == name)


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
        assert framing.outlets == len({a.outlet for a in mine}) < len(mine)


def test_each_side_of_a_framing_speaks_for_itself(digest: Digest, full_week: WeekInput) -> None:
    passages = {(p.article_id, p.position): p for p in full_week.passages}
    for framing in digest.framings:
        assert {quote.side for quote in framing.hope_quotes} == {"hope"}
        assert {quote.side for quote in framing.concern_quotes} == {"concern"}
        for quote in (*framing.hope_quotes, *framing.concern_quotes):
            passage = passages[quote.article_id, quote.position]
            assert quote.score == getattr(passage, quote.side)


def test_a_side_is_quoted_as_often_as_asked_at_most(full_week: WeekInput) -> None:
    for framing in compose(full_week, DigestOptions(quotes_per_side=1)).framings:
        assert len(framing.hope_quotes) == len(framing.concern_quotes) == 1


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
    assert digest.stories
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


def test_an_edit_between_two_neutral_readings_moved_nothing(full_week: WeekInput) -> None:
    """Their balance is a ratio of two scores near nothing."""
    neutral = drift(label_before="neutral", label="neutral", balance_before=-0.76, balance=0.15)
    digest = compose(replace(full_week, drifts=(neutral,)), OPTIONS)
    assert (digest.edits, digest.drifts) == (1, ())


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
    this = IsoWeek(2026, 47)
    week = WeekInput(week=this, weeks=(this.shift(-1), this))
    themes = [
        ThemeCount(this, "en", "hope", theme, articles)
        for theme, articles in (("rare", 2), ("often", 5), ("some", 3), ("many", 3))
    ]
    themes += [
        ThemeCount(week.weeks[0], "en", "hope", "earlier", 9),
        ThemeCount(this, "ar", "hope", "arabic", 9),
        ThemeCount(this, "en", "concern", "worry", 9),
    ]
    english = compose(replace(week, themes=tuple(themes)), OPTIONS).framings[1]
    assert english.hope_themes == (("often", 5), ("many", 3), ("some", 3))
    assert english.concern_themes == (("worry", 9),)


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


def test_of_stories_in_as_many_outlets_the_one_of_most_articles_comes_first(press: Any) -> None:
    languages = {"a": ["en", "vi"], "b": ["vi", "en", "ar", "en"]}
    articles = [
        press.article(n, language, "hopes", story_id=story, outlet=f"Paper {n % 2}")
        for story, spoken in languages.items()
        for n, language in enumerate(spoken)
    ]
    stories = compose(replace(press.make_week({}), articles=tuple(articles)), OPTIONS).stories
    assert [(row.story_id, row.outlets, row.counts.articles) for row in stories] == [
        ("b", 2, 4),
        ("a", 2, 2),
    ]
    assert [row.languages for row in stories] == [("ar", "en", "vi"), ("en", "vi")]


@pytest.mark.parametrize(("copies", "is_origin"), [((True, True), False), ((True, False), True)])
def test_a_story_of_copies_alone_began_before_the_week(
    press: Any, copies: tuple[bool, bool], is_origin: bool
) -> None:
    articles = tuple(
        press.article(n, "en", "hopes", story_id="s", is_duplicate=is_copy)
        for n, is_copy in enumerate(copies)
    )
    (row,) = compose(replace(press.make_week({}), articles=articles), OPTIONS).stories
    assert row.is_origin is is_origin


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


def test_a_neutral_article_leans_to_neither_side(press: Any) -> None:
    articles = (
        press.article(1, "en", "neutral", outlet="Post", balance=0.9),
        press.article(2, "en", "hopes", outlet="Post", balance=0.6),
    )
    (row,) = compose(replace(press.make_week({}), articles=articles), OPTIONS).outlets
    assert row.mean_balance == pytest.approx(0.3)


def test_an_outlet_is_new_in_the_language_it_is_new_in(press: Any) -> None:
    articles = tuple(
        press.article(1, language, "hopes", outlet=outlet)
        for language, outlet in (("ar", "Post"), ("en", "Post"), ("en", "Times"))
    )
    new = (NewOutlet("Post", "ar", "ar00001"),)
    week = replace(press.make_week({}), articles=articles, new_outlets=new)
    rows = compose(week, OPTIONS).outlets
    assert [(row.outlet, row.language) for row in rows if row.is_new] == [("Post", "ar")]


def test_outlets_are_bounded_but_not_the_new_ones(press: Any) -> None:
    names = [f"Paper {n:02}" for n in range(MOST_OUTLETS + 5)]
    articles = tuple(press.article(n, "en", "hopes", outlet=name) for n, name in enumerate(names))
    new = tuple(NewOutlet(a.outlet, "en", a.article_id) for a in articles)
    week = replace(press.make_week({}), articles=articles, new_outlets=new)
    digest = compose(week, OPTIONS)
    assert [row.outlet for row in digest.outlets] == names[:MOST_OUTLETS]
    assert [row.outlet for row in digest.new_outlets] == names
    assert digest.outlets_beyond == 5


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
