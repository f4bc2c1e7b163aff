"""Worker processes that can be killed: bounded in time and memory, replaced when they die.

Parsers of strangers' bytes run here. A page that hangs one or eats its memory costs that page.
"""

from __future__ import annotations

import ctypes
import fcntl
import logging
import multiprocessing
import os
import resource
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Literal, TypeVar

from treatywatch.config.settings import ExtractSettings
from treatywatch.news.errors import ExtractionError

if TYPE_CHECKING:
    from pebble import ProcessFuture, ProcessPool

Job = TypeVar("Job")
Result = TypeVar("Result")
MishapKind = Literal["timeout", "memory", "crashed"]

_PRELOADED = ["treatywatch.extractors.preload"]
_TASKS_BEFORE_RENEWAL = 1000  # caches of parsers grow slowly; a fresh worker starts small
_TASKS_BEFORE_TRIM = 25
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Mishap:
    """Why a job gave no result."""

    kind: MishapKind
    message: str


@dataclass(slots=True)
class _SharedPool:
    pool: ProcessPool
    lifeline: Connection  # closed by the kernel when this process ends, however it ends
    users: int = 0


_shared: dict[ExtractSettings, _SharedPool] = {}
_shared_lock = threading.Lock()


class Workers:
    """A pool that starts when first used and survives what it runs.

    All users of a process with the same settings share its workers, whose memory is the largest
    part of a run's.
    """

    def __init__(self, extract: ExtractSettings) -> None:
        self._extract = extract
        self._is_user = False

    def run(
        self, function: Callable[[Job], Result], jobs: Sequence[Job]
    ) -> Iterator[Result | Mishap]:
        """Run the function on each job and yield results in order, a mishap where there is none."""
        if self._extract.workers == 0:
            yield from (_outcome(partial(function, job)) for job in jobs)
            return
        pool = self._started() if jobs else None
        limit = self._extract.page_seconds
        futures: list[ProcessFuture[Result]] = [
            pool.schedule(_in_worker, args=(function, job), timeout=limit) for job in jobs if pool
        ]
        try:
            for future in futures:
                yield _outcome(future.result)
        finally:
            for future in futures:
                future.cancel()  # type: ignore[no-untyped-call]

    def run_one(self, function: Callable[[Job], Result], job: Job, url: str) -> Result:
        """Run the function on one job; `url` is what its document is called.

        Raises:
            ExtractionError: when it took too long or too much memory, or its worker died.
        """
        [outcome] = self.run(function, [job])
        if isinstance(outcome, Mishap):
            raise ExtractionError(url, outcome.kind, outcome.message)
        return outcome

    def _started(self) -> ProcessPool:
        with _shared_lock:
            shared = _shared.get(self._extract)
            if shared is None or not shared.pool.active:
                users = shared.users if shared else 0
                shared = _shared[self._extract] = _new_pool(self._extract, users)
            if not self._is_user:
                self._is_user = True
                shared.users += 1
            return shared.pool

    def close(self) -> None:
        """Stop the workers at once when nobody else uses them."""
        with _shared_lock:
            if not self._is_user:
                return
            self._is_user = False
            shared = _shared[self._extract]
            shared.users -= 1
            if shared.users:
                return
            del _shared[self._extract]
        shared.pool.stop()  # type: ignore[no-untyped-call]
        shared.pool.join()


def _new_pool(extract: ExtractSettings, users: int) -> _SharedPool:
    from pebble import ProcessPool

    context = _context()
    watched, lifeline = context.Pipe(duplex=False)
    pool = ProcessPool(
        max_workers=extract.workers,
        max_tasks=_TASKS_BEFORE_RENEWAL,
        initializer=_enter_worker,
        initargs=(extract.worker_memory_mb, watched),
        context=context,
    )
    return _SharedPool(pool, lifeline, users)


def _context() -> multiprocessing.context.ForkServerContext:
    # Forking a process with threads (event loop, scheduler, database) can deadlock the child.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_PRELOADED)
    return context


def _outcome(result: Callable[[], Result]) -> Result | Mishap:
    """Return a job's result; whatever went wrong in it is recorded as its mishap."""
    from pebble import ProcessExpired

    try:
        return result()
    except TimeoutError:
        return Mishap("timeout", "reading it took too long")
    except MemoryError:
        return Mishap("memory", "reading it took too much memory")
    except ProcessExpired as error:
        return Mishap("crashed", f"its worker process died (exit code {error.exitcode})")
    except Exception as error:  # a parser's own fault must cost this input alone
        _log.warning("reading failed", exc_info=error)
        words = " ".join(str(error).split())[:200]
        return Mishap("crashed", f"the parser failed ({type(error).__name__}: {words})")


# --- in the worker -----------------------------------------------------------------------------

_done = 0


def _in_worker(function: Callable[[Job], Result], job: Job) -> Result:
    global _done
    result = function(job)
    _done += 1
    if _done % _TASKS_BEFORE_TRIM == 0:
        _return_memory()
    return result


def _return_memory() -> None:
    """Give back what parsed trees have freed; the C library keeps it otherwise (Linux, glibc)."""
    try:
        ctypes.CDLL(None).malloc_trim(0)
    except (OSError, AttributeError):
        return


def _enter_worker(memory_mb: int, watched: Connection) -> None:
    limit = memory_mb * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _die_with(watched)


def _die_with(watched: Connection) -> None:
    """Ask the kernel to end this worker when the run that started it ends.

    The parent of a worker is the fork server, which outlives a killed run as long as a worker
    does; so the worker is signalled by the hang-up of a pipe, and SIGIO ends a process by default.
    """
    try:
        # Opened anew, because the owner of the signal belongs to the opening, not to the number.
        own = os.open(f"/proc/self/fd/{watched.fileno()}", os.O_RDONLY | os.O_NONBLOCK)
    except OSError:  # not Linux: an idle worker ends all the same, a busy one when it is done
        return
    fcntl.fcntl(own, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(own, fcntl.F_SETFL, os.O_ASYNC | os.O_NONBLOCK)
