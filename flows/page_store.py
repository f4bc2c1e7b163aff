"""Store the pages of a run: a few batches in one transaction, none of them for long in memory."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import TracebackType
from typing import Self

from treatywatch.extractors.page_plan import next_try_at
from treatywatch.flows.logs import log_pages, log_spooled
from treatywatch.flows.lost import LOST, lost_again_at
from treatywatch.flows.stages import StageClock
from treatywatch.flows.tally import Tally
from treatywatch.flows.tasks import ScoredBatch
from treatywatch.news.records import PageOutcome
from treatywatch.storage.writer import Writer

# Opening the file, committing and counting the weeks anew cost a quarter of a second in a database
# of ten years, however little is written.
BATCHES_AT_ONCE = 5
LONGEST_WAIT = 20.0  # seconds between two writings while batches come in


@dataclass(slots=True)
class PageStore:
    """Gather scored batches and write them; as a context manager, write what is left at its end.

    What a killed run had not written is fetched again by the next one.
    """

    writer: Writer
    tally: Tally
    clock: StageClock
    now: datetime
    max_attempts: int
    attempts: dict[str, int] = field(default_factory=dict)  # entry id -> earlier tries
    _waiting: list[ScoredBatch] = field(default_factory=list)
    _written_at: float = field(default_factory=time.monotonic)

    def __enter__(self) -> Self:
        """Return the store."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        """Write what waits, unless the run breaks: then the database may be what broke it."""
        if not isinstance(error, Exception):
            self.write()

    def add(self, batch: ScoredBatch) -> None:
        """Keep a batch, and write when enough wait or the last writing is long ago."""
        self._waiting.append(batch)
        is_late = time.monotonic() - self._written_at > LONGEST_WAIT
        if is_late or len(self._waiting) >= BATCHES_AT_ONCE:
            self.write()

    def write(self) -> None:
        """Write all batches that wait, in one transaction."""
        outcomes = [outcome for batch in self._waiting for outcome in batch.outcomes]
        scored = [article for batch in self._waiting for article in batch.scored]
        with self.clock.at("store"):
            counts = self.writer.write_pages(
                self.tally.run_id, outcomes, scored, self.now, self._retries(outcomes)
            )
        self.tally.add_pages(outcomes, counts)
        log_pages(self.tally.run_id, outcomes)
        log_spooled(self.tally.run_id, counts.spooled)
        self._waiting.clear()
        self._written_at = time.monotonic()

    def _retries(self, outcomes: Sequence[PageOutcome]) -> dict[str, datetime | None]:
        """Return when each failed page is tried again; None: never."""
        return {
            outcome.entry_id: lost_again_at(tries, self.now, self.max_attempts)
            if outcome.failure.error_class == LOST
            else next_try_at(tries, self.now, outcome.failure, self.max_attempts)
            for outcome in outcomes
            if outcome.failure is not None and outcome.kind == "failed"
            for tries in [self.attempts.get(outcome.entry_id, 0) + 1]
        }
