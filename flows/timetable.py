"""When a job is due: pure arithmetic on cron lines, zones and what ran last."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from treatywatch.config.settings import Settings
from treatywatch.news.errors import UsageError

_ANY_DAY = datetime(2026, 1, 1)  # whether a line can be read is the same on every day


@dataclass(frozen=True, slots=True)
class Job:
    """A kind of run, as it stands in the database, and when it is due in the zone."""

    kind: str
    cron: str
    zone: ZoneInfo

    def next_after(self, moment: datetime) -> datetime:
        """Return the first time after a moment, in UTC.

        A time that a clock change skips comes right after the change; one that it repeats comes
        once.
        """
        return next(CronSim(self.cron, moment.astimezone(self.zone))).astimezone(UTC)


def timetable(settings: Settings) -> tuple[Job, ...]:
    """Return the jobs of the settings, in the order in which they run when due together.

    Raises:
        UsageError: when a cron line cannot be read.
    """
    lines = {"daily": "daily_cron", "weekly-digest": "weekly_cron"}
    jobs = []
    for kind, name in lines.items():
        cron = getattr(settings.flow, name)
        try:
            CronSim(cron, _ANY_DAY)
        except CronSimError as error:
            raise UsageError(
                f"flow.{name} = {cron!r} is not a cron line ({error}); write five fields, as in "
                "'30 5 * * *'."
            ) from error
        jobs.append(Job(kind, cron, settings.zone))
    return tuple(jobs)


def due_at(job: Job, last_started: datetime | None, serving_since: datetime) -> datetime:
    """Return when a job is to run next.

    A time that passed since the last run, while nobody served, is due at once, and once only.
    Without any run before, the first one comes at its time.
    """
    return job.next_after(last_started or serving_since)


def first_due(
    jobs: tuple[Job, ...], last_started: Mapping[str, datetime], serving_since: datetime
) -> tuple[Job, datetime]:
    """Return the job that is due first, and when."""
    times = [(due_at(job, last_started.get(job.kind), serving_since), job) for job in jobs]
    at, job = min(times, key=lambda pair: pair[0])
    return job, at
