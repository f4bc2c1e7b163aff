"""Store how a run ended, and leave the house tidy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from treatywatch.news.records import RunReport
from treatywatch.storage.writer import Writer


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
