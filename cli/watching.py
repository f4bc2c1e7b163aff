"""Progress of a run: bars on a terminal, plain lines elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from treatywatch.cli.output import say, words

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress
    from rich.progress import TaskID

    from treatywatch.flows.progress import Progress


class Bars:
    """Shows each stage as a bar with its rate and the time left."""

    def __init__(self, progress: RichProgress) -> None:
        self._progress = progress
        self._stages: dict[str, TaskID] = {}

    def update(self, stage: str, done: int, total: int) -> None:
        """Move the bar of a stage."""
        if stage not in self._stages:
            self._stages[stage] = self._progress.add_task(stage, total=total)
        self._progress.update(self._stages[stage], completed=done, total=total)


class Lines:
    """Says each stage in a line a tenth of the way."""

    def __init__(self) -> None:
        self._said: dict[str, int] = {}

    def update(self, stage: str, done: int, total: int) -> None:
        """Say how far a stage has come, ten times at most."""
        tenth = 10 * done // total if total else 10
        if self._said.get(stage) != tenth:
            self._said[stage] = tenth
            say(f"{stage}: {done} of {total}")


@contextmanager
def watch() -> Iterator[Progress]:
    """Give what shows the progress of a run on this kind of output."""
    console = words()
    if not console.is_terminal:
        yield Lines()
        return
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as RichProgress

    columns = (TextColumn("{task.description:<10}"), BarColumn(), MofNCompleteColumn())
    with RichProgress(*columns, TimeRemainingColumn(), console=console, transient=True) as bars:
        yield Bars(bars)
