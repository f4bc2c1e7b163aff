"""The task of a backfill: pages of the past, kept or to be fetched, read as articles."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from treatywatch.config.settings import Settings
from treatywatch.extractors.captures import CaptureJob
from treatywatch.flows.stages import Interval
from treatywatch.flows.tasks import Worked, plain_task
from treatywatch.flows.workshop import workshop_for
from treatywatch.news.records import Failure, Page, PageOutcome, PendingPage


@dataclass(frozen=True, slots=True)
class PastPage:
    """One page to take in. `page` is None when it is to be fetched now."""

    pending: PendingPage
    page: Page | None = None
    is_named: bool = True


@plain_task
def read_past(
    settings: Settings, pages: Sequence[PastPage], at: datetime
) -> Worked[Sequence[PageOutcome]]:
    """Fetch what is to be fetched, read the articles; `at` is when they count as seen."""
    workshop = workshop_for(settings)
    begun = time.time()
    fetched = _fetched(settings, pages)
    between = time.time()
    jobs = [_job(settings, page, result) for page, result in zip(pages, fetched, strict=True)]
    outcomes = tuple(seen_at(each, at) for each in workshop.captures.read_captures(jobs))
    spans: list[tuple[str, Interval]] = [("extract", (between, time.time()))]
    if any(page.page is None for page in pages):
        spans.append(("fetch", (begun, between)))
    return Worked(outcomes, tuple(spans))


def _fetched(settings: Settings, pages: Sequence[PastPage]) -> list[Page | Failure]:
    live = [page.pending for page in pages if page.page is None]
    answers = iter(workshop_for(settings).fetcher.fetch_pages(live) if live else ())
    return [page.page if page.page is not None else next(answers)[1] for page in pages]


def _job(settings: Settings, page: PastPage, fetched: Page | Failure) -> CaptureJob:
    # What was kept went through the sieve as raw bytes, before it came here.
    sieve = workshop_for(settings).sieve if page.page is None and settings.extract.sieve else None
    least = settings.extract.min_text_chars
    return CaptureJob(page.pending, fetched, page.is_named, sieve, least)


def seen_at(outcome: PageOutcome, at: datetime) -> PageOutcome:
    """Return the outcome as of `at`: a page is old, that it was taken in is new."""
    failure = outcome.failure and replace(outcome.failure, at=at)
    return replace(outcome, at=at, failure=failure)
