"""What every run over batches does alike: its row, its model, its seconds, its end."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Literal, TypeVar

from prefect import get_run_logger, runtime

from treatywatch.config.settings import Settings
from treatywatch.flows import tasks
from treatywatch.flows.aftermath import after_run, not_begun
from treatywatch.flows.ending import end_run
from treatywatch.flows.interrupted import is_signal, mark_interrupted
from treatywatch.flows.lost import lost_articles
from treatywatch.flows.report import lines_of
from treatywatch.flows.spread import Spread
from treatywatch.flows.stages import StageClock
from treatywatch.flows.tally import Tally
from treatywatch.flows.tasks import ScoredBatch, Worked
from treatywatch.flows.workshop import workshop_for
from treatywatch.news.records import Feed, PageOutcome
from treatywatch.news.runs import RunReport, RunState
from treatywatch.news.stance import ModelInfo
from treatywatch.storage.writer import Writer

Kind = Literal["daily", "backfill", "reclassify"]
Made = TypeVar("Made")


class RunDesk:
    """Keeps the books of one run: its row in the database, its counts, the seconds of its stages.

    `run_id` "" takes the id of the flow run; `now` is the instant that the run takes as now.
    """

    def __init__(self, settings: Settings, kind: Kind, now: datetime, run_id: str = "") -> None:
        self.settings = settings
        self.now = now
        self.clock = StageClock()
        self.writer = Writer(settings)
        run_id = run_id or runtime.flow_run.id or str(uuid.uuid4())
        self.tally = Tally(RunReport(run_id, kind, "running", now))

    def begin(self, feeds: Sequence[Feed] | None = None) -> None:
        """Make the database ready, mark runs that died, store the feed list and that this runs."""
        try:
            with self.clock.at("store"):
                self.writer.migrate(self.now)
                mark_interrupted(self.settings, self.now)
                if feeds is not None:
                    self.writer.register_feeds(feeds, self.now)
                self.writer.begin_run(self.tally.report("running", None, {}))
        except Exception:
            report = self.tally.report("failed", datetime.now(UTC), self.clock.seconds())
            not_begun(self.settings, report, self.now)
            raise

    def choose_model(self, *, is_current: bool = True) -> ModelInfo:
        """Load the model of the settings and store which it is; the views show the current one."""
        model = workshop_for(self.settings).classifier.model.info
        with self.clock.at("store"):
            self.writer.register_model(model, self.now, is_current=is_current)
        return model

    def value(self, worked: Worked[Made]) -> Made:
        """Count when a task was at work and return what it made."""
        for stage, span in worked.spans:
            self.clock.add(stage, span)
        return worked.value

    def made(
        self, given: Worked[Made] | BaseException, lost: Callable[[BaseException], Made]
    ) -> Made:
        """Return what a task made, or what `lost` says of its error."""
        if isinstance(given, Worked):
            return self.value(given)
        get_run_logger().error("a batch was lost and is recorded as failed: %r", given)
        return lost(given)

    def scored(self, spread: Spread, outcomes: Sequence[PageOutcome], at: datetime) -> ScoredBatch:
        """Score the articles of a batch; `at` is when a failure counts as seen."""

        def lost(error: BaseException) -> ScoredBatch:
            return ScoredBatch(tuple(lost_articles(outcomes, error, at)))

        return self.made(spread.one(tasks.classify, outcomes, at), lost)

    @contextmanager
    def stored_if_broken(self) -> Iterator[None]:
        """Store the run as failed, or as interrupted, when what is inside breaks."""
        try:
            yield
        except BaseException as error:
            self.end("interrupted" if is_signal(error) else "failed")
            raise

    def end(self, state: RunState = "completed") -> RunReport:
        """Store how the run ended, tell it, and return the report.

        Raises:
            StorageError: when the copy for readers could not be made.
        """
        now = datetime.now(UTC)
        # The row, the readers' copy and the metrics hold one and the same report. So the seconds
        # of storing it here, and of the copy, which is to show the run as ended, are in none.
        report = self.tally.report(state, now, self.clock.seconds())
        report, fault = end_run(self.settings, report, now)
        get_run_logger().info("\n".join(lines_of(report)))
        after_run(self.settings, report, self.now)
        if fault is not None:
            raise fault
        return report
