"""The daily run: feeds, pages, articles, stance, database, report."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from prefect import flow, get_run_logger, runtime

from treatywatch.config.feeds import choose_feeds, load_feeds
from treatywatch.config.load import load_settings
from treatywatch.config.settings import Settings
from treatywatch.extractors.engine import stop_fetchers
from treatywatch.extractors.plan import due_feeds, forgive_outage, is_outage, plan_pages
from treatywatch.flows import tasks
from treatywatch.flows.aftermath import after_run, tell_failure
from treatywatch.flows.ending import end_run, leave_copy
from treatywatch.flows.interrupted import is_signal, mark_interrupted
from treatywatch.flows.logs import log_feeds
from treatywatch.flows.lost import lost_articles, lost_feeds, lost_pages
from treatywatch.flows.page_store import PageStore
from treatywatch.flows.progress import watcher
from treatywatch.flows.report import report_lines
from treatywatch.flows.spread import Spread, batched
from treatywatch.flows.stages import StageClock
from treatywatch.flows.stories import link_stories
from treatywatch.flows.tally import Tally
from treatywatch.flows.tasks import ScoredBatch, Worked
from treatywatch.flows.workshop import workshop_for
from treatywatch.news.errors import NothingFetchedError
from treatywatch.news.records import Feed, FeedResult, PageOutcome, RunReport, RunState
from treatywatch.storage import search_index
from treatywatch.storage.reader import Reader
from treatywatch.storage.writer import Writer

MAX_PAGES_A_RUN = 50_000


@flow(
    name="daily",
    timeout_seconds=6 * 3600,
    on_failure=[tell_failure],
    on_crashed=[tell_failure],
)
def daily(
    feeds: str | None = None,
    db: str | None = None,
    only: list[str] | None = None,
    now: datetime | None = None,
) -> dict[str, Any]:
    """Fetch what is new, decide what is about the treaty, score it, store it, report it.

    Args:
        feeds: path of a feed list; none: the one in the settings.
        db: path of the database; none: the one in the settings.
        only: ids of feeds; none: all that are enabled.
        now: the instant to take as now (UTC); none: the clock.

    Raises:
        NothingFetchedError: when no feed that was due could be fetched.
        UsageError: when a setting or the feed list cannot be used.
    """
    settings = load_settings(db=_path(db), feeds=_path(feeds))
    listed = load_feeds(settings.feeds)
    run = DailyRun(settings, choose_feeds(listed, only or ()), now or datetime.now(UTC))
    run.listed = listed
    return asdict(run.go())


class DailyRun:
    """One run of the daily flow, from the first feed to the report."""

    def __init__(
        self, settings: Settings, feeds: Sequence[Feed], now: datetime, run_id: str = ""
    ) -> None:
        self.settings = settings
        self.feeds = {feed.id: feed for feed in feeds}
        self.now = now
        self.clock = StageClock()
        self.stop_at = self.clock.started + settings.flow.run_deadline_minutes * 60
        self.spread = Spread(settings)
        self.writer = Writer(settings)
        self.reader = Reader(settings)
        run_id = run_id or runtime.flow_run.id or str(uuid.uuid4())
        self.tally = Tally(RunReport(run_id, "daily", "running", now))
        self.listed = tuple(feeds)  # all of the list, also what this run leaves out

    def go(self) -> RunReport:
        """Run every stage and return the report; a run that breaks is stored as failed."""
        self._begin()
        try:
            self._choose_model()
            with self.spread, _soon_when_stopped():
                self._feeds()
                self._pages()
            with self.clock.at("store"):
                link_stories(self.reader, self.writer, self.now)
        except BaseException as error:
            self._end("interrupted" if is_signal(error) else "failed")
            raise
        if self.tally.feeds_due and not self.tally.feeds_ok:
            self._end("failed")
            raise NothingFetchedError(nothing_fetched(self.tally.feed_failures, self.settings))
        return self._end("completed")

    def _begin(self) -> None:
        with self.clock.at("store"):
            self.writer.migrate(self.now)
            mark_interrupted(self.settings, self.now)
            self.writer.register_feeds(self.listed, self.now)
            self.writer.begin_run(self.tally.report("running", None, {}))

    def _choose_model(self) -> None:
        model = workshop_for(self.settings).classifier.model.info
        with self.clock.at("store"):
            self.writer.register_model(model, self.now)

    def _feeds(self) -> None:
        """Fetch the due feeds; failures are stored last, when an outage can be told from them."""
        states = self.reader.feed_states()
        due = due_feeds(tuple(self.feeds.values()), states, self.now, self.settings.fetch)
        self.tally.feeds_due = len(due)
        seen: list[FeedResult] = []
        batches = batched(due, self.settings.flow.batch_feeds)
        for batch, worked in self.spread.run(tasks.fetch_feeds, batches, self.now, self.stop_at):
            results = self._value(worked, partial(lost_feeds, batch, now=self.now))
            self._store_feeds([r for r in results if r.fetch.outcome != "failed"])
            seen += [replace(result, entries=()) for result in results]
            watcher().update("feeds", len(seen), len(due))
        self.tally.is_outage = is_outage(seen)
        failed = [result for result in seen if result.fetch.outcome == "failed"]
        self._store_feeds(forgive_outage(failed, due) if self.tally.is_outage else failed)

    def _pages(self) -> None:
        """Fetch, read and score the pages that wait; store them as they get ready."""
        pending = self.reader.pending_pages(self.feeds, self.now, MAX_PAGES_A_RUN)
        attempts = {page.entry.entry_id: page.attempts for page in pending}
        batches = plan_pages(pending, self.settings.fetch, self.settings.flow.batch_pages)
        total = sum(len(batch) for batch in batches)
        done = 0
        with self._page_store(attempts) as store:
            for batch, worked in self.spread.run(
                tasks.fetch_and_extract, batches, self.now, self.stop_at
            ):
                outcomes = self._value(worked, partial(lost_pages, batch, now=self.now))
                store.add(self._classify(outcomes))
                done += len(batch)
                watcher().update("pages", done, total)

    def _page_store(self, attempts: dict[str, int]) -> PageStore:
        most = self.settings.fetch.max_attempts
        return PageStore(self.writer, self.tally, self.clock, self.now, most, attempts)

    def _classify(self, outcomes: Sequence[PageOutcome]) -> ScoredBatch:
        worked = self.spread.one(tasks.classify, outcomes, self.now)
        batch: ScoredBatch = self._value(worked, partial(_lost_batch, outcomes, now=self.now))
        return batch

    def _value(self, worked: Any, lost: Callable[[BaseException], Any]) -> Any:
        """Return what a task made, or what `lost` says of its error."""
        if isinstance(worked, Worked):
            for stage, span in worked.spans:
                self.clock.add(stage, span)
            return worked.value
        error = worked if isinstance(worked, BaseException) else RuntimeError(str(worked))
        get_run_logger().error("a batch was lost and will be tried again: %r", error)
        return lost(error)

    def _store_feeds(self, results: Sequence[FeedResult]) -> None:
        if not results:
            return
        with self.clock.at("store"):
            counts = self.writer.write_feeds(self.tally.run_id, results)
        self.tally.add_feeds(results, counts.entries_new)
        log_feeds(self.tally.run_id, results)

    def _end(self, state: RunState) -> RunReport:
        now = datetime.now(UTC)
        report = self.tally.report(state, now, self.clock.seconds())
        with self.clock.at("store"):
            report, fault = end_run(self.writer, report, self._tidy)
        report = replace(report, stage_seconds=self.clock.seconds())
        get_run_logger().info("\n".join(report_lines(report)))
        after_run(self.settings, report, self.now)
        if fault is not None:
            raise fault
        return report

    def _tidy(self) -> None:
        """Drop what is kept long enough, and leave readers a copy."""
        if self.writer.apply_retention(self.now):
            search_index.forget(self.settings)
        leave_copy(self.settings)


@contextmanager
def _soon_when_stopped() -> Iterator[None]:
    """End the batches that wait for the network when the run is stopped; they are fetched anew."""
    try:
        yield
    except BaseException as error:
        if is_signal(error):
            stop_fetchers()
        raise


def _lost_batch(
    outcomes: Sequence[PageOutcome], error: BaseException, now: datetime
) -> ScoredBatch:
    return ScoredBatch(tuple(lost_articles(outcomes, error, now)))


def nothing_fetched(failures: Mapping[str, int], settings: Settings) -> str:
    """Return what to say when every feed failed, by class of failure."""
    causes = ", ".join(f"{count} {name}" for name, count in failures.items())
    advice = "check the network and run again, nothing is lost"
    if set(failures) == {"ssrf"}:
        advice = "their addresses are not public ones: behind a login page of the network, log in "
        advice += "first; for servers on this machine set allow_loopback = true; then run again"
    return (
        f"none of the {sum(failures.values())} feeds of {settings.feeds or 'the built-in list'} "
        f"could be fetched ({causes}); {advice}."
    )


def _path(value: str | None) -> Path | None:
    return Path(value) if value else None
