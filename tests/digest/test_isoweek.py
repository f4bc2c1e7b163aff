"""Weeks of ISO 8601, those around New Year above all."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treatywatch.news.errors import UsageError
from treatywatch.news.weekly import IsoWeek

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")


@pytest.mark.parametrize(
    ("day", "week"),
    [
        (date(2026, 12, 28), "2026-W53"),
        (date(2027, 1, 3), "2026-W53"),
        (date(2027, 1, 4), "2027-W01"),
        (date(2024, 12, 30), "2025-W01"),
        (date(2026, 11, 22), "2026-W47"),
    ],
)
def test_the_week_of_a_day(day: date, week: str) -> None:
    assert str(IsoWeek.of(day)) == week


def test_weeks_around_new_year_follow_each_other() -> None:
    last = IsoWeek(2026, 53)
    assert last.shift(1) == IsoWeek(2027, 1)
    assert IsoWeek(2027, 1).shift(-1) == last
    assert [str(w) for w in last.shift(-1).until(IsoWeek(2027, 1))] == [
        "2026-W52",
        "2026-W53",
        "2027-W01",
    ]


@given(st.dates(date(1990, 1, 1), date(2100, 1, 1)), st.integers(-300, 300))
def test_shifting_keeps_mondays(day: date, weeks: int) -> None:
    week = IsoWeek.of(day)
    assert week.monday <= day <= week.sunday
    assert (week.shift(weeks).monday - week.monday).days == 7 * weeks
    assert IsoWeek.parse(str(week)) == week


@pytest.mark.parametrize(
    "text",
    ["2026-W54", "2025-W53", "2026-W00", "2026-47", "", "W47", "٢٠٢٦-W47", "0001-W01", "9999-W52"],
)
def test_what_is_no_week_is_refused_by_name(text: str) -> None:
    with pytest.raises(UsageError, match="such as 2026-W47"):
        IsoWeek.parse(text)


def test_a_short_form_is_read() -> None:
    assert IsoWeek.parse(" 2026w7 ") == IsoWeek(2026, 7)


def test_the_last_full_week_depends_on_the_zone() -> None:
    sunday_evening = datetime(2026, 11, 22, 18, tzinfo=UTC)  # Monday 01:00 in Hanoi
    assert IsoWeek.before(sunday_evening, HANOI) == IsoWeek(2026, 47)
    assert IsoWeek.before(sunday_evening, ZoneInfo("UTC")) == IsoWeek(2026, 46)


def test_the_last_microsecond_of_a_sunday_ends_its_week() -> None:
    week = IsoWeek(2026, 47)
    last = week.bounds(HANOI)[1] - timedelta(microseconds=1)
    assert IsoWeek.before(last.astimezone(UTC), HANOI) == week
    assert IsoWeek.before(last - timedelta(microseconds=1), HANOI) == week.shift(-1)


def test_bounds_are_midnights_of_the_zone() -> None:
    start, end = IsoWeek(2026, 47).bounds(HANOI)
    assert start.isoformat() == "2026-11-16T00:00:00+07:00"
    assert (end - start).days == 7
