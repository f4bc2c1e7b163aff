"""Runs that a dead process left behind: marked in the database and at the Prefect server."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from prefect.client.orchestration import get_client
from prefect.exceptions import ObjectNotFound
from prefect.states import Crashed

from treatywatch.config.settings import Settings
from treatywatch.flows.aftermath import alarm
from treatywatch.flows.alarms import run_failed
from treatywatch.news.runs import RunReport
from treatywatch.storage.reader import Reader
from treatywatch.storage.writer import Writer

_DIED = "its process died; what it had finished is stored, "
_RUNS_LOOKED_AT = 50
logger = logging.getLogger(__name__)


def mark_interrupted(settings: Settings, now: datetime) -> list[RunReport]:
    """Mark the runs whose process is gone, tell of them, and return them."""
    reader = Reader(settings)
    running = {run.run_id for run in reader.running()}
    if not running or not Writer(settings).mark_interrupted_runs(now):
        return []
    marked = [
        run
        for run in reader.last_runs(_RUNS_LOOKED_AT)
        if run.state == "interrupted" and run.run_id in running
    ]
    alarm(settings, [run_failed(run.kind, run.run_id, why(run.kind)) for run in marked], now)
    try:
        _mark_at_server(marked)
    except Exception as error:  # the server's own pages are all that lacks it
        logger.warning("the Prefect server was not told of runs that died: %r", error)
    return marked


def is_signal(error: BaseException) -> bool:
    """Tell whether somebody stopped a run, which can then be gone on from.

    What is no Exception is a signal; out of a query DuckDB raises RuntimeError from it.
    """
    return not isinstance(error, Exception) or isinstance(error.__cause__, KeyboardInterrupt)


def why(kind: str) -> str:
    """Say why a run of a kind was broken off, and who goes on with it: only daily runs follow."""
    if kind == "daily":
        return _DIED + "this run goes on from there."
    return _DIED + "the same command given again goes on from there."


def _mark_at_server(runs: Sequence[RunReport]) -> None:
    """Show the runs as crashed; a server that does not know them has nothing to show."""
    with get_client(sync_client=True) as client:
        for run in runs:
            try:
                client.set_flow_run_state(
                    UUID(run.run_id), Crashed(message=why(run.kind)), force=True
                )
            except (ObjectNotFound, ValueError):
                logger.debug("run %s is unknown to this server", run.run_id)
