"""Reading a week: every figure beside a recount of the base tables by other SQL."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from treatywatch.config.settings import Settings
from treatywatch.news.errors import UsageError
from treatywatch.news.records import (
    Article,
    Failure,
    Feed,
    FeedEntry,
    FeedFetch,
    FeedResult,
    FeedState,
    NameMatch,
    PageOutcome,
)
from treatywatch.news.stance import ArticleStance, ModelInfo, Passage, PassageStance, ScoredArticle
from treatywatch.news.text import stable_id
from treatywatch.news.week_input import WeekInput
from treatywatch.news.weekly import IsoWeek
from treatywatch.storage.weekly import read_week
from treatywatch.storage.writer import Writer

pytestmark = pytest.mark.slow

WEEK = IsoWeek(2026, 47)
MONDAY = WEEK.monday
NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
MODEL = "model-a"
BEFORE, SAID, AFTER = (
    "Delegates sat down late.",
    "The pact, they said, would shield children and the poor.",
    "Nobody objected.",
)
TEXT = f"{BEFORE} {SAID} {AFTER}"
SCORES = {
    "hopes": (0.8, 0.1, ("victims", "capacity")),
    "concerns": (0.1, 0.9, ("surveillance",)),
    "mixed": (0.7, 0.6, ("victims", "privacy")),
    "neutral": (0.1, 0.1, ()),
    "off_topic": (0.0, 0.0, ()),
}


@dataclass(frozen=True)
class Spec:
    """One article in few words."""

    name: str
    label: str = "hopes"
    language: str = "en"
    outlet: str = "The Harbour Courier"
    day: date | None = MONDAY
    story: str | None = None
    is_sure: bool = True
    is_treaty: bool = True
    wording: str = "first"
    feed: str = "harbour"
    model: str = MODEL


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(db=tmp_path / "watch.duckdb", timezone="Asia/Ho_Chi_Minh")


@pytest.fixture
def writer(settings: Settings) -> Writer:
    made = Writer(settings)
    made.migrate(NOW - timedelta(days=60))
    made.register_feeds(
        [
            Feed("harbour", "The Harbour Courier", "https://harbour.example/feed", "en"),
            Feed("ben", "Báo Bến Sông", "https://ben.example/feed", "vi"),
        ],
        NOW - timedelta(days=60),
    )
    made.register_model(ModelInfo(MODEL, "a model"), NOW - timedelta(days=60))
    return made


def published(day: date | None) -> datetime | None:
    return datetime(day.year, day.month, day.day, 3, tzinfo=UTC) if day else None


def article_of(spec: Spec) -> Article:
    name = NameMatch("UN Convention against Cybercrime", "the pact", 0, 8, "S")
    return Article(
        article_id=stable_id(spec.name),
        url=f"https://harbour.example/{spec.name}",
        canonical_url=f"https://harbour.example/{spec.name}",
        title=f"{spec.name} {spec.wording}",
        text=TEXT,
        feed_id=spec.feed,
        entry_id=f"entry-{spec.name}",
        outlet=spec.outlet,
        language=spec.language,
        language_source="text",
        country="GB",
        kind="newspaper",
        published_at=published(spec.day),
        date_source="page" if spec.day else "none",
        extraction_method="page",
        content_hash=stable_id(spec.name, spec.wording),
        names=(name,) if spec.is_treaty else (),
    )


def scored_of(spec: Spec, article: Article) -> ScoredArticle:
    hope, concern, themes = SCORES[spec.label]
    both = hope + concern
    start = TEXT.index(SAID)
    passages = (
        Passage(0, "title", article.title, 0, len(article.title)),
        Passage(1, "body", SAID, start, start + len(SAID)),
    )
    stances = (
        PassageStance(0, 0.9, 0.1, 0.1),
        PassageStance(1, 0.9, hope, concern, themes),
    )
    stance = ArticleStance(
        spec.label,  # type: ignore[arg-type]
        0.9,
        hope,
        concern,
        (hope - concern) / both if both else 0.0,
        0.8,
        2,
        int(hope >= 0.5),
        int(concern >= 0.5),
        spec.is_sure,
    )
    return ScoredArticle(article, passages, stances, stance, spec.model, story_id=spec.story)


def store(writer: Writer, specs: list[Spec], at: datetime = NOW) -> None:
    entries = [
        FeedEntry(
            f"entry-{s.name}", s.feed, f"https://harbour.example/{s.name}", s.name, s.name, s.name
        )
        for s in specs
    ]
    fetch = FeedFetch("harbour", at, "https://harbour.example/feed", "ok")
    state = FeedState("harbour")
    writer.write_feeds("run", [FeedResult(fetch, state, tuple(entries))], at)
    articles = [article_of(spec) for spec in specs]
    outcomes = [
        PageOutcome(a.entry_id, a.feed_id, "article" if s.is_treaty else "off_topic", at, a)
        for s, a in zip(specs, articles, strict=True)
    ]
    scored = [scored_of(s, a) for s, a in zip(specs, articles, strict=True) if s.is_treaty]
    writer.write_pages("run", outcomes, scored, at)


def recount(settings: Settings, query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(settings.db), read_only=True) as connection:
        connection.execute("SET TimeZone = 'Asia/Ho_Chi_Minh'")
        return connection.execute(query).fetchall()


def random_specs(first: date, days: int, how_many: int, seed: int = 5) -> Iterator[Spec]:
    luck = random.Random(seed)
    for number in range(how_many):
        yield Spec(
            name=f"n{number}",
            label=luck.choice(["hopes", "concerns", "mixed", "neutral"]),
            language=luck.choice(["ar", "en", "vi"]),
            outlet=f"Outlet {luck.randrange(7)}",
            day=first + timedelta(days=luck.randrange(days)),
            story=f"s{luck.randrange(how_many // 2)}",
            is_sure=luck.random() > 0.2,
        )


def test_a_full_week_equals_a_recount_of_the_base_tables(
    settings: Settings, writer: Writer
) -> None:
    store(writer, list(random_specs(WEEK.shift(-5).monday, 42, 90)))
    week = read_week(settings, WEEK)
    recounted = recount(
        settings,
        f"""
        SELECT v.language, s.label, count(*), count(DISTINCT l.story_id), count(DISTINCT a.outlet)
        FROM article_versions v JOIN articles a USING (article_id)
        JOIN article_stances s USING (article_id) JOIN story_links l USING (article_id)
        WHERE CAST(v.published_at AS DATE) BETWEEN '{WEEK.monday}' AND '{WEEK.sunday}'
        GROUP BY ALL
        """,
    )
    by_label = Counter((a.language, a.label) for a in week.articles)
    assert by_label == {(language, label): n for language, label, n, _, _ in recounted}
    for count in week.counts:
        if count.week == WEEK:
            assert count.hopes == by_label[count.language, "hopes"]
            assert count.mixed == by_label[count.language, "mixed"]
    total = next(total for total in week.totals if total.week == WEEK)
    assert total.stories == len({a.story_id for a in week.articles})
    assert total.outlets == len({a.outlet for a in week.articles})
    assert total.seen == len(week.articles)


def test_every_week_of_the_trend_equals_a_recount(settings: Settings, writer: Writer) -> None:
    store(writer, list(random_specs(WEEK.shift(-13).monday, 98, 120)))
    week = read_week(settings, WEEK)
    recounted = recount(
        settings,
        f"""
        SELECT strftime(v.published_at, '%G-W%V'), v.language, count(*),
            count(*) FILTER (s.label = 'concerns')
        FROM article_versions v JOIN article_stances s USING (article_id)
        WHERE CAST(v.published_at AS DATE) >= '{week.weeks[0].monday}' GROUP BY ALL ORDER BY ALL
        """,
    )
    assert len(week.weeks) == 12
    assert [(str(c.week), c.language, c.articles, c.concerns) for c in week.counts] == recounted


def test_themes_stand_on_their_own_side_even_in_mixed_passages(
    settings: Settings, writer: Writer
) -> None:
    store(writer, [Spec("a", "mixed"), Spec("b", "mixed"), Spec("c", "concerns")])
    themes = {(t.side, t.theme): t.articles for t in read_week(settings, WEEK).themes}
    assert themes == {
        ("hope", "victims"): 2,
        ("concern", "privacy"): 2,
        ("concern", "surveillance"): 1,
    }


def test_a_passage_comes_with_the_text_around_it(settings: Settings, writer: Writer) -> None:
    store(writer, [Spec("a", "hopes")])
    (passage,) = read_week(settings, WEEK).passages
    assert passage.text == SAID
    assert passage.before == f"{BEFORE} "
    assert passage.after == f" {AFTER}"
    assert passage.before + passage.text + passage.after == TEXT


def test_a_week_without_articles_is_a_week(settings: Settings, writer: Writer) -> None:
    empty = read_week(settings, WEEK)
    assert empty.articles == ()
    assert empty.first_week is None
    store(writer, [Spec("a", day=WEEK.shift(-3).monday)])
    later = read_week(settings, WEEK)
    assert later.articles == ()
    assert later.first_week == WEEK.shift(-3)
    assert sum(count.articles for count in later.counts) == 1


@pytest.mark.parametrize(
    ("week", "day", "belongs"),
    [
        (IsoWeek(2026, 53), date(2027, 1, 3), True),
        (IsoWeek(2026, 53), date(2026, 12, 28), True),
        (IsoWeek(2026, 53), date(2027, 1, 4), False),
        (IsoWeek(2027, 1), date(2027, 1, 4), True),
        (IsoWeek(2027, 1), date(2027, 1, 3), False),
    ],
)
def test_the_weeks_around_new_year(
    settings: Settings, writer: Writer, week: IsoWeek, day: date, belongs: bool
) -> None:
    store(writer, [Spec("a", day=day)])
    read = read_week(settings, week)
    assert len(read.articles) == int(belongs)
    assert sum(c.articles for c in read.counts if c.week == week) == int(belongs)


def test_days_begin_in_the_zone_of_the_settings(settings: Settings, writer: Writer) -> None:
    sunday_late_in_utc = datetime(2026, 11, 15, 18, 0, tzinfo=UTC)  # Monday 01:00 in Hanoi
    article = replace(article_of(Spec("late")), published_at=sunday_late_in_utc)
    outcome = PageOutcome(article.entry_id, "harbour", "article", NOW, article)
    store(writer, [Spec("other")])
    writer.write_pages("run", [outcome], [scored_of(Spec("late"), article)], NOW)
    week = read_week(settings, WEEK)
    assert article.article_id in {a.article_id for a in week.articles}
    assert week.zone == "Asia/Ho_Chi_Minh"


def test_what_is_left_out_is_counted(settings: Settings, writer: Writer) -> None:
    store(
        writer,
        [
            Spec("dated"),
            Spec("undated", day=None),
            Spec("unsure", is_sure=False),
            Spec("refused", label="off_topic"),
            Spec("french", language="fr", is_treaty=False),
            Spec("weather", is_treaty=False),
        ],
        NOW - timedelta(days=2),
    )
    late = FeedEntry("entry-late", "harbour", "https://h.example/l", "late", "late", "h")
    cut = replace(late, entry_id="entry-cut", status="skipped")
    lost = replace(late, entry_id="entry-lost")
    fetch = FeedFetch("harbour", NOW - timedelta(days=1), "https://h.example/feed", "ok")
    seen = NOW - timedelta(days=1)
    writer.write_feeds("run", [FeedResult(fetch, FeedState("harbour"), (late, cut, lost))], seen)
    failure = Failure("page", "https://h.example/l", "timeout", "no answer", seen)
    outcome = PageOutcome("entry-lost", "harbour", "failed", seen, failure=failure)
    writer.write_pages("run", [outcome], [], seen)

    budapest = replace(article_of(Spec("budapest")), look_alike="Budapest Convention")
    named = PageOutcome(budapest.entry_id, "harbour", "off_topic", seen, budapest)
    writer.write_pages("run", [named], [], seen)

    left_out = read_week(settings, WEEK).omissions
    assert left_out.undated == 1
    assert left_out.not_sure == 1
    assert left_out.refused == 1
    assert left_out.other_languages == 1
    assert left_out.failed_pages == {"timeout": 1}
    assert left_out.waiting_pages == 1
    assert left_out.skipped_entries == 1
    assert left_out.lookalikes == 1


def test_feeds_that_never_answered_are_named(settings: Settings, writer: Writer) -> None:
    results = []
    for day in range(7):
        at = datetime(2026, 11, 16, 2, tzinfo=UTC) + timedelta(days=day)
        good = FeedFetch("harbour", at, "https://harbour.example/feed", "ok")
        bad = FeedFetch("ben", at, "https://ben.example/feed", "failed", error_class="dns")
        results += [FeedResult(good, FeedState("harbour")), FeedResult(bad, FeedState("ben"))]
    writer.write_feeds("run", results, NOW)
    week = read_week(settings, WEEK)
    (down,) = week.feeds_down
    assert (down.feed_id, down.name, down.tries, down.error_class) == (
        "ben",
        "Báo Bến Sông",
        7,
        "dns",
    )
    total = week.totals[-1]
    assert (total.feeds, total.feeds_ok_share) == (2, 0.5)
    assert week.watched_since == MONDAY


def test_an_edit_that_moves_the_stance_is_a_drift(settings: Settings, writer: Writer) -> None:
    before = datetime(2026, 11, 12, 2, tzinfo=UTC)
    store(writer, [Spec("a", "hopes", day=date(2026, 11, 11)), Spec("b")], before)
    store(writer, [Spec("a", "concerns", day=date(2026, 11, 11), wording="second")], NOW)
    assert read_week(settings, WEEK).drifts == ()  # edited on Monday of the week after
    (drift,) = read_week(settings, WEEK.shift(1)).drifts
    assert (drift.label_before, drift.label) == ("hopes", "concerns")
    assert (drift.title_before, drift.title) == ("a first", "a second")
    assert drift.balance_before is not None
    assert drift.balance is not None
    assert drift.balance_before > 0 > drift.balance
    assert drift.edited_at == NOW


def test_where_two_models_read_the_wordings_no_stance_moved(
    settings: Settings, writer: Writer
) -> None:
    store(writer, [Spec("a", "hopes")], NOW - timedelta(days=6))
    writer.register_model(ModelInfo("model-b", "another"), NOW - timedelta(days=3))
    second = Spec("a", "concerns", wording="second", model="model-b")
    store(writer, [second], NOW - timedelta(days=2))
    (edit,) = read_week(settings, WEEK).drifts
    assert (edit.label_before, edit.label) == ("concerns", "concerns")
    assert edit.balance_before == edit.balance


def test_an_article_edited_away_from_the_treaty_drifts_to_none(
    settings: Settings, writer: Writer
) -> None:
    store(writer, [Spec("a", "hopes")], NOW - timedelta(days=6))
    store(writer, [Spec("a", "off_topic", wording="second")], NOW - timedelta(days=2))
    (drift,) = read_week(settings, WEEK).drifts
    assert (drift.label_before, drift.label, drift.balance) == ("hopes", None, None)


def test_as_of_hides_what_came_later(settings: Settings, writer: Writer) -> None:
    early, late = NOW - timedelta(days=4), NOW - timedelta(days=1)
    store(writer, [Spec("a", "hopes"), Spec("b", "neutral")], early)
    then = read_week(settings, WEEK, early)
    store(writer, [Spec("a", "concerns", wording="second"), Spec("c", "mixed")], late)
    again = read_week(settings, WEEK, early)
    now = read_week(settings, WEEK)
    assert again == then
    assert {a.label for a in then.articles} == {"hopes", "neutral"}
    assert {a.label for a in now.articles} == {"concerns", "neutral", "mixed"}
    assert now.data_until == late


def test_new_outlets_are_those_never_met_before(settings: Settings, writer: Writer) -> None:
    store(
        writer,
        [
            Spec("old", outlet="Old Post", day=WEEK.shift(-1).monday),
            Spec("again", outlet="Old Post"),
            Spec("new", outlet="New Post", language="vi"),
        ],
    )
    assert read_week(settings, WEEK).new_outlets == ()  # their feed is new itself
    at = datetime.combine(WEEK.monday, time(), UTC) - timedelta(days=1)
    fetch = FeedFetch("harbour", at, "https://harbour.example/feed", "ok")
    writer.write_feeds("run", [FeedResult(fetch, FeedState("harbour"), ())], at)
    (new,) = read_week(settings, WEEK).new_outlets
    assert (new.outlet, new.language, new.article_id) == ("New Post", "vi", stable_id("new"))


def test_the_models_of_the_week_are_counted(settings: Settings, writer: Writer) -> None:
    store(writer, [Spec("a"), Spec("b")])
    (model,) = read_week(settings, WEEK).models
    assert (model.model_id, model.articles, model.description) == (MODEL, 2, "a model")


def test_a_longer_trend_may_be_asked_for(settings: Settings, writer: Writer) -> None:
    store(writer, list(random_specs(WEEK.shift(-51).monday, 364, 150)))
    week: WeekInput = read_week(settings, WEEK, weeks=52)
    assert len(week.weeks) == 52
    (total,) = recount(
        settings,
        f"SELECT count(*) FROM article_versions WHERE published_at < '{WEEK.shift(1).monday}'",
    )[0]
    assert sum(count.articles for count in week.counts) == total


def test_without_a_database_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no database"):
        read_week(Settings(db=tmp_path / "none.duckdb"), WEEK)
