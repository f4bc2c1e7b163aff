"""A small newsroom to fill databases with: records made from few words, all of it repeatable."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from treatywatch.config.settings import Settings, StorageSettings
from treatywatch.news.records import (
    Article,
    Feed,
    FeedEntry,
    FeedFetch,
    FeedResult,
    FeedState,
    PageOutcome,
)
from treatywatch.news.stance import ArticleStance, ModelInfo, Passage, PassageStance, ScoredArticle
from treatywatch.news.text import stable_id
from treatywatch.storage.writer import Writer

NOON = datetime(2026, 11, 16, 5, tzinfo=UTC)  # a Monday, noon in Hanoi
MODEL = "model-one"
TABLES = (
    "feeds", "feed_fetches", "entries", "page_failures", "articles", "article_versions",
    "article_sightings", "story_links", "passages", "passage_stances", "article_stances",
    "models", "model_choices", "runs", "stance_facts", "evidence_facts", "theme_facts",
    "watch_facts", "stance_counts", "theme_counts",
)  # fmt: skip


def make_feed(number: int = 1, language: str = "en") -> Feed:
    return Feed(
        f"feed{number}", f"Outlet {number}", f"https://o{number}.example/rss", language,
        homepage=f"https://o{number}.example", country="VN", kind="newspaper",
    )  # fmt: skip


def make_entry(key: str, feed_id: str = "feed1", entry_hash: str = "h1") -> FeedEntry:
    url = f"https://example.org/{key}"
    return FeedEntry(f"e-{key}", feed_id, url, key, f"Title {key}", entry_hash, summary="Sum")


def make_result(
    feed_id: str, at: datetime, entries: Sequence[FeedEntry] = (), *, error: str | None = None
) -> FeedResult:
    outcome = "failed" if error else "ok"
    fetch = FeedFetch(
        feed_id, at, f"https://{feed_id}.example/rss", outcome, error_class=error,
        entries_seen=len(entries), entries_kept=len(entries), seconds=0.25,
    )  # fmt: skip
    success = None if error else at
    state = FeedState(feed_id, last_fetch_at=at, last_success_at=success, etag=f'"{at:%d}"')
    return FeedResult(fetch, state, tuple(entries))


@dataclass(frozen=True)
class Story:
    """What a test says of an article; the rest follows from it."""

    key: str
    text: str = "The treaty brings hope.\nThe treaty brings fear."
    title: str = "The treaty"
    label: str = "mixed"
    language: str = "en"
    outlet: str = "Outlet 1"
    feed_id: str = "feed1"
    published: datetime | None = NOON
    hope: float = 0.8
    concern: float = 0.7
    themes: tuple[str, ...] = ("cooperation",)
    story_id: str | None = None
    model: str = MODEL
    url: str = field(default="")

    @property
    def article(self) -> Article:
        url = self.url or f"https://example.org/{self.key}"
        return Article(
            article_id=f"a-{self.key}", url=url, canonical_url=url, title=self.title,
            text=self.text, feed_id=self.feed_id, entry_id=f"e-{self.key}", outlet=self.outlet,
            language=self.language, language_source="text", country="VN", kind="newspaper",
            published_at=self.published, date_source="page" if self.published else "none",
            extraction_method="page", content_hash=stable_id(self.title, self.text),
            fingerprint=(1, 2, 2**32 - 1),
        )  # fmt: skip

    @property
    def scored(self) -> ScoredArticle:
        passages = [Passage(0, "title", self.title, 0, len(self.title))]
        at = 0
        for number, paragraph in enumerate(self.text.split("\n"), start=1):
            passages.append(Passage(number, "body", paragraph, at, at + len(paragraph)))
            at += len(paragraph) + 1
        stances = tuple(
            PassageStance(p.position, 0.9, self.hope, self.concern, self.themes) for p in passages
        )
        total = self.hope + self.concern
        stance = ArticleStance(
            self.label, 0.9, self.hope, self.concern,  # type: ignore[arg-type]
            (self.hope - self.concern) / total if total else 0.0, 0.8, len(passages),
            len(passages) * (self.hope >= 0.5), len(passages) * (self.concern >= 0.5),
        )  # fmt: skip
        return ScoredArticle(
            self.article, tuple(passages), stances, stance, self.model, self.story_id
        )

    def outcome(self, at: datetime) -> PageOutcome:
        return PageOutcome(f"e-{self.key}", self.feed_id, "article", at, article=self.article)


class Newsroom:
    """A database with feeds and a model, and short ways to write to it."""

    def __init__(self, settings: Settings, template: Path | None = None) -> None:
        self.settings = settings
        self.writer = Writer(settings)
        self.feeds = [make_feed(1, "en"), make_feed(2, "ar"), make_feed(3, "vi")]
        if template is not None:
            shutil.copyfile(template, settings.db)
            return
        self.writer.migrate(NOON - timedelta(days=60))
        self.writer.register_feeds(self.feeds, NOON - timedelta(days=60))
        self.writer.register_model(ModelInfo(MODEL), NOON - timedelta(days=60))

    def publish(self, *stories: Story, at: datetime = NOON, run_id: str = "run") -> Any:
        """See and score stories in one run."""
        by_feed: dict[str, list[FeedEntry]] = {}
        for story in stories:
            by_feed.setdefault(story.feed_id, []).append(make_entry(story.key, story.feed_id))
        results = [make_result(feed_id, at, entries) for feed_id, entries in by_feed.items()]
        self.writer.write_feeds(run_id, results, at)
        outcomes = [story.outcome(at) for story in stories]
        return self.writer.write_pages(run_id, outcomes, [s.scored for s in stories], at)

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.settings.db), read_only=True) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            return connection.execute(query).fetchall()

    def rows(self) -> dict[str, list[tuple[Any, ...]]]:
        return rows_of(self.settings.db)


def rows_of(file: Path, tables: Sequence[str] = TABLES) -> dict[str, list[tuple[Any, ...]]]:
    """Return every row of a database, sorted, without what names a run or its process."""
    with duckdb.connect(str(file), read_only=True) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        return {
            table: connection.execute(
                f"SELECT COLUMNS(c -> c NOT IN ('run_id', 'process')) FROM {table} ORDER BY ALL"
            ).fetchall()
            for table in tables
        }


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    storage = StorageSettings(lock_timeout=5, threads=2, memory_limit="512MB", query_timeout=10)
    return Settings(db=tmp_path / "news.duckdb", storage=storage)


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A newsroom without news, made once: copying it is much faster than making it."""
    db = tmp_path_factory.mktemp("template") / "empty.duckdb"
    return Newsroom(Settings(db=db)).settings.db


@pytest.fixture
def newsroom(settings: Settings, template: Path) -> Newsroom:
    return Newsroom(settings, template)
