"""Which alarms ring when: decisions, apart from telling them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from treatywatch.flows.alarms import feed_volumes, outage, quiet_languages, run_failed
from treatywatch.flows.metrics import write_metrics
from treatywatch.news.runs import RunReport
from treatywatch.storage.gauges import Gauges, LanguageWatch

NOW = datetime(2026, 11, 23, 5, 30, tzinfo=UTC)
DAY = timedelta(days=1)


def language(last: datetime | None, since: datetime | None = NOW - 30 * DAY) -> LanguageWatch:
    return LanguageWatch("ar", 3, since, last)


def test_a_language_is_told_of_when_it_goes_quiet_and_then_once_a_week() -> None:
    last = NOW
    rung = []
    for day in range(1, 25):
        now, before = NOW + day * DAY, NOW + (day - 1) * DAY
        if quiet_languages([language(last)], 3, now, before):
            rung.append(day)
    assert rung == [3, 10, 17, 24]


def test_a_day_without_runs_loses_no_alarm() -> None:
    last = NOW - 12 * DAY
    assert quiet_languages([language(last)], 3, NOW, NOW - 10 * DAY)
    assert not quiet_languages([language(last)], 3, NOW, NOW - DAY)


def test_a_language_that_is_not_watched_yet_is_not_quiet() -> None:
    assert not quiet_languages([language(None, None)], 3, NOW, None)
    assert not quiet_languages([language(None, NOW - DAY)], 3, NOW, None)
    (alarm,) = quiet_languages([language(None, NOW - 4 * DAY)], 3, NOW, None)
    assert alarm.event == "quiet_language"
    assert "'ar'" in alarm.text
    assert "since it is watched" in alarm.text


@given(st.integers(0, 60), st.integers(1, 9), st.integers(1, 60))
def test_alarms_of_daily_runs_are_those_of_one_late_run_or_more(
    start: int, quiet_days: int, length: int
) -> None:
    last = NOW - start * DAY
    days = [NOW + number * DAY for number in range(length + 1)]
    daily = sum(
        len(quiet_languages([language(last)], quiet_days, now, before))
        for before, now in pairwise(days)
    )
    late = len(quiet_languages([language(last)], quiet_days, days[-1], days[0]))
    assert (daily > 0) == (late > 0)
    assert daily <= 1 + length // 7


def test_a_feed_that_goes_quiet_or_comes_back_is_told_once() -> None:
    usual = [10] * 28
    went, stays, back = ([*usual, 0, 0, 0], [*usual, 0, 0, 0, 0], [*usual, 0, 0, 0, 10, 10, 10])
    told = feed_volumes({"went": went, "back": back, "calm": [*usual, 10, 9, 11], "young": [1]})
    assert any("went" in each.text for each in told)
    assert not any("calm" in each.text or "young" in each.text for each in told)
    assert feed_volumes({"stays": stays}) == []


def test_an_outage_says_how_many_and_why() -> None:
    report = RunReport("r", "daily", "completed", NOW, feeds_ok=1, feeds_failed=9)
    assert outage(report) == []
    bad = RunReport(
        "r", "daily", "completed", NOW, feeds_ok=1, feeds_failed=9, is_outage=True,
        failures={"dns": 9},
    )  # fmt: skip
    (alarm,) = outage(bad)
    assert "9 of 10 feeds" in alarm.text
    assert "9 dns" in alarm.text
    assert len(run_failed("daily", "r", "x" * 5000).text) <= 1000


def test_metrics_are_read_by_prometheus_and_replaced_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "metrics" / "treatywatch.prom"
    report = RunReport(
        "r", "daily", "completed", NOW, feeds_ok=8, feeds_failed=1, pages_fetched=90,
        failures={"timeout": 2, 'odd"class\n': 1}, stage_seconds={"fetch": 1.5},
    )  # fmt: skip
    gauges = Gauges(
        100, 7, 3, NOW - timedelta(hours=2), (language(NOW - DAY),), {("ar", "hopes"): 4},
        {("daily", "completed"): 9},
    )  # fmt: skip
    write_metrics(path, report, gauges, NOW)
    write_metrics(path, RunReport("w", "weekly-digest", "failed", NOW), gauges, NOW)

    found = samples(path)
    assert found["treatywatch_queue_age_seconds", ()] == 7200
    assert found["treatywatch_last_run_pages_fetched", ("daily",)] == 90
    assert found["treatywatch_last_run_failures", ("timeout", "daily")] == 2
    assert found["treatywatch_last_run_failures", ('odd"class\n', "daily")] == 1
    assert found["treatywatch_last_run_stage_seconds", ("daily", "fetch")] == 1.5
    assert found["treatywatch_treaty_articles", ("hopes", "ar")] == 4
    assert found["treatywatch_runs", ("daily", "completed")] == 9
    assert found["treatywatch_entries", ("done",)] == 90
    assert found["treatywatch_last_run_success", ("daily",)] == 1
    weekly = samples(path.with_name("treatywatch-weekly-digest.prom"))
    assert weekly["treatywatch_last_run_success", ("weekly-digest",)] == 0
    assert sorted(each.name for each in path.parent.iterdir()) == [
        "treatywatch-weekly-digest.prom",
        "treatywatch.prom",
    ]


def samples(path: Path) -> dict[tuple[str, tuple[str, ...]], float]:
    return {
        (sample.name, tuple(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(path.read_text())
        for sample in family.samples
    }
