"""Store how a run ended, and leave readers a copy that shows it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from treatywatch.config.settings import Settings
from treatywatch.news.runs import RunReport
from treatywatch.storage import snapshots
from treatywatch.storage.writer import Writer


def leave_copy(settings: Settings, now: datetime) -> None:
    """Make the copy that readers read, where the settings keep one."""
    if settings.storage.snapshot:
        snapshots.make(settings, now)


def end_run(
    settings: Settings, report: RunReport, now: datetime
) -> tuple[RunReport, Exception | None]:
    """Store the report; after a completed run make the copy for readers too.

    The copy shows the run as ended. Where it cannot be made, the run has failed: returned are the
    report as it stands, and why it failed.
    """
    writer = Writer(settings)
    writer.finish_run(report)
    if report.state != "completed":
        return report, None
    try:
        leave_copy(settings, now)
    except Exception as error:
        failed = replace(report, state="failed")
        writer.finish_run(failed)
        return failed, error
    return report, None
