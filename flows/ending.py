"""Store how a run ended, and leave the house tidy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from treatywatch.config.settings import Settings
from treatywatch.news.records import RunReport
from treatywatch.storage import snapshots
from treatywatch.storage.writer import Writer


def leave_copy(settings: Settings) -> None:
    """Make the copy that readers read, where the settings keep one."""
    if settings.storage.snapshot:
        snapshots.make(settings, datetime.now(UTC))


def end_run(
    writer: Writer, report: RunReport, tidy: Callable[[], None]
) -> tuple[RunReport, Exception | None]:
    """Store the report; after a completed run tidy up too.

    The copy for readers is part of the tidying, and shows the run as ended. Where the tidying
    fails, so has the run: returned are the report as it stands, and why it failed.
    """
    writer.finish_run(report)
    if report.state != "completed":
        return report, None
    try:
        tidy()
    except Exception as error:
        failed = replace(report, state="failed")
        writer.finish_run(failed)
        return failed, error
    return report, None
