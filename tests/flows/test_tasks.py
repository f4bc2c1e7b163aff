"""What the tasks of the flows are tried again for."""

from __future__ import annotations

import pytest

from treatywatch.flows.tasks import a_retry_can_help
from treatywatch.news.errors import DatabaseBusyError, FetchError


class State:
    def __init__(self, error: object) -> None:
        self.error = error

    def result(self, raise_on_failure: bool = True) -> object:
        return self.error


@pytest.mark.parametrize(
    ("error", "helps"),
    [
        (DatabaseBusyError("held"), True),
        (ConnectionError("reset"), True),
        (FetchError("u", "timeout", "slow"), True),
        (FetchError("u", "ssrf", "private"), False),
        (ValueError("bug"), False),
        (OSError(28, "disk full"), False),
    ],
)
def test_only_passing_errors_are_retried(error: Exception, helps: bool) -> None:
    assert a_retry_can_help(None, None, State(error)) is helps
