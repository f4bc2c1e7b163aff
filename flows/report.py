"""A run's report as people read it."""

from __future__ import annotations

from treatywatch.news.runs import RunReport


def report_lines(report: RunReport) -> list[str]:
    """Return the report as plain lines."""
    labels = ", ".join(f"{count} {label}" for label, count in report.labels.items())
    failures = ", ".join(f"{count} {name}" for name, count in report.failures.items())
    fetched = f"{report.feeds_ok} fetched, {report.feeds_failed} failed"
    if report.kind == "daily" and not report.feeds_due:
        fetched = "none is due now; `treatywatch feeds list` says when each is"
    lines = [
        f"feeds    {fetched}",
        f"entries  {report.entries_seen} seen, {report.entries_new} new",
        f"pages    {report.pages_fetched} fetched, {report.pages_failed} failed",
        f"articles {report.articles_new} new, {report.articles_edited} edited; "
        f"about the treaty: {report.treaty_articles}" + (f" ({labels})" if labels else ""),
        f"failures {failures or 'none'}",
    ]
    if report.batches_spooled:
        lines.append(
            f"waiting  {report.batches_spooled} batches in files, as another process held the "
            "database: written at the next chance, not counted above"
        )
    return lines


def backfill_lines(report: RunReport) -> list[str]:
    """Return the report of a backfill as plain lines."""
    read, *about = report_lines(report)[2:]
    return [
        f"records  {report.entries_seen} met, {report.entries_new} archived pages among them",
        read.replace(" fetched", " read"),
        *about,
    ]


def lines_of(report: RunReport) -> list[str]:
    """Return the report as plain lines, without what a run of its kind never does."""
    if report.kind == "backfill":
        return backfill_lines(report)
    lines = report_lines(report)
    return lines[3:] if report.kind == "reclassify" else lines


def report_markdown(report: RunReport) -> str:
    """Return the report as a Markdown table, for the page of a run."""
    rows = [
        ("State", report.state + (" (outage)" if report.is_outage else "")),
        ("Feeds fetched / failed", f"{report.feeds_ok} / {report.feeds_failed}"),
        ("Entries seen / new", f"{report.entries_seen} / {report.entries_new}"),
        ("Pages fetched / failed", f"{report.pages_fetched} / {report.pages_failed}"),
        ("Articles new / edited", f"{report.articles_new} / {report.articles_edited}"),
        ("About the treaty", str(report.treaty_articles)),
        *_spooled_rows(report),
        *((f"Label {label}", str(count)) for label, count in report.labels.items()),
        *((f"Failure {name}", str(count)) for name, count in report.failures.items()),
        *((f"Seconds {name}", f"{value:.1f}") for name, value in report.stage_seconds.items()),
    ]
    body = "\n".join(f"| {name} | {value} |" for name, value in rows)
    return f"# {report.kind.capitalize()} run\n\n| What | How much |\n| --- | --- |\n{body}\n"


def _spooled_rows(report: RunReport) -> list[tuple[str, str]]:
    spooled = report.batches_spooled
    return [("Batches put in files, not counted", str(spooled))] if spooled else []
