"""What follows every run, however it ended: search index, artifacts, metrics, alarms.

None of it may fail the run: what goes wrong here is logged, and the next run does it again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from prefect import get_run_logger

from treatywatch.config.load import load_settings
from treatywatch.config.settings import Settings
from treatywatch.flows import alarms
from treatywatch.flows.alarms import Alarm
from treatywatch.flows.artifacts import publish_feed_health, publish_report
from treatywatch.flows.logs import log_event
from treatywatch.flows.metrics import write_metrics
from treatywatch.flows.notify import tell
from treatywatch.news.runs import RunReport
from treatywatch.storage import search_index
from treatywatch.storage.gauges import Gauges, entries_by_day, read_gauges
from treatywatch.storage.reader import Reader

_RUNS_LOOKED_AT = 50
_stopped: set[str] = set()  # runs that somebody stopped: nobody needs to be told
_TELLING = ("completed", "failed")  # runs of these states tell their alarms


def after_run(settings: Settings, report: RunReport, now: datetime) -> None:
    """Show, count and tell what a run did; `now` is the instant that the run took as now.

    A run that was stopped on purpose tells nothing: it is gone on with.
    """
    if report.state == "interrupted":
        _stopped.add(report.run_id)
        return
    for step in (_count, _index, _show, _tell):
        _guarded(step, settings, report, now)


def not_begun(settings: Settings, report: RunReport, now: datetime) -> None:
    """Count a run that failed before it stood in the database, without a look into that."""
    _guarded(_write, settings, report, None, now)


def alarm(settings: Settings, told: Sequence[Alarm], now: datetime) -> None:
    """Tell alarms; one that cannot be told is logged."""
    for each in told:
        log_event(each.text, logging.WARNING, event=each.event)
    for delivery in tell(settings, told, now):
        if not delivery.is_done:
            get_run_logger().error("%s: alarm not sent: %s", delivery.channel, delivery.detail)


def tell_failure(flow: Any, flow_run: Any, state: Any) -> None:
    """Tell that a run failed or was cut off; Prefect calls this with the final state."""
    if str(flow_run.id) in _stopped:
        return
    _guarded(_tell_failure, flow.name, str(flow_run.id), state.message or state.name)


def _tell_failure(kind: str, run_id: str, why: str) -> None:
    told = [alarms.run_failed(kind, run_id, why)]
    for delivery in tell(load_settings(), told, datetime.now(UTC)):
        if not delivery.is_done:
            logging.getLogger(__name__).error(
                "%s: alarm not sent: %s", delivery.channel, delivery.detail
            )


def _guarded(step: Callable[..., None], *arguments: Any) -> None:
    try:
        step(*arguments)
    except Exception as error:
        logging.getLogger(__name__).exception("after the run: %s failed: %r", step, error)


def _index(settings: Settings, report: RunReport, _now: datetime) -> None:
    """Spare the next search the work; without it that search does the same."""
    if report.state == "completed" and settings.storage.snapshot:
        search_index.refresh(settings)


def _show(settings: Settings, report: RunReport, _now: datetime) -> None:
    publish_report(report)
    if report.kind == "daily":
        publish_feed_health(Reader(settings).feed_health())


def _count(settings: Settings, report: RunReport, now: datetime) -> None:
    if not settings.flow.metrics_file:
        return
    gauges = None
    try:
        gauges = read_gauges(Reader(settings))
    except Exception as error:  # how the run went is told all the same
        logging.getLogger(__name__).error("the database is not counted: %r", error)
    _write(settings, report, gauges, now)


def _write(settings: Settings, report: RunReport, gauges: Gauges | None, now: datetime) -> None:
    if settings.flow.metrics_file:
        write_metrics(Path(settings.flow.metrics_file), report, gauges, now)


def _tell(settings: Settings, report: RunReport, now: datetime) -> None:
    if report.kind != "daily":
        return
    reader = Reader(settings)
    with reader.connection():
        before = [
            run.started_at
            for run in reader.last_runs(_RUNS_LOOKED_AT)
            if run.kind == "daily" and run.run_id != report.run_id and run.state in _TELLING
        ]
        languages = read_gauges(reader).languages
        volumes = _volumes(reader, before, now.astimezone(settings.zone))
    previous = max((at for at in before if at < now), default=None)
    quiet = alarms.quiet_languages(languages, settings.flow.quiet_days, now, previous)
    alarm(settings, [*alarms.outage(report), *quiet, *volumes], now)


def _volumes(reader: Reader, before: Sequence[datetime], here: datetime) -> list[Alarm]:
    """Return the alarms of feeds; the first run of a day judges what the day before brought.

    `here` is now in the zone in which days begin.
    """
    if any(at.astimezone(here.tzinfo).date() == here.date() for at in before):
        return []
    return alarms.feed_volumes(entries_by_day(reader, here.date() - timedelta(days=1)))
