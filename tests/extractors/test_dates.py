"""Dates as the press writes them; never invented."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treatywatch.extractors.dates import EARLIEST, parse_date, plausible, zone_of

HANOI = zone_of("VN")


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("Sat, 25 Oct 2025 17:30:00 +0300", "2025-10-25T14:30"),
        ("Sat, 25 Oct 2025 17:30:00 +03", "2025-10-25T14:30"),
        ("Sat, 25 Oct 25 17:30:00 GMT", "2025-10-25T17:30"),
        ("25 October 2025 17:30", "2025-10-25T10:30"),
        ("2025-10-25T17:30:00+03:00", "2025-10-25T14:30"),
        ("2025-10-25T17:30:00.123Z", "2025-10-25T17:30"),
        ("2025-10-25 17:30", "2025-10-25T10:30"),
        ("2025-10-25", "2025-10-25T12:00"),
        ("10/25/2025 5:30:00 PM", "2025-10-25T10:30"),
        ("10/05/2025 12:30:00 AM", "2025-10-04T17:30"),
        ("25/10/2025 17:30", "2025-10-25T10:30"),
        ("Thứ bảy, 5/10/2025, 17:30 (GMT+7)", "2025-10-05T10:30"),
        ("17:30 25/10/2025", "2025-10-25T10:30"),
        ("السبت، 25 أكتوبر 2025 - 05:30 م", "2025-10-25T10:30"),
        ("٢٥ تشرين الأول ٢٠٢٥", "2025-10-25T12:00"),
        ("25 كانون الثاني 2025", "2025-01-25T12:00"),
        ("October 25, 2025 5:30 pm", "2025-10-25T10:30"),
        ("Oct. 25, 2025", "2025-10-25T12:00"),
    ],
)
def test_dates_in_three_languages(raw: str, expected: str) -> None:
    found = parse_date(raw, HANOI)
    assert found is not None
    assert found.strftime("%Y-%m-%dT%H:%M") == expected


@pytest.mark.parametrize(
    "raw", ["", "yesterday", "0", "-1", "32/13/2025", "2025-13-45", "2025-10-25T99:99Z", "x" * 9999]
)
def test_what_is_no_date_is_none(raw: str) -> None:
    assert parse_date(raw) is None


@given(st.text(alphabet="0123456789/-:., +TZGMTapm أكتوبرthứ", max_size=60))
def test_any_text_gives_utc_or_none(raw: str) -> None:
    found = parse_date(raw, HANOI)
    assert found is None or found.tzinfo is UTC


@given(st.datetimes(datetime(2000, 1, 1), datetime(2030, 1, 1)))
def test_written_dates_come_back(at: datetime) -> None:
    expected = at.replace(second=0, microsecond=0, tzinfo=UTC)
    for form in ("%Y-%m-%dT%H:%MZ", "%a, %d %b %Y %H:%M +0000", "%m/%d/%Y %H:%M UTC"):
        assert parse_date(at.strftime(form)) == expected


def test_the_future_and_the_distant_past_are_refused_and_a_fast_clock_is_set_back() -> None:
    now = datetime(2026, 11, 23, tzinfo=UTC)
    assert plausible(now + timedelta(days=3), now) is None
    assert plausible(EARLIEST - timedelta(days=1), now) is None
    assert plausible(now + timedelta(hours=5), now) == now
    assert plausible(None, now) is None


def test_of_two_readings_the_one_near_the_feeds_date_is_taken() -> None:
    near = datetime(2025, 11, 5, tzinfo=UTC)
    for raw in ("05/11/2025 08:00", "11/05/2025 08:00"):
        found = parse_date(raw, UTC, near)
        assert found == datetime(2025, 11, 5, 8, tzinfo=UTC), raw
    assert parse_date("25/11/2025 08:00", UTC, near) == datetime(2025, 11, 25, 8, tzinfo=UTC)
