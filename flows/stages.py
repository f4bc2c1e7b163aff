"""How long each stage of a run took, and what was left for orchestration."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

Interval = tuple[float, float]


class StageClock:
    """Collects when each stage was at work; stages may overlap."""

    def __init__(self) -> None:
        self.started = time.time()
        self._intervals: dict[str, list[Interval]] = defaultdict(list)
        self._lock = threading.Lock()

    @contextmanager
    def at(self, stage: str) -> Iterator[None]:
        """Count the time spent inside as time of the stage."""
        begun = time.time()
        try:
            yield
        finally:
            self.add(stage, (begun, time.time()))

    def add(self, stage: str, interval: Interval) -> None:
        """Count an interval, in seconds of `time.time`, as time of the stage."""
        with self._lock:
            self._intervals[stage].append(interval)

    def seconds(self) -> Mapping[str, float]:
        """Return the seconds of each stage, of the whole, and of nothing but orchestration.

        A stage's seconds are those in which at least one of its batches was at work.
        """
        now = time.time()
        with self._lock:
            stages = {name: list(spans) for name, spans in self._intervals.items()}
        total = now - self.started
        busy = covered_seconds([span for spans in stages.values() for span in spans])
        return {
            **{name: round(covered_seconds(spans), 3) for name, spans in stages.items()},
            "total": round(total, 3),
            "orchestration": round(max(0.0, total - busy), 3),
        }


def covered_seconds(intervals: Sequence[Interval]) -> float:
    """Return the length of the union of intervals."""
    covered = 0.0
    reached = float("-inf")
    for begin, end in sorted(intervals):
        if end > reached:
            covered += end - max(begin, reached)
            reached = end
    return covered
