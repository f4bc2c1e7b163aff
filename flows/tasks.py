"""The tasks that flows are made of: each takes one batch as plain records."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Generic, TypeVar

from prefect import task
from prefect.cache_policies import NO_CACHE

from treatywatch.config.settings import Settings
from treatywatch.flows.stages import Interval
from treatywatch.flows.workshop import Workshop, workshop_for
from treatywatch.news.errors import DatabaseBusyError, FetchError
from treatywatch.news.records import (
    LANGUAGES,
    Article,
    Feed,
    FeedResult,
    FeedState,
    PageOutcome,
    PendingPage,
)
from treatywatch.news.stance import ScoredArticle

Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class Worked(Generic[Made]):
    """What a task made, and when it was at work on which stage (seconds of `time.time`)."""

    value: Made
    spans: tuple[tuple[str, Interval], ...]


@dataclass(frozen=True, slots=True)
class ScoredBatch:
    """A batch of pages read and scored, ready to be stored."""

    outcomes: tuple[PageOutcome, ...]
    scored: tuple[ScoredArticle, ...] = ()


def a_retry_can_help(_task: Any, _run: Any, state: Any) -> bool:
    """Tell whether the error that ended a task may be gone a little later."""
    error = state.result(raise_on_failure=False)
    if isinstance(error, FetchError):
        return error.is_transient
    return isinstance(error, DatabaseBusyError | ConnectionError | TimeoutError)


# Only input and output is tried again: a computation that failed once fails again.
io_task = task(
    retries=2,
    retry_delay_seconds=[5, 30],
    retry_condition_fn=a_retry_can_help,
    cache_policy=NO_CACHE,
    persist_result=False,
)
plain_task = task(cache_policy=NO_CACHE, persist_result=False)


@io_task
def fetch_feeds(
    settings: Settings, due: Sequence[tuple[Feed, FeedState]], now: datetime
) -> Worked[Sequence[FeedResult]]:
    """Fetch a batch of feeds; a feed that fails is a result like any other."""
    spans: list[tuple[str, Interval]] = []
    with _timed("feeds", spans):
        results = workshop_for(settings).fetcher.fetch_feeds(due, now)
    return Worked(results, tuple(spans))


@io_task
def fetch_and_extract(
    settings: Settings, pending: Sequence[PendingPage], _now: datetime
) -> Worked[Sequence[PageOutcome]]:
    """Fetch a batch of pages and read the articles in them."""
    workshop = workshop_for(settings)
    spans: list[tuple[str, Interval]] = []
    with _timed("fetch", spans):
        pages = list(workshop.fetcher.fetch_pages(pending))
    with _timed("extract", spans):
        outcomes = workshop.reader.read(pages, workshop.sieve)
    return Worked(outcomes, tuple(spans))


@plain_task
def classify(
    settings: Settings, outcomes: Sequence[PageOutcome], _now: datetime
) -> Worked[ScoredBatch]:
    """Decide which articles of a batch are about the treaty, and score those."""
    workshop = workshop_for(settings)
    spans: list[tuple[str, Interval]] = []
    with _timed("classify", spans):
        gated = tuple(_gate(outcome, workshop) for outcome in outcomes)
        about = [o.article for o in gated if o.kind == "article" and o.article is not None]
        scored = workshop.classifier.classify_articles(about) if about else []
    return Worked(ScoredBatch(gated, tuple(scored)), tuple(spans))


@plain_task
def score(
    settings: Settings, articles: Sequence[Article], _now: datetime
) -> Worked[Sequence[ScoredArticle]]:
    """Score articles that are about the treaty."""
    workshop = workshop_for(settings)
    spans: list[tuple[str, Interval]] = []
    with _timed("classify", spans):
        scored = workshop.classifier.classify_articles(articles)
    return Worked(tuple(scored), tuple(spans))


@contextmanager
def _timed(stage: str, spans: list[tuple[str, Interval]]) -> Iterator[None]:
    begun = time.time()
    yield
    spans.append((stage, (begun, time.time())))


def _gate(outcome: PageOutcome, workshop: Workshop) -> PageOutcome:
    """Look for the treaty's names; of an article without any, keep the metadata alone."""
    article = outcome.article
    if outcome.kind != "article" or article is None:
        return outcome
    if article.language in LANGUAGES:
        names = workshop.matcher.find(article.title, article.text)
        if names:
            return replace(outcome, article=replace(article, names=names))
        look_alike = workshop.matcher.look_alike(article.title, article.text)
        article = replace(article, look_alike=look_alike)
    return replace(outcome, kind="off_topic", article=_without_text(article))


def _without_text(article: Article) -> Article:
    return replace(article, text="", description="", fingerprint=())
