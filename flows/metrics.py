"""What a run did and how the database stands, as a text file for Prometheus."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from prometheus_client import CollectorRegistry, Gauge, write_to_textfile

from treatywatch.news.runs import RunReport
from treatywatch.storage.gauges import Gauges

_OF_THE_RUN = (
    "feeds_due", "feeds_ok", "feeds_failed", "entries_seen", "entries_new", "pages_fetched",
    "pages_failed", "articles", "articles_new", "articles_edited", "treaty_articles",
)  # fmt: skip


def write_metrics(path: Path, report: RunReport, gauges: Gauges | None, now: datetime) -> None:
    """Write the metrics of the last run of this kind; other kinds' files are left alone.

    The file is replaced as a whole. A file per kind keeps the figures of the daily run while the
    digest is written: `treatywatch.prom` becomes `treatywatch-weekly-digest.prom`.
    Without gauges the file tells of the run alone.
    """
    path = path if report.kind == "daily" else path.with_stem(f"{path.stem}-{report.kind}")
    path.parent.mkdir(parents=True, exist_ok=True)
    registry = CollectorRegistry()
    _run(registry, report, now)
    if report.kind == "daily" and gauges is not None:
        _database(registry, gauges, now)
    write_to_textfile(str(path), registry)


def _run(registry: CollectorRegistry, report: RunReport, now: datetime) -> None:
    kind = {"kind": report.kind}
    _set(registry, "last_run_timestamp_seconds", "When the run ended.", now.timestamp(), kind)
    _set(
        registry,
        "last_run_success",
        "1 when the run completed, 0 when it failed.",
        report.state == "completed",
        kind,
    )
    _set(registry, "last_run_outage", "1 when most feeds failed.", report.is_outage, kind)
    for name in _OF_THE_RUN:
        said = f"Of the run: {name.replace('_', ' ')}."
        _set(registry, f"last_run_{name}", said, getattr(report, name), kind)
    failures = _family(registry, "last_run_failures", "Failures by class.", ("kind", "class"))
    for error_class, count in report.failures.items():
        failures.labels(report.kind, error_class).set(count)
    stages = _family(registry, "last_run_stage_seconds", "Seconds by stage.", ("kind", "stage"))
    for stage, seconds in report.stage_seconds.items():
        stages.labels(report.kind, stage).set(seconds)


def _database(registry: CollectorRegistry, gauges: Gauges, now: datetime) -> None:
    runs = _family(registry, "runs", "Runs of all time.", ("kind", "state"))
    for names, count in gauges.runs.items():
        runs.labels(*names).set(count)
    articles = _family(
        registry, "treaty_articles", "Articles about the treaty.", ("language", "label")
    )
    for names, count in gauges.labels.items():
        articles.labels(*names).set(count)
    entries = _family(registry, "entries", "Entries by state.", ("state",))
    entries.labels("pending").set(gauges.pending)
    entries.labels("failed").set(gauges.failed)
    entries.labels("done").set(gauges.entries - gauges.pending - gauges.failed)
    oldest = gauges.oldest_pending_at
    age = (now - oldest).total_seconds() if oldest else 0.0
    _set(registry, "queue_age_seconds", "Age of the oldest entry that waits.", max(0.0, age), {})
    silence = _family(
        registry, "last_new_entry_timestamp_seconds", "Newest entry by language.", ("language",)
    )
    for language in gauges.languages:
        if language.last_new_entry_at:
            silence.labels(language.language).set(language.last_new_entry_at.timestamp())


def _family(registry: CollectorRegistry, name: str, said: str, labels: tuple[str, ...]) -> Gauge:
    return Gauge(f"treatywatch_{name}", said, labels, registry=registry)


def _set(
    registry: CollectorRegistry, name: str, said: str, value: float, labels: dict[str, str]
) -> None:
    gauge = _family(registry, name, said, tuple(labels))
    (gauge.labels(**labels) if labels else gauge).set(float(value))
