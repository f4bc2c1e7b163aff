"""A report as people read it."""

from __future__ import annotations

from datetime import UTC, datetime

from treatywatch.flows.report import lines_of, report_lines, report_markdown
from treatywatch.news.runs import RunReport

NOW = datetime(2026, 11, 23, 5, 30, tzinfo=UTC)


def test_a_report_tells_labels_and_failures() -> None:
    report = RunReport("r", "daily", "completed", NOW, labels={"mixed": 1}, failures={"timeout": 1})
    assert any("1 mixed" in line for line in report_lines(report))
    assert "| Failure timeout | 1 |" in report_markdown(report)
    assert len(report_lines(report)) == 5
    assert "Batches" not in report_markdown(report)


def test_batches_that_wait_in_files_are_said() -> None:
    report = RunReport("r", "daily", "completed", NOW, batches_spooled=2)
    assert report_lines(report)[-1].startswith("waiting  2 batches in files, as another process")
    assert "| Batches put in files, not counted | 2 |" in report_markdown(report)


def test_a_run_is_told_without_what_its_kind_never_does() -> None:
    daily, past, again = (
        lines_of(RunReport("r", kind, "completed", NOW, feeds_ok=1, treaty_articles=3))
        for kind in ("daily", "backfill", "reclassify")
    )
    assert [line.split()[0] for line in daily] == [
        "feeds",
        "entries",
        "pages",
        "articles",
        "failures",
    ]
    assert [line.split()[0] for line in past] == ["records", "pages", "articles", "failures"]
    assert [line.split()[0] for line in again] == ["articles", "failures"]
    assert "about the treaty: 3" in again[0]


def test_a_run_with_nothing_due_says_so_and_where_to_look() -> None:
    nothing_due = report_lines(RunReport("r", "daily", "completed", NOW))[0]
    assert "none is due now" in nothing_due
    assert "feeds list" in nothing_due
    all_failed = RunReport("r", "daily", "failed", NOW, feeds_due=2, feeds_failed=2)
    assert report_lines(all_failed)[0] == "feeds    0 fetched, 2 failed"
