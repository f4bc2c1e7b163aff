"""When is a difference a change? 95% intervals for shares, their differences, and ratios."""

from __future__ import annotations

import math
from dataclasses import dataclass

from treatywatch.news.digest import Verdict

Z95 = 1.959964
# Some twenty themes are looked at each week: at 95% one would seem to move by luck alone.
Z99 = 2.575829


@dataclass(frozen=True, slots=True)
class Sample:
    """`count` of `of` articles; `clusters` is how many independent stories they came in.

    Copies of one wire story say the same thing, so stories, not articles, carry the evidence.
    """

    count: int
    of: int
    clusters: int

    @property
    def share(self) -> float:
        """Return the share, 0 of nothing."""
        return self.count / self.of if self.of else 0.0

    def interval(self, z: float = Z95) -> tuple[float, float]:
        """Return Wilson's interval of the share, with the stories as the sample size."""
        return wilson(self.share, min(self.of, self.clusters), z)


def wilson(share: float, n: float, z: float = Z95) -> tuple[float, float]:
    """Return Wilson's score interval of a share of n."""
    if n <= 0:
        return 0.0, 1.0
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return max(0.0, middle - half), min(1.0, middle + half)


def share_difference(now: Sample, before: Sample, z: float = Z95) -> tuple[float, float]:
    """Return Newcombe's interval of the difference of two independent shares."""
    low_now, high_now = now.interval(z)
    low_before, high_before = before.interval(z)
    difference = now.share - before.share
    down = math.hypot(now.share - low_now, high_before - before.share)
    up = math.hypot(high_now - now.share, before.share - low_before)
    return difference - down, difference + up


def lead_interval(one: Sample, other: Sample, z: float = Z95) -> tuple[float, float]:
    """Return the interval of the lead of one share over another of the same articles.

    Both are parts of one whole, so they are not independent: the variance of the difference of
    two multinomial shares, with one article added to each side so that small weeks claim little.
    """
    n = min(one.of, one.clusters)
    if n <= 0:
        return -1.0, 1.0
    scale = n / one.of
    first, second = one.count * scale + 1, other.count * scale + 1
    whole = n + 2
    lead = (first - second) / whole
    spread = z * math.sqrt(max(0.0, (first + second) / whole - lead * lead) / whole)
    return lead - spread, lead + spread


def count_ratio(
    now: int, before: int, weeks: int, dispersion: float, z: float = Z95
) -> tuple[float, float]:
    """Return the interval of this week's count over the mean of `weeks` earlier weeks.

    Counts are taken as Poisson, widened by `dispersion` (articles a story): one event makes
    many articles. A half is added to both, so that zeros stay finite.
    """
    ratio = (now + 0.5) * weeks / (before + 0.5)
    spread = z * math.sqrt(max(1.0, dispersion) * (1 / (now + 0.5) + 1 / (before + 0.5)))
    return ratio * math.exp(-spread), ratio * math.exp(spread)


def verdict(low: float, high: float, neutral: float) -> Verdict:
    """Say `up` or `down` only when the interval leaves out the neutral value."""
    return "up" if low > neutral else "down" if high < neutral else "steady"
