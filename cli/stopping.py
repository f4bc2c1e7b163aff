"""Ctrl-C while a run is on: it ends soon, what it started ends after it, one sentence is said."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from treatywatch.cli.output import say

INTERRUPTED = 130
# For what cannot be broken off, as a batch of texts that is being scored.
GRACE = 10.0
STORED = "what was finished is stored, the rest waits"
_CTRL_C = frozenset({signal.SIGINT})
_NUDGE = signal.SIGUSR1
_SHOW_CURSOR = "\x1b[?25h"


@contextmanager
def stoppable(advice: str) -> Iterator[None]:
    """Let Ctrl-C end a command and what it waits for; twice ends all at once.

    A terminal sends Ctrl-C to every process of a command. Prefect's own server would die of it
    before the run does, which then calls for it for minutes. So SIGINT is blocked, which the
    processes and threads that are started inside inherit, and one thread waits for it instead;
    that is why nothing heavy may be imported before. `advice` says what is left to do.
    """
    global _guard
    is_main = threading.current_thread() is threading.main_thread()
    if not is_main or signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as `nohup` has it
        yield
        return
    before = signal.signal(_NUDGE, signal.default_int_handler)
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, _CTRL_C)
    guard = _guard = _Guard(advice)
    guard.start()
    try:
        yield
    finally:
        if not guard.has_heard:  # else it stays on guard until the process has ended
            guard.dismiss()
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
            signal.signal(_NUDGE, before)


def is_ctrl_c(error: BaseException) -> bool:
    """Tell whether an error is Ctrl-C, as it comes or as a library gives it on.

    DuckDB does so from a query, and others where they are broken off as they are imported. Some
    keep its name alone, so once it was heard it is what any error comes from.
    """
    if _guard is not None and _guard.has_heard:
        return True
    each: BaseException | None = error
    while each is not None and not isinstance(each, KeyboardInterrupt):
        each = each.__cause__ or each.__context__
    return each is not None


def say_stopped() -> None:
    """Say that the command was stopped and what that means, once."""
    advice = f"; {_guard.advice}" if _guard is not None else ""
    if _spoken.acquire(blocking=False):
        say(f"\ntreatywatch: stopped{advice}.")


class _Guard(threading.Thread):
    """Waits for Ctrl-C and sees to it that the process ends."""

    def __init__(self, advice: str) -> None:
        super().__init__(name="ctrl-c", daemon=True)
        self.advice = advice
        self.has_heard = False
        self._is_over = False

    def run(self) -> None:
        signal.sigwait(_CTRL_C)
        if self._is_over:
            return
        self.has_heard = True
        logging.disable()  # of what is broken off; nobody needs to act on it
        main = threading.main_thread().ident
        if main is not None:
            signal.pthread_kill(main, _NUDGE)
        threading.Thread(target=_stop_fetchers, daemon=True).start()
        last = threading.Timer(GRACE, _end_at_once)
        last.daemon = True
        last.start()
        signal.sigwait(_CTRL_C)
        _end_at_once()

    def dismiss(self) -> None:
        """End the wait of a guard that has heard nothing."""
        self._is_over = True
        if self.ident is not None:
            signal.pthread_kill(self.ident, signal.SIGINT)
        self.join()


def _stop_fetchers() -> None:
    """Let the batches that wait for the network end."""
    from treatywatch.extractors.engine import stop_fetchers

    stop_fetchers()


def _end_at_once() -> None:
    """End this process and all it started; the database takes back what was half written."""
    import psutil

    for process in psutil.Process().children(recursive=True):
        process.kill()
    if sys.stderr.isatty():
        sys.stderr.write(_SHOW_CURSOR)
    say_stopped()
    os._exit(INTERRUPTED)


_guard: _Guard | None = None
_spoken = threading.Lock()
