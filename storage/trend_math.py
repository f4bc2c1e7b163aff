"""The statistics of trends: intervals, moving averages, and when a difference is a change. Pure.

An interval here is a 95% one. Copies of one wire story say the same thing, so the sample of a
period is its stories where there are fewer of them than of what is counted.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

Unit = Literal["day", "week", "month"]
Verdict = Literal["up", "down", "steady", "unknown"]
Interval = tuple[float, float]

Z95 = 1.959964
WINDOW = 4
"""Periods in a moving average, and before a period in the mean it is compared with."""
DOUBTFUL_BELOW = 0.8
"""With fewer of its feeds answering, a period says more about the watch than about the press."""


@dataclass(frozen=True, slots=True)
class Share:
    """`count` of `n`, of which `independent` do not repeat each other."""

    count: int
    n: int
    independent: int

    @property
    def value(self) -> float | None:
        """Return the share; None of nothing."""
        return self.count / self.n if self.n else None

    def interval(self) -> Interval | None:
        """Return Wilson's interval; None of nothing."""
        value = self.value
        return None if value is None else wilson(value, min(self.n, max(1, self.independent)))


@dataclass(frozen=True, slots=True)
class Change:
    """A difference of two shares with its interval; `unknown` where they cannot be compared."""

    verdict: Verdict
    difference: float | None = None
    low: float | None = None
    high: float | None = None


NO_CHANGE_KNOWN = Change("unknown")


def wilson(share: float, n: float, z: float = Z95) -> Interval:
    """Return Wilson's score interval of a share of n; (0, 1) of nothing."""
    if n <= 0:
        return 0.0, 1.0
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return max(0.0, centre - half), min(1.0, centre + half)


def mean_interval(mean: float, variance: float | None, n: int, z: float = Z95) -> Interval | None:
    """Return the interval of a mean in [-1, 1]; None of fewer than two."""
    if variance is None or n < 2:
        return None
    half = z * math.sqrt(variance / n)
    return max(-1.0, mean - half), min(1.0, mean + half)


def change(now: Share, before: Share) -> Change:
    """Return the difference of two shares by Newcombe's method; a change only when it is sure."""
    one, other = now.value, before.value
    here, there = now.interval(), before.interval()
    if one is None or other is None or here is None or there is None:
        return NO_CHANGE_KNOWN
    difference = one - other
    low = difference - math.hypot(one - here[0], there[1] - other)
    high = difference + math.hypot(here[1] - one, other - there[0])
    verdict: Verdict = "up" if low > 0 else "down" if high < 0 else "steady"
    return Change(verdict, difference, low, high)


def moving_average(shares: Sequence[Share], at: int, window: int = WINDOW) -> float | None:
    """Return the pooled share of the periods up to `at`; None before the window is full."""
    if at + 1 < window:
        return None
    return pooled(shares[at + 1 - window : at + 1]).value


def pooled(shares: Sequence[Share]) -> Share:
    """Return several periods as one sample."""
    return Share(
        sum(share.count for share in shares),
        sum(share.n for share in shares),
        sum(share.independent for share in shares),
    )


def is_doubtful(feeds_ok_share: float | None) -> bool:
    """Tell whether too few feeds answered; a period before the watch began is not doubtful."""
    return feeds_ok_share is not None and feeds_ok_share < DOUBTFUL_BELOW


def start_of(day: date, unit: Unit) -> date:
    """Return the first day of the day's period; ISO weeks begin on Monday."""
    if unit == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if unit == "month" else day


def next_start(period: date, unit: Unit) -> date:
    """Return the first day of the next period."""
    if unit == "month":
        return (period.replace(day=28) + timedelta(days=4)).replace(day=1)
    return period + timedelta(days=7 if unit == "week" else 1)


def periods_between(first: date, last: date, unit: Unit) -> list[date]:
    """Return every period from the first to the last."""
    periods, period = [], first
    while period <= last:
        periods.append(period)
        period = next_start(period, unit)
    return periods
