"""The sample newsroom, fetched and read over real connections: every trap it holds."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from treatywatch.classifiers.names import NameMatcher
from treatywatch.config.settings import ExtractSettings, FetchSettings, Settings
from treatywatch.config.treaty import load_treaty
from treatywatch.extractors.engine import Fetcher
from treatywatch.extractors.page_plan import plan_pages
from treatywatch.extractors.plan import due_feeds
from treatywatch.extractors.reader import PageReader
from treatywatch.extractors.sieve import Sieve
from treatywatch.extractors.stories import assign_stories
from treatywatch.news.records import LANGUAGES, Article, Feed, FeedResult, PageOutcome, PendingPage
from treatywatch.news.stance import StoryMember
from treatywatch.samples.feeds import sample_feeds
from treatywatch.samples.server import SampleServer

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
EXPECTED: dict[str, Any] = {
    page["path"]: page for page in json.loads((SAMPLES / "expected.json").read_text())["pages"]
}
SETTINGS = Settings(
    allow_loopback=True,
    fetch=FetchSettings(host_delay=0, per_host=4),
    extract=ExtractSettings(workers=2),
)
TREATY = load_treaty()


class Run:
    """Two editions of the newsroom, fetched as the daily flow fetches them."""

    def __init__(self) -> None:
        self.feeds: list[FeedResult] = []
        self.first: dict[str, PageOutcome] = {}
        self.second: dict[str, PageOutcome] = {}
        sieve = Sieve(TREATY.signals)
        with (
            SampleServer(1, date.today()) as server,
            Fetcher(SETTINGS) as fetcher,
            PageReader(SETTINGS.extract) as reader,
        ):
            listed = [Feed(**each) for each in sample_feeds(server.url)]
            now = datetime.now(UTC)
            due = due_feeds(listed, {}, now, SETTINGS.fetch)
            self.feeds = fetcher.fetch_feeds(due, now)
            pending = [
                PendingPage(entry, feed)
                for (feed, _), result in zip(due, self.feeds, strict=True)
                for entry in result.entries
            ]
            for batch in plan_pages(pending, SETTINGS.fetch, 100):
                pages = fetcher.fetch_pages(batch)
                for (page, _), outcome in zip(pages, reader.read(pages, sieve), strict=True):
                    self.first[urlsplit(page.entry.url).path] = outcome
            server.edition = 2
            states = {result.fetch.feed_id: result.state for result in self.feeds}
            again = due_feeds(listed, states, datetime.now(UTC), SETTINGS.fetch)
            self.feeds_again = fetcher.fetch_feeds(again, datetime.now(UTC))
            known = {entry.entry_id: entry for r in self.feeds for entry in r.entries}
            by_id = {outcome.entry_id: outcome for outcome in self.first.values()}
            changed = [
                PendingPage(entry, feed, 0, *_identity(by_id[entry.entry_id].article))
                for (feed, _), result in zip(again, self.feeds_again, strict=True)
                for entry in result.entries
                if known[entry.entry_id].entry_hash != entry.entry_hash
            ]
            pages = fetcher.fetch_pages(changed)
            for (page, _), outcome in zip(pages, reader.read(pages, sieve), strict=True):
                self.second[urlsplit(page.entry.url).path] = outcome


def _identity(article: Article | None) -> tuple[str, str]:
    assert article is not None
    return article.article_id, article.content_hash


@pytest.fixture(scope="module")
def run() -> Run:
    return Run()


def articles(run: Run) -> dict[str, Article]:
    return {path: o.article for path, o in run.first.items() if o.article is not None}


def with_trap(trap: str) -> list[str]:
    paths = [path for path, page in EXPECTED.items() if trap in page["traps"]]
    assert paths, f"the samples hold no {trap}"
    return paths


def test_every_entry_is_met_and_every_article_is_one(run: Run) -> None:
    assert set(run.first) == set(EXPECTED)
    wrong = [p for p, o in run.first.items() if (o.kind != "failed") != EXPECTED[p]["article"]]
    assert wrong == []


def test_exactly_the_treaty_articles_name_the_treaty(run: Run) -> None:
    matcher = NameMatcher(TREATY)
    found = {
        path
        for path, article in articles(run).items()
        if article.language in LANGUAGES and matcher.find(article.title, article.text)
    }
    assert found == {path for path, page in EXPECTED.items() if page["treaty"]}


def test_titles_languages_and_dates(run: Run) -> None:
    for path, article in articles(run).items():
        expected = EXPECTED[path]
        assert article.title == expected["title"], path
        assert article.language == expected["language"], path
        assert (article.published_at is not None) == expected["dated"], path
        assert (article.date_source == "none") == (not expected["dated"]), path


@pytest.mark.slow
def test_dead_and_malformed_feeds_are_recorded(run: Run) -> None:
    found = {result.fetch.feed_id: result for result in run.feeds}
    assert found["gulf-evening"].fetch.error_class == "http_5xx"
    assert len(found["ban-tin-so"].entries) == 5
    assert "malformed" in (found["ban-tin-so"].fetch.warning or "")
    bad = {name for name, result in found.items() if result.fetch.outcome == "failed"}
    assert bad == {"gulf-evening"}


def test_a_consent_page_and_a_listing_are_refused_by_name(run: Run) -> None:
    for trap, error_class in (("consent_wall", "consent"), ("listing_page", "listing")):
        for path in with_trap(trap):
            failure = run.first[path].failure
            assert failure is not None
            assert failure.error_class == error_class


def test_a_page_that_is_gone_is_read_from_the_feed(run: Run) -> None:
    for path in with_trap("page_gone_full_content"):
        outcome = run.first[path]
        assert outcome.article is not None
        assert outcome.article.extraction_method == "feed_content"
        assert outcome.failure is not None
        assert outcome.failure.error_class == "http_4xx"


def test_the_lead_is_put_back_once(run: Run) -> None:
    for path in with_trap("sapo_lead"):
        article = articles(run)[path]
        assert article.text.startswith(article.description)
        assert article.text.count(article.description) == 1


def test_arabic_in_an_old_encoding_has_no_replacement_characters(run: Run) -> None:
    for path in with_trap("windows_1256"):
        article = articles(run)[path]
        assert "\ufffd" not in article.text + article.title


def test_wire_copies_are_one_story_and_no_others(run: Run) -> None:
    members = [
        StoryMember(
            article.article_id, "", article.language, article.outlet, article.fingerprint,
            len(article.text.split()), run.first[path].at,
        )
        for path, article in articles(run).items()
        if article.text
    ]  # fmt: skip
    stories = assign_stories(members, [])
    ids = {path: article.article_id for path, article in articles(run).items() if article.text}
    found = {path: stories[article_id] for path, article_id in ids.items()}
    for path in found:
        for other in found:
            same = EXPECTED[path]["story"] == EXPECTED[other]["story"]
            is_told = EXPECTED[path]["story"] is not None
            assert (found[path] == found[other]) == (same if is_told else path == other), (
                path,
                other,
            )


def test_the_second_edition_holds_one_edit_and_nothing_else(run: Run) -> None:
    assert list(run.second) == with_trap("edited_between_runs")
    (outcome,) = run.second.values()
    assert outcome.kind == "article"
    states = {result.fetch.outcome for result in run.feeds_again}
    assert states <= {"ok", "not_modified", "failed"}
    assert sum(result.fetch.outcome == "ok" for result in run.feeds_again) == 1
