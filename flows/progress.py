"""What a run tells whoever watches it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol


class Progress(Protocol):
    """Is told how far each stage has come."""

    def update(self, stage: str, done: int, total: int) -> None:
        """Note that `done` of `total` units of the stage are through."""


class Silent:
    """Watches without a word."""

    def update(self, stage: str, done: int, total: int) -> None:
        """Do nothing."""


_watcher: Progress = Silent()


def watcher() -> Progress:
    """Return who watches the runs of this process."""
    return _watcher


@contextmanager
def watched_by(progress: Progress) -> Iterator[None]:
    """Let `progress` watch the runs started inside."""
    global _watcher
    before, _watcher = _watcher, progress
    try:
        yield
    finally:
        _watcher = before
