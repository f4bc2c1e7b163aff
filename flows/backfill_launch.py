"""Start the backfill from a program."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from treatywatch.config.feeds import load_feeds
from treatywatch.config.settings import Settings
from treatywatch.flows.backfill_sources import BackfillOrder
from treatywatch.flows.launch import run_here
from treatywatch.flows.progress import Progress
from treatywatch.news.runs import RunReport


def launch_backfill(
    settings: Settings,
    order: BackfillOrder,
    progress: Progress | None = None,
    now: datetime | None = None,
) -> RunReport:
    """Take in the past in this process and return the report.

    Raises:
        NothingFetchedError: when nothing could be read or fetched at all.
        StorageError: when the database cannot be used.
        UsageError: when a setting or the feed list cannot be used.
    """
    load_feeds(settings.feeds)  # what is wrong with it is said before Prefect starts

    def start() -> Any:
        from treatywatch.flows.backfill import backfill

        return backfill(
            list(order.places),
            db=str(settings.db),
            since=order.since,
            until=order.until,
            language=order.language or None,
            again=order.again,
            now=now,
            return_state=True,
        )

    return RunReport(**run_here(settings, start, progress))
