"""What is said of runs that died."""

from __future__ import annotations

from treatywatch.flows.backfill import backfill
from treatywatch.flows.daily import daily
from treatywatch.flows.interrupted import why
from treatywatch.flows.reclassify import reclassify
from treatywatch.flows.weekly import weekly
from treatywatch.news.runs import TIME_LIMITS


def test_only_a_daily_run_is_followed_by_another() -> None:
    assert why("daily").endswith("this run goes on from there.")
    for kind in ("backfill", "reclassify"):
        assert why(kind).endswith("the same command given again goes on from there.")


def test_a_run_is_overdue_when_its_flow_would_have_ended_it() -> None:
    ended = {flow.name: flow.timeout_seconds for flow in (daily, weekly, reclassify, backfill)}
    assert ended == {kind: limit.total_seconds() for kind, limit in TIME_LIMITS.items()}
