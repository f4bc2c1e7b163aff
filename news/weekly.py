"""Days and weeks of the ISO calendar, as users write them and as the digest counts them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from treatywatch.news.errors import UsageError

_ISO_WEEK = re.compile(r"(\d{4})-?W(\d{1,2})", re.ASCII | re.IGNORECASE)
_ISO_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
# Weeks are looked at beside the ones before and after, and the calendar ends somewhere.
_YEARS = range(1900, 9000)


def iso_day(text: str) -> date:
    """Read `2026-11-20`; a week, of which the library takes the Monday, is not a day.

    Raises:
        ValueError: when it is not a day of the calendar.
    """
    if _ISO_DAY.fullmatch(text) is None:
        raise ValueError(text)
    return date.fromisoformat(text)


@dataclass(frozen=True, slots=True, order=True)
class IsoWeek:
    """A week of ISO 8601: Monday to Sunday, week 1 is the one with the year's first Thursday."""

    year: int
    week: int

    @classmethod
    def parse(cls, text: str) -> IsoWeek:
        """Read `2026-W47`.

        Raises:
            UsageError: when it is not a week of the calendar.
        """
        match = _ISO_WEEK.fullmatch(text.strip())
        try:
            if match is None or int(match[1]) not in _YEARS:
                raise ValueError(text)
            return cls.of(date.fromisocalendar(int(match[1]), int(match[2]), 1))
        except ValueError as error:
            raise UsageError(
                f"{text!r} is not a week; write year and ISO week, such as 2026-W47."
            ) from error

    @classmethod
    def of(cls, day: date) -> IsoWeek:
        """Return the week that holds a day."""
        year, week, _ = day.isocalendar()
        return cls(year, week)

    @classmethod
    def before(cls, now: datetime, zone: ZoneInfo) -> IsoWeek:
        """Return the last whole week before an instant, in the zone where weeks begin.

        The last microsecond of a Sunday, which is how "as of that day" is said, ends its week.
        """
        after = (now + timedelta(microseconds=1)).astimezone(zone)
        return cls.of(after.date() - timedelta(days=7))

    @property
    def monday(self) -> date:
        """Return the first day."""
        return date.fromisocalendar(self.year, self.week, 1)

    @property
    def sunday(self) -> date:
        """Return the last day."""
        return self.monday + timedelta(days=6)

    def shift(self, weeks: int) -> IsoWeek:
        """Return the week that many weeks later (earlier when negative)."""
        return IsoWeek.of(self.monday + timedelta(weeks=weeks))

    def until(self, last: IsoWeek) -> tuple[IsoWeek, ...]:
        """Return the weeks from this one to `last`, both included."""
        count = (last.monday - self.monday).days // 7
        return tuple(self.shift(step) for step in range(count + 1))

    def bounds(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """Return the first instant of the week and the first after it."""
        start = datetime.combine(self.monday, time(), zone)
        end = datetime.combine(self.monday + timedelta(days=7), time(), zone)
        return start, end

    def __str__(self) -> str:
        return f"{self.year:04d}-W{self.week:02d}"
