"""Log lines are for terminals, and what they say comes from strangers."""

from __future__ import annotations

import logging

import pytest

from treatywatch.flows import logs


def test_a_line_plays_no_tricks_on_a_terminal(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    # Outside of a flow Prefect gives no logger.
    monkeypatch.setattr(logs, "get_run_logger", lambda: logging.getLogger("line"))
    logs.log_event("page failed", logging.WARNING, url="https://a.test/\x9b2J\u202e\x1b[2J")
    assert caplog.messages == ["page failed url=https://a.test/\ufffd2J\ufffd[2J"]
