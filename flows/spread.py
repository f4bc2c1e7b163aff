"""Spreading batches over the task runner that the settings choose."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import BrokenExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Any, Generic, TypeVar

from prefect import Task
from prefect.futures import PrefectFuture, as_completed
from prefect.settings import get_current_settings
from prefect.task_runners import ProcessPoolTaskRunner, TaskRunner, ThreadPoolTaskRunner
from prefect.utilities.callables import get_call_parameters

from treatywatch.config.settings import FlowSettings, Settings
from treatywatch.flows.tasks import Worked
from treatywatch.news.errors import UsageError

Item = TypeVar("Item")
Made = TypeVar("Made")
# A task over one batch: settings, batch, now.
BatchTask = Task[..., Worked[Made]]
NEVER = float("inf")
# A batch whose worker died is tried once more; one that kills every worker is given up.
TRIES = 2


def runner_for(flow: FlowSettings) -> TaskRunner[Any]:
    """Return the task runner that the settings name, not started.

    Raises:
        UsageError: when Dask or Ray is named and not installed, or no server is there for all.
    """
    if flow.task_runner == "threads":
        return ThreadPoolTaskRunner(max_workers=flow.workers)
    if not get_current_settings().api.url:
        # Every worker process would start a server of its own.
        raise UsageError(
            f"flow.task_runner = '{flow.task_runner}' needs a Prefect server; start one with "
            "`prefect server start` and set PREFECT_API_URL, or use 'threads'."
        )
    if flow.task_runner == "processes":
        return ProcessPoolTaskRunner(max_workers=flow.workers)
    return _dask_runner(flow) if flow.task_runner == "dask" else _ray_runner(flow)


def _dask_runner(flow: FlowSettings) -> TaskRunner[Any]:
    try:
        import dask
        from prefect_dask import DaskTaskRunner
    except ImportError as error:
        raise UsageError(
            "flow.task_runner = 'dask' needs prefect-dask; install treatywatch[dask]."
        ) from error
    if flow.dask_address:
        runner: TaskRunner[Any] = DaskTaskRunner(address=flow.dask_address)
        return runner
    # Workers start processes of their own to read pages, which a daemonic process may not.
    dask.config.set({"distributed.worker.daemon": False})
    cluster = {"n_workers": flow.workers, "threads_per_worker": 1, "dashboard_address": None}
    local: TaskRunner[Any] = DaskTaskRunner(cluster_kwargs=cluster)
    return local


def _ray_runner(flow: FlowSettings) -> TaskRunner[Any]:
    # Ray reports its use to its makers unless told not to, before it is imported.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        from prefect_ray import RayTaskRunner
    except ImportError as error:
        raise UsageError(
            "flow.task_runner = 'ray' needs prefect-ray; install treatywatch[ray]."
        ) from error
    if flow.ray_address:
        runner: TaskRunner[Any] = RayTaskRunner(address=flow.ray_address)
        return runner
    cluster = {"num_cpus": flow.workers, "include_dashboard": False, "log_to_driver": False}
    local: TaskRunner[Any] = RayTaskRunner(init_kwargs=cluster)
    return local


@dataclass(frozen=True, slots=True)
class _Attempt(Generic[Item]):
    batch: Sequence[Item]
    number: int = 1


class Spread:
    """Runs a task over batches on one task runner, a bounded number at a time."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._stack = ExitStack()
        self._runner: TaskRunner[Any] | None = None

    def __enter__(self) -> Spread:
        """Make the task runner ready."""
        self._start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop the task runner and what it started."""
        self._stack.close()

    def run(
        self,
        work: BatchTask[Made],
        batches: Iterable[Sequence[Item]],
        now: datetime,
        stop_at: float = NEVER,
    ) -> Iterator[tuple[Sequence[Item], Worked[Made] | BaseException]]:
        """Yield each batch as it is done, with what the task gave or the error that ended it.

        After `stop_at` (seconds of `time.time`) no further batch is taken.
        """
        source = iter(batches)
        waiting: dict[PrefectFuture[Worked[Made]], _Attempt[Item]] = {}
        while True:
            while len(waiting) < self._settings.flow.workers and time.time() < stop_at:
                batch = next(source, None)
                if batch is None:
                    break
                waiting[self._submit(work, batch, now)] = _Attempt(batch)
            if not waiting:
                return
            future = next(as_completed(list(waiting)))
            attempt = waiting.pop(future)
            given = _outcome(future)
            if isinstance(given, BrokenExecutor) and attempt.number < TRIES:
                broken = [attempt, *waiting.values()]
                self._start()
                waiting = {
                    self._submit(work, each.batch, now): _Attempt(each.batch, each.number + 1)
                    for each in broken
                }
                continue
            yield attempt.batch, given

    def one(
        self, work: BatchTask[Made], batch: Sequence[Item], now: datetime
    ) -> Worked[Made] | BaseException:
        """Run a task over one batch and return what it gave, or the error that ended it."""
        return next(self.run(work, [batch], now))[1]

    def _start(self) -> None:
        self._stack.close()
        self._runner = self._stack.enter_context(runner_for(self._settings.flow))

    def _submit(
        self, work: BatchTask[Made], batch: Sequence[Item], now: datetime
    ) -> PrefectFuture[Worked[Made]]:
        assert self._runner is not None
        parameters = get_call_parameters(work.fn, (self._settings, batch, now), {})
        future: PrefectFuture[Worked[Made]] = self._runner.submit(work, parameters)
        return future


def batched(items: Sequence[Item], size: int) -> list[Sequence[Item]]:
    """Return the items in batches of a size, the last one shorter."""
    return [items[start : start + size] for start in range(0, len(items), size)]


def _outcome(future: PrefectFuture[Worked[Made]]) -> Worked[Made] | BaseException:
    """Return what a task gave; its error, or that of the worker which died with it, is data."""
    try:
        given: Any = future.result(raise_on_failure=False)
    except Exception as error:
        return error
    if isinstance(given, Worked | BaseException):
        return given
    return RuntimeError(str(given))
