"""Counting what a run does, into the report that is stored and shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from treatywatch.news.records import FeedResult, PageOutcome
from treatywatch.news.runs import RunReport, RunState
from treatywatch.news.stance import ScoredArticle
from treatywatch.storage.counts import FeedWriteCounts, PageWriteCounts


class Tally:
    """The running counts of one run."""

    def __init__(self, report: RunReport) -> None:
        self._start = report
        self._counts: Counter[str] = Counter()
        self._feed_failures: Counter[str] = Counter()
        self._page_failures: Counter[str] = Counter()
        self._labels: Counter[str] = Counter()
        self.feeds_due = 0
        self.is_outage = False

    @property
    def run_id(self) -> str:
        """Return the id of the run that is counted."""
        return self._start.run_id

    @property
    def feeds_ok(self) -> int:
        """Return how many feeds answered."""
        return self._counts["feeds_ok"]

    @property
    def feed_failures(self) -> Mapping[str, int]:
        """Return why feeds failed, and how many each; those of pages are not among them."""
        return dict(sorted(self._feed_failures.items()))

    def add_feeds(self, results: Iterable[FeedResult], counts: FeedWriteCounts) -> None:
        """Count fetched feeds, and the entries that were not known."""
        for result in results:
            failed = result.fetch.outcome == "failed"
            self._counts["feeds_failed" if failed else "feeds_ok"] += 1
            self._counts["entries_seen"] += result.fetch.entries_seen
            if failed:
                self._feed_failures[result.fetch.error_class or "unknown"] += 1
        self._counts["entries_new"] += counts.entries_new
        self._counts["batches_spooled"] += counts.spooled

    def add_pages(self, outcomes: Iterable[PageOutcome], counts: PageWriteCounts) -> None:
        """Count what became of pages, and what storage wrote of them."""
        for outcome in outcomes:
            if outcome.failure is not None:
                self._page_failures[outcome.failure.error_class] += 1
            self._counts["pages_failed" if outcome.kind == "failed" else "pages_fetched"] += 1
        self._counts["articles"] += counts.articles
        self._counts["articles_new"] += counts.new
        self._counts["articles_edited"] += counts.edited
        self._counts["treaty_articles"] += counts.treaty
        self._counts["batches_spooled"] += counts.spooled
        self._labels.update(counts.labels)

    def add_records(self, records: int, pages: int) -> None:
        """Count the records of an archive or list that were met, and the pages among them."""
        self._counts["entries_seen"] += records
        self._counts["entries_new"] += pages

    def add_scored(self, scored: Sequence[ScoredArticle]) -> None:
        """Count stored articles that were scored again."""
        self._counts["articles"] += len(scored)
        self._counts["treaty_articles"] += len(scored)
        self._labels.update(article.stance.label for article in scored)

    def report(
        self, state: RunState, now: datetime | None, stage_seconds: Mapping[str, float]
    ) -> RunReport:
        """Return the report of the run as it stands."""
        counted: dict[str, Any] = dict(self._counts)
        return replace(
            self._start,
            state=state,
            finished_at=now,
            feeds_due=self.feeds_due,
            is_outage=self.is_outage,
            failures=dict(sorted((self._feed_failures + self._page_failures).items())),
            labels=dict(sorted(self._labels.items())),
            stage_seconds=dict(stage_seconds),
            **counted,
        )
