"""The queue of a backfill: chunks are sifted, read and scored while earlier ones are stored."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import datetime
from functools import partial
from types import TracebackType
from typing import Self

from treatywatch.extractors.archives import Source
from treatywatch.flows.backfill_chunks import Chunk, Sifter
from treatywatch.flows.backfill_tasks import PastPage, read_past
from treatywatch.flows.lost import lost_pages
from treatywatch.flows.runs import RunDesk
from treatywatch.flows.spread import Spread
from treatywatch.flows.tasks import ScoredBatch, Worked
from treatywatch.news.records import PageOutcome
from treatywatch.storage.backfill import BackfillProgress

_LONGEST_SILENCE = 10.0  # seconds without a place being kept

Given = Worked[Sequence[PageOutcome]] | BaseException


class BackfillQueue:
    """Reads and scores chunks, many at a time; as a context manager, starts what runs them."""

    def __init__(self, desk: RunDesk) -> None:
        self._desk = desk
        self._spread = Spread(desk.settings)
        self._here = self._spread
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        """Start the task runner, and threads beside it where the settings spread further."""
        settings = self._desk.settings
        with ExitStack() as stack:
            stack.enter_context(self._spread)
            if settings.flow.task_runner != "threads":
                near = settings.flow.model_copy(update={"task_runner": "threads"})
                here = Spread(settings.model_copy(update={"flow": near}))
                self._here = stack.enter_context(here)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop what was started."""
        self._stack.close()

    def worked(
        self, sifter: Sifter, source: Source, begun: BackfillProgress
    ) -> Iterator[tuple[Chunk, ScoredBatch]]:
        """Sift the source while earlier chunks are read and scored; yield chunks in order."""
        in_order: deque[Chunk] = deque()
        done: dict[int, Given] = {}
        pages = self._pages(sifter.chunks(source.steps(begun.cursor), begun), in_order)
        for past, given in self._spread_for(source).run(read_past, pages, begun.begun_at):
            done[id(past)] = given
            while in_order and (not in_order[0].past or id(in_order[0].past) in done):
                chunk = in_order.popleft()
                yield chunk, self._scored(chunk, done, begun.begun_at)
        for chunk in in_order:
            yield chunk, ScoredBatch(())

    def _pages(
        self, chunks: Iterator[Chunk], in_order: deque[Chunk]
    ) -> Iterator[tuple[PastPage, ...]]:
        """Give what is to be read; chunks without any join the one before, but not for ever."""
        given_at = time.monotonic()
        while True:
            with self._desk.clock.at("sift"):
                chunk = next(chunks, None)
            if chunk is None:
                return
            if in_order and not in_order[-1].past:
                chunk = in_order.pop().followed_by(chunk)
            in_order.append(chunk)
            if chunk.past or time.monotonic() - given_at > _LONGEST_SILENCE:
                given_at = time.monotonic()
                yield chunk.past

    def _spread_for(self, source: Source) -> Spread:
        """Return what runs the batches; a host must not be asked from several processes at once."""
        is_live = source.kind in ("urls", "sitemap")
        return self._here if is_live else self._spread

    def _scored(self, chunk: Chunk, done: dict[int, Given], at: datetime) -> ScoredBatch:
        if not chunk.past:
            return ScoredBatch(())
        pending = [past.pending for past in chunk.past]
        outcomes = self._desk.made(done.pop(id(chunk.past)), partial(lost_pages, pending, now=at))
        return self._desk.scored(self._spread, outcomes, at)
