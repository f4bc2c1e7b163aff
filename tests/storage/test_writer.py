from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import permutations
from pathlib import Path

import pytest

from tests.storage.conftest import (
    MODEL,
    NOON,
    Newsroom,
    Story,
    make_entry,
    make_feed,
    make_result,
    rows_of,
)
from treatywatch.config.settings import Settings
from treatywatch.news.records import ExtractionMethod, Failure, Feed, FeedState, PageOutcome
from treatywatch.news.runs import RunReport
from treatywatch.news.stance import ModelInfo, ScoredArticle
from treatywatch.storage.counts import FeedWriteCounts, PageWriteCounts
from treatywatch.storage.processes import is_alive, this_process
from treatywatch.storage.reader import Reader
from treatywatch.storage.writer import Writer

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def failed(key: str, at: datetime, error: str = "timeout") -> PageOutcome:
    failure = Failure("page", f"https://example.org/{key}", error, "slow", at)
    return PageOutcome(f"e-{key}", "feed1", "failed", at, failure=failure, http_status=None)


def test_a_new_entry_waits_and_a_known_one_is_only_seen_again(newsroom: Newsroom) -> None:
    result = make_result("feed1", NOON, [make_entry("a"), make_entry("b")])
    assert newsroom.writer.write_feeds("r1", [result], NOON) == FeedWriteCounts(2, 0)
    again = make_result("feed1", NOON + DAY, [make_entry("a")])
    assert newsroom.writer.write_feeds("r2", [again], NOON + DAY) == FeedWriteCounts()
    rows = newsroom.ask("SELECT entry_id, status, first_seen_at, last_seen_at FROM entries")
    assert sorted(rows) == [
        ("e-a", "pending", NOON, NOON + DAY),
        ("e-b", "pending", NOON, NOON),
    ]


def test_a_changed_entry_waits_again_and_keeps_its_article(newsroom: Newsroom) -> None:
    newsroom.publish(Story("a"))
    changed = make_result("feed1", NOON + DAY, [make_entry("a", entry_hash="h2")])
    assert newsroom.writer.write_feeds("r2", [changed], NOON + DAY).entries_new == 0
    pages = Reader(newsroom.settings).pending_pages({"feed1": newsroom.feeds[0]}, NOON + DAY, 9)
    assert [(p.entry.entry_id, p.article_id, p.content_hash) for p in pages] == [
        ("e-a", "a-a", Story("a").article.content_hash)
    ]


def test_an_entry_beyond_the_limit_is_kept_as_skipped_and_may_be_taken_later(
    newsroom: Newsroom,
) -> None:
    skipped = replace(make_entry("a"), status="skipped")
    newsroom.writer.write_feeds("r1", [make_result("feed1", NOON, [skipped])], NOON)
    assert newsroom.ask("SELECT status FROM entries") == [("skipped",)]
    taken = make_result("feed1", NOON + DAY, [make_entry("a")])
    newsroom.writer.write_feeds("r2", [taken], NOON + DAY)
    assert newsroom.ask("SELECT status FROM entries") == [("pending",)]
    newsroom.writer.write_feeds("r3", [make_result("feed1", NOON + 2 * DAY, [skipped])])
    assert newsroom.ask("SELECT status FROM entries") == [("pending",)]


def test_the_same_guid_twice_in_a_feed_is_one_entry(newsroom: Newsroom) -> None:
    result = make_result("feed1", NOON, [make_entry("a"), make_entry("a", entry_hash="h0")])
    assert newsroom.writer.write_feeds("r1", [result], NOON).entries_new == 1


def test_what_is_remembered_of_a_feed_comes_back_whole(newsroom: Newsroom) -> None:
    state = FeedState(
        "feed1", url="https://moved.example/rss", redirect_url="https://x.example/",
        redirect_sightings=2, etag='"x"', last_modified="now", body_hash="b", last_fetch_at=NOON,
        last_success_at=NOON, last_full_fetch_at=NOON, next_fetch_at=NOON + DAY,
        failure_weight=0.75, retired_at=NOON, listed_url="https://o1.example/rss",
    )  # fmt: skip
    newsroom.writer.write_feeds("r1", [replace(make_result("feed1", NOON), state=state)])
    assert Reader(newsroom.settings).feed_states()["feed1"] == state


def test_an_older_batch_written_late_undoes_nothing(newsroom: Newsroom) -> None:
    newsroom.writer.write_feeds("r2", [make_result("feed1", NOON + DAY)])
    newsroom.writer.write_feeds("r1", [make_result("feed1", NOON)])
    assert Reader(newsroom.settings).feed_states()["feed1"].last_fetch_at == NOON + DAY


def test_a_feed_with_a_new_address_starts_anew(newsroom: Newsroom) -> None:
    newsroom.writer.write_feeds("r1", [make_result("feed1", NOON)])
    moved = replace(newsroom.feeds[0], url="https://new.example/rss")
    newsroom.writer.register_feeds([moved, *newsroom.feeds[1:]], NOON + DAY)
    assert Reader(newsroom.settings).feed_states()["feed1"].etag is None


def test_a_feed_off_the_list_is_marked_and_comes_back(newsroom: Newsroom) -> None:
    newsroom.writer.register_feeds(newsroom.feeds[1:], NOON)
    assert newsroom.ask("SELECT feed_id, delisted_at FROM feeds WHERE delisted_at IS NOT NULL") == [
        ("feed1", NOON)
    ]
    newsroom.writer.register_feeds(newsroom.feeds, NOON + DAY)
    assert newsroom.ask("SELECT count(*) FROM feeds WHERE delisted_at IS NOT NULL") == [(0,)]


def test_registering_no_feed_at_all_is_allowed(newsroom: Newsroom) -> None:
    newsroom.writer.register_feeds([], NOON)
    assert newsroom.ask("SELECT count(*) FROM feeds WHERE delisted_at IS NULL") == [(0,)]


def test_pages_are_counted_as_new_edited_and_unchanged(newsroom: Newsroom) -> None:
    counts = newsroom.publish(Story("a"), Story("b", label="hopes"))
    assert (counts.articles, counts.new, counts.edited, counts.unchanged) == (2, 2, 0, 0)
    assert (counts.treaty, counts.labels) == (2, {"mixed": 1, "hopes": 1})
    again = newsroom.publish(Story("a"), Story("b", text="Other words.\nMore."), at=NOON + DAY)
    assert (again.new, again.edited, again.unchanged) == (0, 1, 1)


@pytest.mark.slow
def test_an_edit_is_a_version_and_the_view_shows_the_newest(newsroom: Newsroom) -> None:
    newsroom.publish(Story("a", text="First text."))
    newsroom.publish(Story("a", text="Second text.", label="hopes"), at=NOON + DAY)
    assert newsroom.ask("SELECT version, label FROM article_stance") == [(2, "hopes")]
    versions = newsroom.ask("SELECT version, text FROM article_versions ORDER BY version")
    assert versions == [(1, "First text."), (2, "Second text.")]


@pytest.mark.slow
def test_a_page_that_reads_otherwise_at_every_look_is_kept_24_times_a_day(
    newsroom: Newsroom,
) -> None:
    hour = timedelta(hours=1)
    for n in range(24):
        newsroom.publish(Story("a", text=f"Seen by {n} readers."), at=NOON + n * hour / 2)
    late = newsroom.publish(Story("a", text="Seen by all."), Story("b"), at=NOON + 13 * hour)
    assert (late.new, late.edited, late.unchanged) == (1, 0, 1)
    assert newsroom.ask("SELECT max(version) FROM article_versions") == [(24,)]
    assert newsroom.ask("SELECT count(*) FROM article_stances") == [(25,)]
    assert newsroom.ask("SELECT count(*) FROM entries WHERE status <> 'done'") == [(0,)]
    later = newsroom.publish(Story("a", text="Seen by all."), at=NOON + 26 * hour)
    assert later.edited == 1
    assert newsroom.ask("SELECT max(version) FROM article_versions") == [(25,)]


@pytest.mark.slow
def test_a_page_that_returns_to_its_first_wording_shows_it_again(newsroom: Newsroom) -> None:
    newsroom.publish(Story("a", text="First text."))
    newsroom.publish(Story("a", text="Second text."), at=NOON + DAY)
    newsroom.publish(Story("a", text="First text."), at=NOON + 2 * DAY)
    assert newsroom.ask("SELECT version FROM article_stance") == [(1,)]
    assert newsroom.ask("SELECT count(*) FROM article_versions") == [(2,)]


def test_an_article_that_drops_the_treaty_leaves_the_view(newsroom: Newsroom) -> None:
    newsroom.publish(Story("a"))
    bare = replace(Story("a").article, text="", title="Other news", content_hash="gone")
    outcome = PageOutcome("e-a", "feed1", "off_topic", NOON + DAY, article=bare)
    newsroom.writer.write_pages("r2", [outcome], [], NOON + DAY)
    assert newsroom.ask("SELECT count(*) FROM article_stance") == [(0,)]
    assert newsroom.ask("SELECT version, is_treaty, text IS NULL FROM article_versions") == [
        (1, True, False),
        (2, False, True),
    ]


def test_text_of_articles_about_other_things_is_not_kept(newsroom: Newsroom) -> None:
    newsroom.writer.write_feeds("r", [make_result("feed1", NOON, [make_entry("x")])], NOON)
    other = PageOutcome("e-x", "feed1", "off_topic", NOON, article=Story("x").article)
    newsroom.writer.write_pages("r", [other], [], NOON)
    assert newsroom.ask("SELECT count(*) FROM article_versions") == [(0,)]
    assert newsroom.ask("SELECT status, summary, content FROM entries") == [("done", None, None)]
    assert newsroom.ask("SELECT is_treaty FROM articles") == [(False,)]


def test_two_entries_of_one_article_make_one_article(newsroom: Newsroom) -> None:
    one, two = Story("a"), Story("b")
    same = replace(two.article, article_id="a-a")
    scored = replace(two.scored, article=same)
    outcomes = [one.outcome(NOON), PageOutcome("e-b", "feed1", "article", NOON, article=same)]
    newsroom.writer.write_pages("r", outcomes, [one.scored, scored], NOON)
    assert newsroom.ask("SELECT article_id, entry_id FROM articles") == [("a-a", "e-a")]
    assert newsroom.ask("SELECT count(*), count(DISTINCT position) FROM passages") == [(3, 3)]
    assert newsroom.ask("SELECT count(*) FROM stance_evidence") == [(3,)]


def told(key: str, feed_id: str, text: str, method: ExtractionMethod) -> ScoredArticle:
    """Return what a feed or a page says at one and the same address."""
    scored = Story(key, text=text, feed_id=feed_id, outlet=f"Outlet {feed_id[-1]}").scored
    found = replace(scored.article, article_id="a-x", extraction_method=method)
    return replace(scored, article=found)


def write(newsroom: Newsroom, at: datetime, *scored: ScoredArticle) -> PageWriteCounts:
    articles = [each.article for each in scored]
    outcomes = [PageOutcome(a.entry_id, a.feed_id, "article", at, article=a) for a in articles]
    return newsroom.writer.write_pages("r", outcomes, scored, at)


PAGE = told("p", "feed1", "What the page says.", "page")
OWN = told("q", "feed1", "What its feed says.", "feed_content")
OTHER = told("b", "feed2", "What another feed says.", "feed_content")
SUMMARY = told("c", "feed2", "What another feed says in short.", "feed_summary")


@pytest.mark.parametrize(
    ("first", "then", "text"),
    [
        (PAGE, OTHER, "What the page says."),
        (PAGE, SUMMARY, "What the page says."),
        (PAGE, OWN, "What the page says."),
        (OWN, OTHER, "What its feed says."),
        (OWN, PAGE, "What the page says."),
        (OTHER, PAGE, "What the page says."),
        (OWN, told("d", "feed1", "It says more.", "feed_content"), "It says more."),
    ],
)
def test_a_feed_puts_no_words_in_the_mouth_of_a_page_or_of_another_feed(
    newsroom: Newsroom, first: ScoredArticle, then: ScoredArticle, text: str
) -> None:
    write(newsroom, NOON, first)
    counts = write(newsroom, NOON + DAY, then)
    is_kept = text == first.article.text
    assert (counts.new, counts.edited, counts.unchanged) == (0, not is_kept, is_kept)
    shown = "SELECT text FROM article_versions JOIN articles USING (article_id, content_hash)"
    assert newsroom.ask(shown) == [(text,)]
    assert newsroom.ask("SELECT DISTINCT outlet FROM article_stance") == [(first.article.outlet,)]
    assert len(newsroom.ask("SELECT * FROM article_versions")) == 2 - is_kept
    assert newsroom.ask("SELECT * FROM stance_evidence WHERE text LIKE '%another feed%'") == []


@pytest.mark.parametrize("others", [(PAGE, OTHER), (OTHER, SUMMARY, PAGE), (OTHER, OWN)])
def test_in_one_batch_too_the_words_are_those_of_whose_article_it_is(
    newsroom: Newsroom, others: tuple[ScoredArticle, ...]
) -> None:
    write(newsroom, NOON, *others)
    found = newsroom.ask("SELECT feed_id, extraction_method, entry_id FROM articles")
    texts = newsroom.ask("SELECT text FROM article_versions")
    if PAGE in others:
        assert (found, texts) == ([("feed1", "page", "e-p")], [("What the page says.",)])
    else:
        assert found == [("feed2", "feed_content", "e-b")]
        assert texts == [("What another feed says.",)]


@pytest.mark.slow
def test_a_failed_page_is_tried_again_later_and_given_up_after_enough(newsroom: Newsroom) -> None:
    newsroom.writer.write_feeds("r", [make_result("feed1", NOON, [make_entry("a")])], NOON)
    reader, feeds = Reader(newsroom.settings), {"feed1": newsroom.feeds[0]}
    most = newsroom.settings.fetch.max_attempts
    for attempt in range(most):
        at = NOON + attempt * 10 * DAY
        assert len(reader.pending_pages(feeds, at, 9)) == 1
        newsroom.writer.write_pages("r", [failed("a", at)], [], at)
        assert reader.pending_pages(feeds, at + HOUR, 9) == []
    assert reader.pending_pages(feeds, NOON + 400 * DAY, 9) == []
    assert newsroom.ask("SELECT status, attempts, last_error_class FROM entries") == [
        ("failed", most, "timeout")
    ]
    assert newsroom.ask("SELECT count(*) FROM page_failures") == [(most,)]


def test_the_caller_says_when_to_try_again_or_never(newsroom: Newsroom) -> None:
    entries = [make_entry("a"), make_entry("b")]
    newsroom.writer.write_feeds("r", [make_result("feed1", NOON, entries)], NOON)
    retries = {"e-a": NOON + DAY, "e-b": None}
    newsroom.writer.write_pages("r", [failed("a", NOON), failed("b", NOON)], [], NOON, retries)
    rows = newsroom.ask("SELECT status, next_try_at FROM entries ORDER BY entry_id")
    assert rows == [("pending", NOON + DAY), ("failed", None)]


def test_a_failed_recheck_harms_nothing_and_is_not_repeated(newsroom: Newsroom) -> None:
    newsroom.publish(Story("a"))
    newsroom.writer.write_pages("r2", [failed("a", NOON + DAY)], [], NOON + DAY)
    assert newsroom.ask("SELECT status FROM entries") == [("done",)]
    assert newsroom.ask("SELECT count(*) FROM article_stance") == [(1,)]
    reader, feeds = Reader(newsroom.settings), {"feed1": newsroom.feeds[0]}
    assert reader.pending_pages(feeds, NOON + 2 * DAY, 9) == []


def test_articles_about_the_treaty_are_looked_at_again_at_each_age_once(
    newsroom: Newsroom,
) -> None:
    newsroom.publish(Story("a"))
    reader, feeds = Reader(newsroom.settings), {"feed1": newsroom.feeds[0]}
    assert reader.pending_pages(feeds, NOON + 23 * HOUR, 9) == []
    assert [p.article_id for p in reader.pending_pages(feeds, NOON + DAY, 9)] == ["a-a"]
    unchanged = replace(Story("a").outcome(NOON + DAY), kind="unchanged", article=None)
    newsroom.writer.write_pages("r2", [unchanged], [], NOON + DAY)
    assert reader.pending_pages(feeds, NOON + 2 * DAY, 9) == []
    assert len(reader.pending_pages(feeds, NOON + 3 * DAY, 9)) == 1


def test_a_long_feed_does_not_crowd_out_the_others(newsroom: Newsroom) -> None:
    long = make_result("feed1", NOON, [make_entry(f"a{i}") for i in range(9)])
    short = make_result("feed2", NOON, [make_entry("b", "feed2")])
    newsroom.writer.write_feeds("r", [long, short], NOON)
    feeds = {feed.id: feed for feed in newsroom.feeds}
    pages = Reader(newsroom.settings).pending_pages(feeds, NOON, 2)
    assert {page.feed.id for page in pages} == {"feed1", "feed2"}


def test_furniture_of_the_page_is_no_evidence(newsroom: Newsroom) -> None:
    story = Story("a")
    passages = tuple(replace(p, countable=p.position != 2) for p in story.scored.passages)
    newsroom.writer.write_feeds("r", [make_result("feed1", NOON, [make_entry("a")])], NOON)
    scored = replace(story.scored, passages=passages)
    newsroom.writer.write_pages("r", [story.outcome(NOON)], [scored], NOON)
    assert newsroom.ask("SELECT position FROM stance_evidence ORDER BY 1") == [(0,), (1,)]
    assert newsroom.ask("SELECT count(*) FROM passages") == [(3,)]


@pytest.mark.slow
def test_models_stand_side_by_side_and_the_chosen_one_is_shown(newsroom: Newsroom) -> None:
    newsroom.publish(Story("a", label="mixed"))
    other = Story("a", label="hopes", model="model-two")
    newsroom.writer.register_model(ModelInfo("model-two"), NOON + DAY, is_current=False)
    newsroom.writer.write_stances("model-two", [other.scored], NOON + DAY)
    assert newsroom.ask("SELECT label, model_id FROM article_stance") == [("mixed", MODEL)]
    newsroom.writer.register_model(ModelInfo("model-two"), NOON + 2 * DAY)
    assert newsroom.ask("SELECT label, model_id FROM article_stance") == [("hopes", "model-two")]
    assert newsroom.ask("SELECT count(*) FROM article_stances") == [(2,)]
    assert newsroom.ask("SELECT count(*) FROM passages") == [(3,)]


def test_reclassifying_reads_what_a_model_has_not_scored(newsroom: Newsroom) -> None:
    newsroom.publish(Story("a"), Story("b"))
    reader = Reader(newsroom.settings)
    assert reader.articles_for_reclassify(MODEL, 9) == []
    waiting = reader.articles_for_reclassify("model-two", 9)
    assert [a.article_id for a in waiting] == ["a-a", "a-b"]
    assert waiting[0] == Story("a").article


@pytest.mark.slow
def test_stories_are_linked_with_the_first_seen_as_the_original(newsroom: Newsroom) -> None:
    newsroom.publish(Story("b"), at=NOON)
    newsroom.publish(Story("a"), Story("c"), at=NOON + HOUR)
    stories = {"a-a": "s1", "a-b": "s1", "a-c": "s2"}
    assert newsroom.writer.write_stories(stories, NOON + HOUR) == 3
    assert newsroom.writer.write_stories(stories, NOON + DAY) == 0
    rows = newsroom.ask("SELECT article_id, story_id, is_duplicate FROM article_stance ORDER BY 1")
    assert rows == [("a-a", "s1", True), ("a-b", "s1", False), ("a-c", "s2", False)]
    assert newsroom.ask("SELECT articles, stories FROM stance_by_week") == [(3, 2)]


def test_of_articles_that_one_run_found_the_first_published_is_the_original(
    newsroom: Newsroom,
) -> None:
    newsroom.publish(
        Story("a", published=NOON - HOUR),
        Story("b", published=NOON - 9 * HOUR),
        Story("c", published=None),
    )
    newsroom.writer.write_stories(dict.fromkeys(("a-a", "a-b", "a-c"), "s"), NOON)
    rows = newsroom.ask("SELECT article_id FROM article_stance WHERE NOT is_duplicate")
    assert rows == [("a-b",)]


def test_runs_left_by_a_dead_process_are_marked(newsroom: Newsroom) -> None:
    newsroom.writer.begin_run(RunReport("mine", "daily", "running", NOON))
    newsroom.writer.begin_run(RunReport("dead", "daily", "running", NOON))
    import duckdb

    with duckdb.connect(str(newsroom.settings.db)) as connection:
        connection.execute(
            "UPDATE runs SET process = regexp_replace(process, ':[0-9.]+$', ':1.00') "
            "WHERE run_id = 'dead'"
        )
    assert newsroom.writer.mark_interrupted_runs(NOON + HOUR) == 1
    states = {run.run_id: run.state for run in Reader(newsroom.settings).last_runs(9)}
    assert states == {"mine": "running", "dead": "interrupted"}


def test_a_run_of_another_machine_is_marked_when_its_time_is_long_over(newsroom: Newsroom) -> None:
    import duckdb

    for kind in ("daily", "backfill"):
        newsroom.writer.begin_run(RunReport(kind, kind, "running", NOON))
    with duckdb.connect(str(newsroom.settings.db)) as connection:
        connection.execute("UPDATE runs SET process = kind || '-container:1:1700000000.00'")
    for hours, marked in ((6.5, 0), (7.5, 1), (24 * 7, 0), (24 * 7 + 2, 1)):
        assert newsroom.writer.mark_interrupted_runs(NOON + hours * HOUR) == marked


def test_a_clock_that_is_set_ends_no_process() -> None:
    host, pid, started = this_process().rsplit(":", 2)
    for seconds, lives in ((0, True), (-4, True), (4, True), (60, False), (-60, False)):
        assert is_alive(f"{host}:{pid}:{float(started) + seconds:.2f}") is lives


def test_a_finished_run_comes_back_as_it_was_told(newsroom: Newsroom) -> None:
    report = RunReport(
        "r1", "daily", "completed", NOON, NOON + HOUR, feeds_due=3, feeds_ok=2, feeds_failed=1,
        is_outage=True, failures={"dns": 1}, labels={"hopes": 2}, stage_seconds={"fetch": 1.5},
    )  # fmt: skip
    newsroom.writer.begin_run(replace(report, state="running", finished_at=None))
    newsroom.writer.finish_run(report)
    assert Reader(newsroom.settings).last_runs(5) == [report]


def test_text_that_no_file_can_hold_is_made_holdable(newsroom: Newsroom) -> None:
    hostile = "Half \ud800 a pair, a null \x00, and 'quotes'; DROP TABLE feeds --"
    newsroom.publish(Story("a", title=hostile))
    (title,) = newsroom.ask("SELECT title FROM article_stance")[0]
    assert title == hostile.replace("\ud800", "?")


def test_a_moved_zone_moves_the_days(newsroom: Newsroom) -> None:
    late = datetime(2026, 11, 15, 18, 30, tzinfo=NOON.tzinfo)  # Monday already in Hanoi
    newsroom.publish(Story("a", published=late))
    assert str(newsroom.ask("SELECT published_date FROM article_stance")[0][0]) == "2026-11-16"
    utc = newsroom.settings.model_copy(update={"timezone": "UTC"})
    Writer(utc).migrate(NOON)
    assert str(newsroom.ask("SELECT published_date FROM article_stance")[0][0]) == "2026-11-15"
    assert str(newsroom.ask("SELECT period FROM stance_by_week")[0][0]) == "2026-11-09"


@pytest.mark.slow
@pytest.mark.parametrize("order", list(permutations(range(3)))[1::2])
def test_any_order_and_repetition_of_batches_ends_in_the_same_rows(
    settings: Settings, template: Path, order: tuple[int, ...]
) -> None:
    def write(room: Newsroom, day: int) -> None:
        texts = ["First.\nWords.", "Second.\nWords.", "Third.\nWords."]
        at = NOON + day * DAY
        room.publish(Story("a", text=texts[day]), Story(f"b{day}", feed_id="feed2"), at=at)

    expected = Newsroom(
        settings.model_copy(update={"db": settings.db.with_name("o.duckdb")}), template
    )
    for day in range(3):
        write(expected, day)
    shuffled = Newsroom(settings, template)
    for day in (*order, order[0], order[-1]):
        write(shuffled, day)
    assert rows_of(shuffled.settings.db) == rows_of(expected.settings.db)


def test_empty_batches_write_nothing(newsroom: Newsroom) -> None:
    before = newsroom.rows()
    assert newsroom.writer.write_feeds("r", []) == FeedWriteCounts()
    assert newsroom.writer.write_pages("r", [], [], NOON).articles == 0
    newsroom.writer.write_stances(MODEL, [], NOON)
    assert newsroom.writer.write_stories({}, NOON) == 0
    assert newsroom.rows() == before


@pytest.mark.slow
def test_old_text_goes_and_counts_and_quoted_sentences_stay(newsroom: Newsroom) -> None:
    newsroom.publish(Story("old"), Story("dry", hope=0.1, concern=0.1, label="neutral"))
    newsroom.publish(Story("new"), at=NOON + 30 * DAY)
    kept = newsroom.settings.storage.model_copy(update={"keep_text_days": 10})
    writer = Writer(newsroom.settings.model_copy(update={"storage": kept}))
    before = newsroom.ask("FROM stance_by_week ORDER BY ALL")
    evidence = newsroom.ask("FROM stance_evidence ORDER BY ALL")
    assert writer.apply_retention(NOON + 31 * DAY) == 2
    assert newsroom.ask("FROM stance_by_week ORDER BY ALL") == before
    assert newsroom.ask("FROM stance_evidence ORDER BY ALL") == evidence
    assert newsroom.ask("SELECT article_id FROM article_versions WHERE text IS NOT NULL") == [
        ("a-new",)
    ]
    assert newsroom.ask(
        "SELECT count(*) FROM passages WHERE article_id = 'a-dry' AND text IS NULL"
    ) == [(3,)]
    assert writer.apply_retention(NOON + 31 * DAY) == 0


def test_feeds_are_registered_with_what_the_list_says(newsroom: Newsroom) -> None:
    feed = Feed("x", "نام", "https://x.example/rss", "ar", "https://x.example", "EG", "agency")
    newsroom.writer.register_feeds([feed, make_feed(1)], NOON)
    row = newsroom.ask("SELECT name, language, country, kind, enabled FROM feeds WHERE feed_id='x'")
    assert row == [("نام", "ar", "EG", "agency", True)]
