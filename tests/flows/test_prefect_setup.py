"""What Prefect says of our errors: nothing, because who started the run says them."""

from __future__ import annotations

import logging

import pytest

from treatywatch.flows.prefect_setup import our_errors_unlogged
from treatywatch.news.errors import TreatywatchError, UsageError


@pytest.fixture
def records(monkeypatch: pytest.MonkeyPatch) -> list[logging.LogRecord]:
    """Collect what the logger of flow runs lets through."""
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    kept: list[logging.LogRecord] = []
    logger = logging.getLogger("prefect.flow_runs")
    handler = logging.Handler()
    handler.emit = kept.append  # type: ignore[method-assign]
    monkeypatch.setattr(logger, "handlers", [handler])
    monkeypatch.setattr(logger, "disabled", False)
    return kept


def _log(error: Exception) -> None:
    logging.getLogger("prefect.flow_runs").error("it ended", exc_info=error)


def test_our_errors_are_not_logged_and_others_are(records: list[logging.LogRecord]) -> None:
    with our_errors_unlogged():
        _log(UsageError("no feed has the id 'x'"))
        _log(RuntimeError("a fault of ours"))
    _log(TreatywatchError("afterwards"))
    assert [str(record.exc_info[1]) for record in records if record.exc_info] == [
        "a fault of ours",
        "afterwards",
    ]


def test_an_operators_server_is_told(
    records: list[logging.LogRecord], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:4200/api")
    with our_errors_unlogged():
        _log(UsageError("no feed has the id 'x'"))
    assert len(records) == 1
