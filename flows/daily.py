"""The daily run: feeds, pages, articles, stance, database, report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from prefect import flow

from treatywatch.config.feeds import choose_feeds, load_feeds
from treatywatch.config.load import load_settings
from treatywatch.config.settings import Settings
from treatywatch.extractors.engine import stop_fetchers
from treatywatch.extractors.page_plan import plan_pages
from treatywatch.extractors.plan import due_feeds, forgive_outage, is_outage
from treatywatch.flows import tasks
from treatywatch.flows.aftermath import tell_failure
from treatywatch.flows.interrupted import is_signal
from treatywatch.flows.logs import log_feeds, log_spooled
from treatywatch.flows.lost import lost_feeds, lost_pages
from treatywatch.flows.page_store import PageStore
from treatywatch.flows.progress import watcher
from treatywatch.flows.runs import RunDesk
from treatywatch.flows.spread import Spread, batched
from treatywatch.flows.stories import link_stories
from treatywatch.news.errors import NothingFetchedError
from treatywatch.news.records import Feed, FeedResult
from treatywatch.news.runs import RunReport, time_limit
from treatywatch.storage import search_index
from treatywatch.storage.reader import Reader

MAX_PAGES_A_RUN = 50_000


@flow(
    name="daily",
    timeout_seconds=time_limit("daily").total_seconds(),
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
    chosen = choose_feeds(listed, only or ())
    return asdict(DailyRun(settings, chosen, now or datetime.now(UTC), listed=listed).go())


class DailyRun:
    """One run of the daily flow, from the first feed to the report.

    `listed` is the whole list where `feeds` is part of it; `run_id` as in `RunDesk`.
    """

    def __init__(
        self,
        settings: Settings,
        feeds: Sequence[Feed],
        now: datetime,
        run_id: str = "",
        listed: Sequence[Feed] | None = None,
    ) -> None:
        self.settings = settings
        self.feeds = {feed.id: feed for feed in feeds}
        self.listed = feeds if listed is None else listed
        self.now = now
        self.desk = RunDesk(settings, "daily", now, run_id)
        self.clock, self.tally, self.writer = self.desk.clock, self.desk.tally, self.desk.writer
        self.stop_at = self.clock.started + settings.flow.run_deadline_minutes * 60
        self.spread = Spread(settings)
        self.reader = Reader(settings)

    def go(self) -> RunReport:
        """Run every stage and return the report; a run that breaks is stored as failed."""
        self.desk.begin(self.listed)
        with self.desk.stored_if_broken():
            self.desk.choose_model()
            with self.spread, _soon_when_stopped():
                self._feeds()
                self._pages()
            with self.clock.at("store"):
                link_stories(self.reader, self.writer, self.now)
            if self.tally.feeds_due and not self.tally.feeds_ok:
                raise NothingFetchedError(nothing_fetched(self.tally.feed_failures, self.settings))
            self._forget_old_text()
        return self.desk.end()

    def _feeds(self) -> None:
        """Fetch the due feeds; failures are stored last, when an outage can be told from them."""
        states = self.reader.feed_states()
        due = due_feeds(tuple(self.feeds.values()), states, self.now, self.settings.fetch)
        self.tally.feeds_due = len(due)
        seen: list[FeedResult] = []
        batches = batched(due, self.settings.flow.batch_feeds)
        for batch, worked in self.spread.run(tasks.fetch_feeds, batches, self.now, self.stop_at):
            results = self.desk.made(worked, partial(lost_feeds, batch, now=self.now))
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
                outcomes = self.desk.made(worked, partial(lost_pages, batch, now=self.now))
                store.add(self.desk.scored(self.spread, outcomes, self.now))
                done += len(batch)
                watcher().update("pages", done, total)

    def _page_store(self, attempts: dict[str, int]) -> PageStore:
        most = self.settings.fetch.max_attempts
        return PageStore(self.writer, self.tally, self.clock, self.now, most, attempts)

    def _store_feeds(self, results: Sequence[FeedResult]) -> None:
        if not results:
            return
        with self.clock.at("store"):
            counts = self.writer.write_feeds(self.tally.run_id, results)
        self.tally.add_feeds(results, counts)
        log_feeds(self.tally.run_id, results)
        log_spooled(self.tally.run_id, counts.spooled)

    def _forget_old_text(self) -> None:
        with self.clock.at("store"):
            dropped = self.writer.apply_retention(self.now)
        if dropped:
            search_index.forget(self.settings)


@contextmanager
def _soon_when_stopped() -> Iterator[None]:
    """End the batches that wait for the network when the run is stopped; they are fetched anew."""
    try:
        yield
    except BaseException as error:
        if is_signal(error):
            stop_fetchers()
        raise


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
