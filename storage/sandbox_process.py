"""The running process of one ad hoc query, seen from here: asked, heard, and killed in time."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

from treatywatch.news.errors import StorageError
from treatywatch.storage.query_errors import raise_reported, too_large, too_long
from treatywatch.storage.sandbox_child import Question

Rows = list[tuple[Any, ...]]

_START_SECONDS = 15.0
"""What a busy machine may need to start the process; not counted against the query."""
_PASSED_ON = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "HOME", "TMPDIR")


class Child:
    """The other end of a running question."""

    def __init__(self, process: subprocess.Popen[bytes], seconds: float) -> None:
        self._process = process
        self._limit = seconds
        self._left = seconds
        self._answers: IO[bytes] = process.stdout  # type: ignore[assignment]

    def begin(self, lock_timeout: float) -> None:
        """Wait until the process is up and has opened the database.

        Raises:
            StorageError: it does neither in time.
        """
        seconds = _START_SECONDS + lock_timeout
        words = f"the process for queries did not begin within {seconds:g} s; try again."
        self._load(seconds, StorageError(words))

    def receive(self) -> Any:
        """Return the next answer, within what is left of the time.

        Raises:
            UsageError: the query failed, or ran out of time or memory.
        """
        started = time.monotonic()
        answer = self._load(self._left, too_long(self._limit))
        # The time a reader takes between two portions is its own.
        self._left = max(0.01, self._left - (time.monotonic() - started))
        return answer

    def portions(self) -> Iterator[Rows]:
        """Yield the rows in portions until the last."""
        while portion := self.receive():
            yield portion

    def _load(self, seconds: float, late: Exception) -> Any:
        expired = threading.Event()

        def stop() -> None:
            expired.set()
            self._process.kill()

        timer = threading.Timer(seconds, stop)
        timer.daemon = True
        timer.start()
        try:
            # The process is ours and runs our code: what it writes may be unpickled.
            kind, value = pickle.load(self._answers)
        except (EOFError, pickle.UnpicklingError) as error:
            if expired.is_set():
                raise late from error
            raise too_large() from error
        finally:
            timer.cancel()
        if kind == "error":
            raise_reported(value)
        return value


@contextmanager
def answering(question: Question, seconds: float) -> Iterator[Child]:
    """Start a process for a question and yield it as it answers; it is killed at the end.

    Raises:
        StorageError: it does not start.
    """
    with tempfile.TemporaryDirectory(prefix="treatywatch-") as spill:
        process = _start()
        try:
            child = Child(process, seconds)
            _ask(process, question, spill)
            child.begin(question.lock_timeout)
            yield child
        finally:
            process.kill()
            process.wait()
            if process.stdout is not None:
                process.stdout.close()


def _ask(process: subprocess.Popen[bytes], question: Question, spill: str) -> None:
    assert process.stdin is not None
    try:
        pickle.dump((question, spill), process.stdin)
        process.stdin.close()
    except BrokenPipeError as error:
        raise StorageError("the process for queries did not start; try again.") from error


def _start() -> subprocess.Popen[bytes]:
    environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    return subprocess.Popen(
        # Without -P Python looks for modules in the folder one stands in first: a stranger's too.
        [sys.executable, "-P", "-m", "treatywatch.storage.sandbox_child"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        close_fds=True,
    )
