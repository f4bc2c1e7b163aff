"""When a job is due: pure arithmetic on cron lines, zones and what ran last."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from treatywatch.config.settings import Settings
from treatywatch.news.errors import UsageError
from treatywatch.news.runs import RunReport

AGAIN_AFTER = timedelta(minutes=15)
LONGEST_WAIT = timedelta(hours=6)
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


@dataclass(frozen=True, slots=True)
class Past:
    """What is known of the runs of one kind."""

    ended: datetime | None = None  # start of the last that ran to its end; None: none did
    not_before: datetime | None = None  # start of the next after some that were broken off


def past_of(runs: Sequence[RunReport], started: datetime | None = None) -> Past:
    """Return what the runs of one kind tell, newest first.

    `started` is when this process itself last started one, however it ended. What was broken off
    since the last end is waited for, longer each time: whatever kills runs, as too little memory,
    must not knock at every outlet once a minute.
    """
    ends = (run.started_at for run in runs if run.state in ("completed", "failed"))
    ended = max(filter(None, (next(ends, None), started)), default=None)
    broken = [run for run in runs if ended is None or run.started_at > ended]
    # One that was told to stop is gone on with at once; one that still counts as running was not.
    times = len(broken) - (bool(broken) and broken[0].state == "interrupted")
    if times < 1:
        return Past(ended)
    wait = min(AGAIN_AFTER * 2 ** min(times - 1, 10), LONGEST_WAIT)
    return Past(ended, broken[0].started_at + wait)


def due_at(job: Job, past: Past, serving_since: datetime) -> datetime:
    """Return when a job is to run next.

    A time that passed since the last run, while nobody served, is due at once, and once only,
    unless runs were broken off meanwhile. Without any run before, the first one comes at its time.
    """
    due = job.next_after(past.ended or serving_since)
    return max(due, past.not_before or due)


def first_due(
    jobs: tuple[Job, ...], past: Mapping[str, Past], serving_since: datetime
) -> tuple[Job, datetime]:
    """Return the job that is due first, and when."""
    times = [(due_at(job, past.get(job.kind, Past()), serving_since), job) for job in jobs]
    at, job = min(times, key=lambda pair: pair[0])
    return job, at
