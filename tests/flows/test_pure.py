"""The parts of the flows that decide and count, without Prefect or files."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treatywatch.classifiers.classify import TextToClassify
from treatywatch.config.settings import Settings
from treatywatch.flows.alarms import feed_volumes
from treatywatch.flows.daily import nothing_fetched
from treatywatch.flows.interrupted import why
from treatywatch.flows.lost import LOST, lost_again_at, lost_articles, lost_feeds, lost_pages
from treatywatch.flows.report import report_lines, report_markdown
from treatywatch.flows.stages import covered_seconds
from treatywatch.flows.tally import Tally
from treatywatch.flows.tasks import a_retry_can_help
from treatywatch.flows.texts import read_line
from treatywatch.news.errors import DatabaseBusyError, FetchError
from treatywatch.news.records import (
    Article,
    Failure,
    Feed,
    FeedEntry,
    FeedFetch,
    FeedResult,
    FeedState,
    PageOutcome,
    PendingPage,
    RunReport,
)
from treatywatch.storage.writer import PageWriteCounts

NOW = datetime(2026, 11, 23, 5, 30, tzinfo=UTC)
FEED = Feed("a", "A", "https://a.example/feed", "en")
ENTRY = FeedEntry("e1", "a", "https://a.example/1", "1", "One", "h")


def article(url: str = "https://a.example/1") -> Article:
    return Article(
        "id", url, url, "One", "Text.", "a", "e1", "A", "en", "text", "", "", None, "none",
        "page", "hash",
    )  # fmt: skip


def test_covered_seconds_counts_overlaps_once() -> None:
    assert covered_seconds([(0, 2), (1, 3), (5, 6)]) == 4
    assert covered_seconds([]) == 0


spans = st.tuples(st.integers(0, 50), st.integers(0, 50)).map(lambda pair: tuple(sorted(pair)))


@given(st.lists(spans, max_size=20))
def test_covered_seconds_equals_a_count_of_unit_steps(intervals: list[tuple[int, int]]) -> None:
    steps = {step for begin, end in intervals for step in range(begin, end)}
    assert covered_seconds([(float(a), float(b)) for a, b in intervals]) == len(steps)


def test_a_tally_adds_up() -> None:
    tally = Tally(RunReport("r", "daily", "running", NOW))
    good = FeedResult(FeedFetch("a", NOW, "u", "ok", entries_seen=3), FeedState("a"))
    bad = FeedResult(FeedFetch("b", NOW, "u", "failed", error_class="dns"), FeedState("b"))
    tally.add_feeds([good, bad], 2)
    failed = PageOutcome(
        "e2", "a", "failed", NOW, failure=Failure("page", "u", "timeout", "slow", NOW)
    )
    counts = PageWriteCounts(articles=1, new=1, treaty=1, labels={"mixed": 1})
    tally.add_pages([PageOutcome("e1", "a", "article", NOW, article()), failed], counts)
    report = tally.report("completed", NOW, {"total": 1.0})
    assert (report.feeds_ok, report.feeds_failed, report.entries_seen) == (1, 1, 3)
    assert (report.pages_fetched, report.pages_failed, report.treaty_articles) == (1, 1, 1)
    assert report.failures == {"dns": 1, "timeout": 1}
    assert tally.feed_failures == {"dns": 1}
    assert report.labels == {"mixed": 1}
    assert any("1 mixed" in line for line in report_lines(report))
    assert "| Failure timeout | 1 |" in report_markdown(report)


@pytest.mark.parametrize(
    ("failures", "words"),
    [
        ({"ssrf": 2}, "2 feeds of .* log in first; .* set allow_loopback = true; then run again"),
        ({"dns": 1, "ssrf": 1}, "2 feeds of .*check the network and run again, nothing is lost"),
    ],
)
def test_when_every_feed_failed_their_causes_decide_what_to_do(
    failures: dict[str, int], words: str
) -> None:
    assert re.search(words, nothing_fetched(failures, Settings()))


def test_a_run_with_nothing_due_says_so_and_where_to_look() -> None:
    nothing_due = report_lines(RunReport("r", "daily", "completed", NOW))[0]
    assert "none is due now" in nothing_due
    assert "feeds list" in nothing_due
    all_failed = RunReport("r", "daily", "failed", NOW, feeds_due=2, feeds_failed=2)
    assert report_lines(all_failed)[0] == "feeds    0 fetched, 2 failed"


def test_lost_batches_are_failures_that_are_tried_again() -> None:
    error = MemoryError("no room")
    state = FeedState("a", failure_weight=0.5)
    (feed,) = lost_feeds([(FEED, state)], error, NOW)
    assert (feed.fetch.outcome, feed.fetch.error_class, feed.state) == ("failed", LOST, state)
    (page,) = lost_pages([PendingPage(ENTRY, FEED)], error, NOW)
    assert page.failure is not None
    assert (page.kind, page.failure.error_class) == ("failed", LOST)
    assert "no room" in page.failure.message
    assert lost_again_at(1, NOW, 5) == NOW + timedelta(hours=1)
    assert lost_again_at(4, NOW, 5) is not None
    assert lost_again_at(5, NOW, 5) is None
    kept = PageOutcome("e2", "a", "off_topic", NOW, article())
    scored, passed = lost_articles(
        [PageOutcome("e1", "a", "article", NOW, article()), kept], error, NOW
    )
    assert passed is kept
    assert scored.kind == "failed"
    assert scored.article is None


class State:
    def __init__(self, error: object) -> None:
        self.error = error

    def result(self, raise_on_failure: bool = True) -> object:
        return self.error


@pytest.mark.parametrize(
    ("error", "helps"),
    [
        (DatabaseBusyError("held"), True),
        (ConnectionError("reset"), True),
        (FetchError("u", "timeout", "slow"), True),
        (FetchError("u", "ssrf", "private"), False),
        (ValueError("bug"), False),
        (OSError(28, "disk full"), False),
    ],
)
def test_only_passing_errors_are_retried(error: Exception, helps: bool) -> None:
    assert a_retry_can_help(None, None, State(error)) is helps


def test_a_feed_that_goes_quiet_or_comes_back_is_told_once() -> None:
    usual = [10] * 28
    went, stays, back = ([*usual, 0, 0, 0], [*usual, 0, 0, 0, 0], [*usual, 0, 0, 0, 10, 10, 10])
    told = feed_volumes({"went": went, "back": back, "calm": [*usual, 10, 9, 11], "young": [1]})
    assert any("went" in each.text for each in told)
    assert not any("calm" in each.text or "young" in each.text for each in told)
    assert feed_volumes({"stays": stays}) == []


def test_lines_that_name_no_language_are_in_the_one_that_was_given() -> None:
    named = read_line('{"id": "1", "text": "x", "language": "ar"}', "vi")
    unnamed = read_line('{"id": "2", "text": "x"}', "vi")
    assert [each.language for each in (named, unnamed) if isinstance(each, TextToClassify)] == [
        "ar",
        "vi",
    ]


def test_a_text_keeps_its_blanks_so_that_places_in_it_hold() -> None:
    given = read_line('{"id": "1", "text": "\\n  Lawyers warn of the treaty.", "language": "en"}')
    assert isinstance(given, TextToClassify)
    assert given.text == "\n  Lawyers warn of the treaty."


def test_only_a_daily_run_is_followed_by_another() -> None:
    assert why("daily").endswith("this run goes on from there.")
    for kind in ("backfill", "reclassify"):
        assert why(kind).endswith("the same command given again goes on from there.")
