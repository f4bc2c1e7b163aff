"""The whole hostile web in one run, among healthy feeds."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

import pytest

from treatywatch.config.settings import Settings
from treatywatch.extractors.engine import Fetcher
from treatywatch.extractors.guard import resolve
from treatywatch.extractors.plan import due_feeds
from treatywatch.extractors.reader import PageReader
from treatywatch.extractors.sieve import Sieve
from treatywatch.extractors.transport import make_transport
from treatywatch.news.records import Feed, FeedEntry, FeedResult, PendingPage

pytestmark = pytest.mark.slow

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
DEADLINE = 100.0  # a quarter of it on an idle machine
NAMES = {"rebinding.test": ["10.0.0.5"]}


async def resolver(host: str, port: int) -> list[str]:
    """Resolve as the system does, but for the names of this test."""
    if host in NAMES:
        return NAMES[host]
    if host.endswith(".test"):
        raise OSError("no such name")
    return await resolve(host, port)


def feed_list(web: Any, names: list[str]) -> list[Feed]:
    return [Feed(id=name, name=name, url=web.url(name), language="en") for name in names]


@pytest.fixture
def fetcher(quick: Settings) -> Any:
    with Fetcher(quick, make_transport(quick, resolver)) as fetcher:
        yield fetcher


def test_every_bad_feed_is_recorded_and_every_healthy_one_is_whole(
    web: Any, hostile: Any, fetcher: Fetcher, quick: Settings
) -> None:
    expected = {name: word for name, (_, word) in hostile.FEEDS.items()}
    expected |= {"hang-on-connect": "timeout", "refused": "connect"}
    expected |= {"tls-stranger": "tls", "tls-plain": "tls"}
    due = due_feeds(feed_list(web, [*expected, *web.healthy]), {}, NOW, quick.fetch)

    started = time.monotonic()
    results = {result.fetch.feed_id: result for result in fetcher.fetch_feeds(due, NOW)}

    assert time.monotonic() - started < DEADLINE
    assert len(expected) >= 30
    for name in web.healthy:
        assert [entry.title for entry in results[name].entries] == ["Story 2", "Story 1", "Story 0"]
    wrong = {
        name: (word, results[name].fetch.error_class, results[name].fetch.error_message)
        for name, word in expected.items()
        if word not in ("any", results[name].fetch.error_class or "ok")
    }
    assert wrong == {}
    check_kept(results)


def check_kept(results: dict[str, FeedResult]) -> None:
    """Hold what the readable ones among the bad feeds must give."""
    assert results["ten-thousand"].fetch.entries_kept == 200
    assert results["ten-thousand"].fetch.entries_skipped == 9_800
    assert len(results["same-guids"].entries) == 4
    assert len(results["script-links"].entries) == 1
    assert "2 entries without a link" in (results["script-links"].fetch.warning or "")
    assert len(results["absurd-dates"].entries) == 7
    assert all(entry.published_at is None for entry in results["absurd-dates"].entries)
    assert results["lying-charset"].entries[0].title == "اتفاقية هانوي"
    assert len(results["null-bytes"].entries) == 3
    assert len(results["bad-utf8"].entries) == 50
    assert results["cut-off"].entries
    assert results["status-429"].state.next_fetch_at is not None
    assert results["status-410"].state.retired_at == NOW
    texts = [entry.title for entry in results["outside-entity"].entries]
    assert not any("root:" in text for text in texts)
    assert all(len(entry.title) <= 1000 for result in results.values() for entry in result.entries)


def test_every_bad_page_is_recorded_and_every_healthy_one_is_read(
    web: Any, hostile: Any, fetcher: Fetcher, quick: Settings
) -> None:
    def page(name: str, path: str) -> PendingPage:
        entry = FeedEntry(name, name, web.url(name, path), path, "Title", "h")
        return PendingPage(entry, Feed(name, name, web.url(name), "en"))

    pages = [page(name, "item") for name in hostile.PAGES]
    pages += [page(name, f"story/{n}") for name in web.healthy for n in range(3)]
    started = time.monotonic()
    with PageReader(quick.extract) as reader:
        outcomes = reader.read(fetcher.fetch_pages(pages), Sieve(["harbour", "cyber"]))

    assert time.monotonic() - started < DEADLINE
    found = {outcome.entry_id: outcome for outcome in outcomes}
    wrong = {}
    for name, (_, word) in hostile.PAGES.items():
        failure = found[name].failure
        got = failure.error_class if failure else found[name].kind
        if word not in ("any", got):
            wrong[name] = (word, got)
    assert wrong == {}
    healthy = [outcome for outcome in outcomes if outcome.feed_id in web.healthy]
    assert len(healthy) == 36
    assert all(outcome.kind == "article" for outcome in healthy)
