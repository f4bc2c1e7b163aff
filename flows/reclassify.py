"""Stored articles scored again by another model; what older models said is kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from prefect import flow

from treatywatch.config.load import load_settings, with_model
from treatywatch.config.settings import Settings
from treatywatch.flows import tasks
from treatywatch.flows.aftermath import tell_failure
from treatywatch.flows.progress import watcher
from treatywatch.flows.runs import RunDesk
from treatywatch.flows.spread import Spread, batched
from treatywatch.flows.workshop import workshop_for
from treatywatch.news.errors import DatabaseBusyError
from treatywatch.news.records import Article
from treatywatch.news.runs import RunReport, time_limit
from treatywatch.storage.reader import Reader

BATCH = 20  # articles of some thirty passages: seconds of work, and what a kill can lose
LOOK = 1000  # articles read from the database at a time


@flow(
    name="reclassify",
    timeout_seconds=time_limit("reclassify").total_seconds(),
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
    settings = with_model(settings, model)
    return asdict(Reclassification(settings, now or datetime.now(UTC)).go())


class Reclassification:
    """One run of a model over the articles that it has not scored."""

    def __init__(self, settings: Settings, now: datetime) -> None:
        self.settings = settings
        self.now = now
        self.desk = RunDesk(settings, "reclassify", now)
        self.spread = Spread(settings)
        self.reader = Reader(settings)

    def go(self) -> RunReport:
        """Score what waits, then let the views show this model's scores; return the report."""
        self.reader.last_runs(1)  # no database: told before the model takes its seconds
        _ = workshop_for(self.settings).classifier  # no model: told before there is a run
        self.desk.begin()
        with self.desk.stored_if_broken():
            # Until all is scored the views go on with the model before.
            model = self.desk.choose_model(is_current=False)
            with self.spread:
                self._score(model.model_id)
            self.desk.choose_model()
        return self.desk.end()

    def _score(self, model_id: str) -> None:
        done, most = 0, self.reader.status_summary().treaty_articles
        for articles in self._looks(model_id):
            batches = batched(articles, BATCH)
            for batch, worked in self.spread.run(tasks.score, batches, self.now):
                if isinstance(worked, BaseException):
                    raise worked
                scored = self.desk.value(worked)
                with self.desk.clock.at("store"):
                    self.desk.writer.write_stances(model_id, scored, self.now)
                self.desk.tally.add_scored(scored)
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
