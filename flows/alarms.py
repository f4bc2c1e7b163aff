"""What is worth waking somebody for: pure decisions on a run's report and the database's gauges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from treatywatch.extractors.volume import volume_notice, volume_of
from treatywatch.news.runs import RunReport
from treatywatch.storage.gauges import LanguageWatch

AGAIN = timedelta(days=7)
Event = Literal["run_failed", "outage", "quiet_language", "feed_volume"]


@dataclass(frozen=True, slots=True)
class Alarm:
    """One thing to tell. `text` is a plain sentence, `details` are for programs."""

    event: Event
    text: str
    details: Mapping[str, Any] = field(default_factory=dict)


def outage(report: RunReport) -> list[Alarm]:
    """Return the alarm of a run during which most healthy feeds failed at once."""
    if not report.is_outage:
        return []
    total = report.feeds_ok + report.feeds_failed
    causes = ", ".join(f"{count} {name}" for name, count in report.failures.items())
    text = (
        f"Outage: {report.feeds_failed} of {total} feeds failed at once ({causes}); look at the "
        "network of this machine. No feed is held to account, the next run catches up."
    )
    details = {"feeds_failed": report.feeds_failed, "feeds": total, **report.failures}
    return [Alarm("outage", text, details)]


def quiet_languages(
    watched: Sequence[LanguageWatch], quiet_days: int, now: datetime, before: datetime | None
) -> list[Alarm]:
    """Return an alarm for each language that brought nothing new for too long.

    A language is told of once when it goes quiet, then once a week; `before` is when the run
    before this one looked, None when there was none.
    """
    return [
        _quiet(language, now)
        for language in watched
        if _weeks_quiet(language, quiet_days, now)
        > (_weeks_quiet(language, quiet_days, before) if before else -1)
    ]


def _weeks_quiet(language: LanguageWatch, quiet_days: int, now: datetime) -> int:
    """Return the full weeks since a language counts as quiet; -1: it does not."""
    last = language.last_new_entry_at or language.watched_since
    if last is None:
        return -1
    over = now - last - timedelta(days=quiet_days)
    return over // AGAIN if over >= timedelta(0) else -1


def _quiet(language: LanguageWatch, now: datetime) -> Alarm:
    last = language.last_new_entry_at
    since = f"since {last:%Y-%m-%d %H:%M} UTC" if last else "since it is watched"
    text = (
        f"Quiet: none of the {language.feeds} feeds in '{language.language}' brought anything "
        f"new {since}; `treatywatch feeds list` shows how each does."
    )
    days = round((now - last).total_seconds() / 86400, 1) if last else None
    return Alarm("quiet_language", text, {"language": language.language, "days": days})


def feed_volumes(by_day: Mapping[str, Sequence[int]]) -> list[Alarm]:
    """Return an alarm for each feed whose volume left its usual range today, or came back.

    `by_day` has the new entries of each feed a day, oldest first, today last.
    """
    told = []
    for feed_id, counts in by_day.items():
        now = volume_of(counts)
        text = volume_notice(volume_of(counts[:-1]).state, now, feed_id)
        if text:
            details = {"feed_id": feed_id, "state": now.state, "usual": now.usual}
            told.append(Alarm("feed_volume", f"Feed {text}", details))
    return told


def run_failed(kind: str, run_id: str, why: str) -> Alarm:
    """Return the alarm of a run that failed or was cut off."""
    text = f"The {kind} run {run_id} failed: {why}"
    return Alarm("run_failed", text[:1000], {"kind": kind, "run_id": run_id})
