"""Days and instants as a person writes them."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from treatywatch.news.errors import UsageError
from treatywatch.news.weekly import iso_day


def end_of(text: str, zone: ZoneInfo) -> datetime:
    """Return the last instant of a day in the zone, or the instant that was written.

    Raises:
        UsageError: when it is neither.
    """
    try:
        if len(text) <= 10:
            after = iso_day(text) + timedelta(days=1)
            return datetime.combine(after, time(), zone) - timedelta(microseconds=1)
        moment = datetime.fromisoformat(text)
    except (ValueError, OverflowError) as error:
        raise UsageError(f"--as-of {text}: write a day such as 2026-11-20.") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def day_of(text: str, option: str) -> date:
    """Return the day that was written.

    Raises:
        UsageError: when it is none; `option` names where it stood.
    """
    try:
        return iso_day(text)
    except ValueError as error:
        raise UsageError(f"{option} {text}: write a day such as 2026-11-20.") from error
