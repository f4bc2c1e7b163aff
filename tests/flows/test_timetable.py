"""When jobs are due."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from treatywatch.config.load import load_settings
from treatywatch.flows.timetable import Job, Past, due_at, first_due, past_of, timetable
from treatywatch.news.errors import UsageError
from treatywatch.news.runs import RunReport

HANOI, BERLIN = ZoneInfo("Asia/Ho_Chi_Minh"), ZoneInfo("Europe/Berlin")
DAILY = Job("daily", "30 5 * * *", HANOI)


def test_times_are_those_of_the_zone() -> None:
    moment = datetime(2026, 11, 22, 22, 29, tzinfo=UTC)  # 05:29 in Hanoi
    assert DAILY.next_after(moment) == datetime(2026, 11, 22, 22, 30, tzinfo=UTC)
    assert DAILY.next_after(moment + timedelta(minutes=1)) == datetime(
        2026, 11, 23, 22, 30, tzinfo=UTC
    )


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        # 02:30 does not exist on 29 March 2026 in Berlin: the run comes right after the change
        (datetime(2026, 3, 28, 12, tzinfo=UTC), ["03-29 01:00", "03-30 00:30", "03-31 00:30"]),
        # 02:30 comes twice on 25 October 2026: the run comes once
        (datetime(2026, 10, 24, 12, tzinfo=UTC), ["10-25 00:30", "10-26 01:30", "10-27 01:30"]),
    ],
    ids=["spring", "autumn"],
)
def test_a_clock_change_neither_drops_nor_doubles_a_run(
    start: datetime, expected: list[str]
) -> None:
    job, found, moment = Job("daily", "30 2 * * *", BERLIN), [], start
    for _ in expected:
        moment = job.next_after(moment)
        found.append(f"{moment:%m-%d %H:%M}")
    assert found == expected


def test_what_was_missed_is_due_at_once_and_once() -> None:
    now = datetime(2026, 11, 23, 12, tzinfo=UTC)
    assert due_at(DAILY, Past(now - timedelta(days=9)), now) < now
    assert due_at(DAILY, Past(now), now) > now
    assert due_at(DAILY, Past(), now) > now, "the first run waits for its time"
    weekly = Job("weekly-digest", "30 5 * * 1", HANOI)
    both = (DAILY, weekly)
    assert first_due(both, {}, datetime(2026, 11, 22, tzinfo=UTC))[0] is DAILY


@pytest.mark.parametrize(
    ("states", "minutes"),
    [
        (["interrupted", "completed"], None),  # stopped on purpose
        (["running", "completed"], 15),
        (["running", "failed"], 15),
        (["interrupted", "interrupted", "completed"], 15),
        (["running", "interrupted", "completed"], 30),
        (["running", "interrupted", "interrupted", "completed"], 60),
        (["running", *["interrupted"] * 199], 360),
        (["completed", "interrupted", "interrupted"], None),
    ],
)
def test_what_was_broken_off_is_waited_for_longer_each_time(
    states: list[str], minutes: int | None
) -> None:
    now = datetime(2026, 11, 23, 12, tzinfo=UTC)
    runs = [
        RunReport(str(age), "daily", state, now - timedelta(hours=age))  # type: ignore[arg-type]
        for age, state in enumerate(states)
    ]
    expected = None if minutes is None else now + timedelta(minutes=minutes)
    past = past_of(runs)
    assert past.not_before == expected
    late = Past(now - timedelta(days=2), past.not_before)
    assert due_at(DAILY, late, now) == (expected or DAILY.next_after(now - timedelta(days=2)))
    later = datetime(2026, 11, 23, 12, 5, tzinfo=UTC)
    assert past_of(runs, later) == Past(later), "this process started one since, and waits"


@pytest.mark.parametrize("line", ["every day", "61 5 * * *", "30 5 * *", ""])
def test_a_line_that_is_none_is_refused_by_name(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TREATYWATCH_FLOW__DAILY_CRON", line)
    with pytest.raises(UsageError, match=r"flow\.daily_cron"):
        timetable(load_settings())
