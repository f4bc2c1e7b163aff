"""Seconds of stages that overlap."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from treatywatch.flows.stages import covered_seconds


def test_covered_seconds_counts_overlaps_once() -> None:
    assert covered_seconds([(0, 2), (1, 3), (5, 6)]) == 4
    assert covered_seconds([]) == 0


spans = st.tuples(st.integers(0, 50), st.integers(0, 50)).map(lambda pair: tuple(sorted(pair)))


@given(st.lists(spans, max_size=20))
def test_covered_seconds_equals_a_count_of_unit_steps(intervals: list[tuple[int, int]]) -> None:
    steps = {step for begin, end in intervals for step in range(begin, end)}
    assert covered_seconds([(float(a), float(b)) for a, b in intervals]) == len(steps)
