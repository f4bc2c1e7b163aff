"""Intervals against published values and their own laws."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treatywatch.digest.intervals import (
    Sample,
    count_ratio,
    lead_interval,
    share_difference,
    verdict,
    wilson,
)


@pytest.mark.parametrize(
    ("count", "n", "low", "high"),
    # R: prop.test(x, n, correct = FALSE)$conf.int
    [
        (10, 100, 0.0552, 0.1744),
        (0, 20, 0.0, 0.1611),
        (20, 20, 0.8389, 1.0),
        (1, 2, 0.0945, 0.9055),
    ],
)
def test_wilson_equals_the_score_test(count: int, n: int, low: float, high: float) -> None:
    assert wilson(count / n, n) == pytest.approx((low, high), abs=2e-4)


def test_newcombe_equals_his_own_example() -> None:
    # Newcombe 1998, Statistics in Medicine 17, table II, method 10: 56/70 against 48/80.
    found = share_difference(Sample(56, 70, 70), Sample(48, 80, 80))
    assert found == pytest.approx((0.0524, 0.3339), abs=1e-4)


@given(st.integers(0, 50), st.integers(1, 50), st.integers(0, 50), st.integers(1, 50))
def test_a_difference_holds_its_estimate_and_mirrors(a: int, n: int, b: int, m: int) -> None:
    one, other = Sample(min(a, n), n, n), Sample(min(b, m), m, m)
    low, high = share_difference(one, other)
    assert low <= one.share - other.share <= high
    assert share_difference(other, one) == pytest.approx((-high, -low))


@given(st.integers(0, 500), st.integers(0, 500), st.integers(1, 8), st.floats(1, 10))
def test_a_ratio_holds_its_estimate_and_widens(a: int, b: int, weeks: int, copies: float) -> None:
    low, high = count_ratio(a, b, weeks, 1.0)
    assert low <= (a + 0.5) * weeks / (b + 0.5) <= high
    wider_low, wider_high = count_ratio(a, b, weeks, copies)
    assert wider_low <= low
    assert high <= wider_high


def test_fewer_stories_widen_a_share() -> None:
    low, high = Sample(30, 60, 60).interval()
    wide_low, wide_high = Sample(30, 60, 6).interval()
    assert wide_low < low < high < wide_high


@given(st.integers(0, 60), st.integers(0, 60))
def test_a_lead_is_fair_to_both_sides(a: int, b: int) -> None:
    of = max(1, a + b)
    low, high = lead_interval(Sample(a, of, of), Sample(b, of, of))
    assert lead_interval(Sample(b, of, of), Sample(a, of, of)) == pytest.approx((-high, -low))


def test_verdicts_need_the_whole_interval() -> None:
    assert verdict(1.01, 2.0, 1.0) == "up"
    assert verdict(0.5, 0.99, 1.0) == "down"
    assert verdict(0.9, 1.1, 1.0) == "steady"


@pytest.mark.parametrize(("low", "high"), [(1.0, 2.0), (0.5, 1.0), (1.0, 1.0)])
def test_an_interval_that_touches_no_change_is_steady(low: float, high: float) -> None:
    assert verdict(low, high, 1.0) == "steady"


def test_of_nothing_nothing_is_known() -> None:
    nothing = Sample(0, 0, 0)
    assert nothing.share == 0.0
    assert nothing.interval() == (0.0, 1.0)
    assert lead_interval(nothing, nothing) == (-1.0, 1.0)
    assert share_difference(nothing, nothing) == (-1.0, 1.0)


def test_more_stories_than_articles_are_no_more_evidence() -> None:
    few, many = Sample(30, 60, 60), Sample(30, 60, 90)
    assert many.interval() == few.interval()
    assert lead_interval(many, Sample(20, 60, 90)) == lead_interval(few, Sample(20, 60, 60))


def test_a_lead_equals_the_formula_worked_by_hand() -> None:
    # (9 - 7) / 22 -+ 1.96 sqrt((16/22 - (2/22)^2) / 22)
    found = lead_interval(Sample(8, 20, 20), Sample(6, 20, 20))
    assert found == pytest.approx((-0.2634, 0.4452), abs=1e-4)


def test_fewer_stories_widen_a_lead() -> None:
    low, high = lead_interval(Sample(30, 60, 60), Sample(10, 60, 60))
    wide_low, wide_high = lead_interval(Sample(30, 60, 6), Sample(10, 60, 6))
    assert low > 0 > wide_low
    assert wide_high - wide_low > high - low


def test_a_ratio_equals_the_formula_worked_by_hand() -> None:
    # 10.5 * 4 / 40.5, times and over exp(1.96 sqrt(1/10.5 + 1/40.5))
    found = count_ratio(10, 40, 4, 1.0)
    assert found == pytest.approx((0.5260, 2.0446), abs=1e-3)
    assert count_ratio(10, 40, 4, 0.5) == found
