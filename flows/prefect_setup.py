"""Settings of Prefect itself, made before Prefect is imported.

A one-shot run without a server starts Prefect's ephemeral one. It needs neither its web pages
nor its schedulers, takes longer to start than its standing limit on a busy machine, and would
print what no user of treatywatch can act on. With PREFECT_API_URL set, the server is the
operator's, and so are all its settings.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from treatywatch.news.errors import TreatywatchError, UsageError

_ALWAYS = {
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",  # prints an error without a network
    "PREFECT_CLI_WRAP_LINES": "false",
}
_UNUSED_SERVICES = (
    "SCHEDULER",
    "LATE_RUNS",
    "PAUSE_EXPIRATIONS",
    "CANCELLATION_CLEANUP",
    "FOREMAN",
    "TRIGGERS",
    "REPOSSESSOR",
    "DB_VACUUM",
)
_EPHEMERAL = {
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "300",
    "PREFECT_SERVER_UI_ENABLED": "false",
    "PREFECT_LOGGING_LEVEL": "ERROR",
    "PREFECT_LOGGING_SERVER_LEVEL": "CRITICAL",
    **{f"PREFECT_SERVER_SERVICES_{name}_ENABLED": "false" for name in _UNUSED_SERVICES},
}


def prepare_prefect(home: Path | None = None) -> None:
    """Set what is unset of Prefect's environment; call it before the first import of Prefect.

    `home` is where an ephemeral server keeps its records; None leaves Prefect's own choice.
    """
    wanted = dict(_ALWAYS)
    if "PREFECT_API_URL" not in os.environ:
        wanted |= _EPHEMERAL
        if home is not None and "PREFECT_HOME" not in os.environ:
            home.mkdir(parents=True, exist_ok=True)
            wanted |= {
                "PREFECT_HOME": str(home),
                "PREFECT_MEMO_STORE_PATH": str(home / "memo_store.toml"),
            }
    for name, value in wanted.items():
        os.environ.setdefault(name, value)


@contextmanager
def missing_server_said() -> Iterator[None]:
    """Say in one sentence that the server named in the environment does not answer."""
    try:
        yield
    except RuntimeError as error:
        if "Failed to reach API" not in str(error):
            raise
        # A password before the host is not for the terminal.
        place = os.environ.get("PREFECT_API_URL", "").rpartition("@")[2]
        raise UsageError(
            f"PREFECT_API_URL: no Prefect server answers at {place}; start it, or unset the "
            "variable to run without one."
        ) from error


@contextmanager
def our_errors_unlogged() -> Iterator[None]:
    """Keep Prefect from logging our own errors with their traceback: who started the run says them.

    An operator's server, named by PREFECT_API_URL, is told all the same.
    """
    if "PREFECT_API_URL" in os.environ:
        yield
        return
    loggers = [logging.getLogger(name) for name in ("prefect.flow_runs", "prefect.task_runs")]
    for logger in loggers:
        logger.addFilter(_is_not_ours)
    try:
        yield
    finally:
        for logger in loggers:
            logger.removeFilter(_is_not_ours)


def _is_not_ours(record: logging.LogRecord) -> bool:
    return not (record.exc_info and isinstance(record.exc_info[1], TreatywatchError))
