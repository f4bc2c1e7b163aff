"""Stored articles scored again by another model; what older models said is kept."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from prefect import flow, runtime

from treatywatch.config.load import load_settings
from treatywatch.config.settings import Settings
from treatywatch.flows import tasks
from treatywatch.flows.aftermath import after_run, tell_failure
from treatywatch.flows.ending import end_run, leave_copy
from treatywatch.flows.interrupted import is_signal, mark_interrupted
from treatywatch.flows.progress import watcher
from treatywatch.flows.spread import Spread, batched
from treatywatch.flows.stages import StageClock
from treatywatch.flows.tally import Tally
from treatywatch.flows.tasks import Worked
from treatywatch.flows.workshop import workshop_for
from treatywatch.news.errors import DatabaseBusyError
from treatywatch.news.records import Article, RunReport, RunState
from treatywatch.storage.reader import Reader
from treatywatch.storage.writer import Writer

BATCH = 20  # articles of some thirty passages: seconds of work, and what a kill can lose
LOOK = 1000  # articles read from the database at a time


@flow(
    name="reclassify",
    timeout_seconds=24 * 3600,
    on_failure=[tell_failure],
    on_crashed=[tell_failure],
)
def reclassify(
    model: str | None = None, db: str | None = None, now: datetime | None = None
) -> dict[str, Any]:
    """Score the stored treaty articles that a model has not scored yet; keep older results.

    Args:
        model: `bundled`, a folder, or the name of a Hugging Face model; none: as in the settings.
        db: path of the database; none: the one in the settings.
        now: the instant to take as now (UTC); none: the clock.

    Raises:
        ModelError: when the model cannot be used.
        UsageError: when there is no database yet.
    """
    settings = load_settings(db=Path(db) if db else None)
    if model:
        settings = with_model(settings, model)
    return asdict(Reclassification(settings, now or datetime.now(UTC)).go())


def with_model(settings: Settings, name: str) -> Settings:
    """Return the settings with another model."""
    return settings.model_copy(update={"model": settings.model.model_copy(update={"name": name})})


class Reclassification:
    """One run of a model over the articles that it has not scored."""

    def __init__(self, settings: Settings, now: datetime) -> None:
        self.settings = settings
        self.now = now
        self.clock = StageClock()
        self.spread = Spread(settings)
        self.writer = Writer(settings)
        self.reader = Reader(settings)
        run_id = runtime.flow_run.id or str(uuid.uuid4())
        self.tally = Tally(RunReport(run_id, "reclassify", "running", now))

    def go(self) -> RunReport:
        """Score what waits, then let the views show this model's scores; return the report."""
        self.reader.last_runs(1)  # no database: told before the model takes its seconds
        model = workshop_for(self.settings).classifier.model.info
        with self.clock.at("store"):
            self.writer.migrate(self.now)
            mark_interrupted(self.settings, self.now)
            self.writer.begin_run(self.tally.report("running", None, {}))
            # Until all is scored the views go on with the model before.
            self.writer.register_model(model, self.now, is_current=False)
        try:
            with self.spread:
                self._score(model.model_id)
            with self.clock.at("store"):
                self.writer.register_model(model, self.now)
        except BaseException as error:
            self._end("interrupted" if is_signal(error) else "failed")
            raise
        return self._end("completed")

    def _score(self, model_id: str) -> None:
        done, most = 0, self.reader.status_summary().treaty_articles
        for articles in self._looks(model_id):
            batches = batched(articles, BATCH)
            for batch, worked in self.spread.run(tasks.score, batches, self.now):
                if not isinstance(worked, Worked):
                    raise worked if isinstance(worked, BaseException) else RuntimeError(worked)
                for stage, span in worked.spans:
                    self.clock.add(stage, span)
                with self.clock.at("store"):
                    self.writer.write_stances(model_id, worked.value, self.now)
                self.tally.add_scored(worked.value)
                done += len(batch)
                watcher().update("articles", done, max(most, done))

    def _looks(self, model_id: str) -> Iterator[Sequence[Article]]:
        """Yield the articles that wait, many at a time.

        Raises:
            DatabaseBusyError: when what was scored does not arrive in the database.
        """
        before: set[str] = set()
        while articles := self.reader.articles_for_reclassify(model_id, LOOK):
            ids = {article.article_id for article in articles}
            if ids & before:
                raise DatabaseBusyError(
                    f"{self.settings.db}: another process holds it; what was scored waits in "
                    "files beside it, run reclassify again when it is free."
                )
            before = ids
            yield articles

    def _end(self, state: RunState) -> RunReport:
        with self.clock.at("store"):
            report = self.tally.report(state, datetime.now(UTC), self.clock.seconds())
            report, fault = end_run(self.writer, report, partial(leave_copy, self.settings))
        after_run(self.settings, report, self.now)
        if fault is not None:
            raise fault
        return report
