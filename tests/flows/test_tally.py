"""The counts of a run."""

from __future__ import annotations

from datetime import UTC, datetime

from treatywatch.flows.tally import Tally
from treatywatch.news.records import Failure, FeedFetch, FeedResult, FeedState, PageOutcome
from treatywatch.news.runs import RunReport
from treatywatch.storage.counts import FeedWriteCounts, PageWriteCounts

NOW = datetime(2026, 11, 23, 5, 30, tzinfo=UTC)


def test_a_tally_adds_up() -> None:
    tally = Tally(RunReport("r", "daily", "running", NOW))
    good = FeedResult(FeedFetch("a", NOW, "u", "ok", entries_seen=3), FeedState("a"))
    bad = FeedResult(FeedFetch("b", NOW, "u", "failed", error_class="dns"), FeedState("b"))
    tally.add_feeds([good, bad], FeedWriteCounts(entries_new=2))
    failed = PageOutcome(
        "e2", "a", "failed", NOW, failure=Failure("page", "u", "timeout", "slow", NOW)
    )
    counts = PageWriteCounts(articles=1, new=1, treaty=1, labels={"mixed": 1})
    tally.add_pages([PageOutcome("e1", "a", "article", NOW), failed], counts)
    report = tally.report("completed", NOW, {"total": 1.0})
    assert (report.feeds_ok, report.feeds_failed, report.entries_seen) == (1, 1, 3)
    assert (report.pages_fetched, report.pages_failed, report.treaty_articles) == (1, 1, 1)
    assert report.failures == {"dns": 1, "timeout": 1}
    assert tally.feed_failures == {"dns": 1}
    assert report.labels == {"mixed": 1}


def test_batches_that_wait_in_files_are_counted() -> None:
    tally = Tally(RunReport("r", "daily", "running", NOW))
    tally.add_feeds([], FeedWriteCounts(spooled=True))
    tally.add_pages([], PageWriteCounts(spooled=True))
    report = tally.report("completed", NOW, {})
    assert report.batches_spooled == 2


def test_records_of_an_archive_are_counted_as_entries() -> None:
    tally = Tally(RunReport("r", "backfill", "running", NOW))
    tally.add_records(5, 3)
    tally.add_records(2, 0)
    report = tally.report("completed", NOW, {})
    assert (report.entries_seen, report.entries_new) == (7, 3)
