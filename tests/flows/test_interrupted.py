"""What is said of runs that died."""

from __future__ import annotations

from treatywatch.flows.interrupted import why


def test_only_a_daily_run_is_followed_by_another() -> None:
    assert why("daily").endswith("this run goes on from there.")
    for kind in ("backfill", "reclassify"):
        assert why(kind).endswith("the same command given again goes on from there.")
