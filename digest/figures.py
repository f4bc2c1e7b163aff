"""What a week amounts to, and which weeks can stand beside it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from zoneinfo import ZoneInfo

from treatywatch.digest.intervals import Sample
from treatywatch.digest.tally import tally_counts
from treatywatch.news.digest import Against, LabelCounts
from treatywatch.news.week_input import WeekInput
from treatywatch.news.weekly import IsoWeek

RECENT_WEEKS = 4
# Two weeks are alike in coverage when their shares of good feed tries differ by no more.
FEEDS_TOLERANCE = 0.15
# And when neither watched over so many more feeds.
FEED_COUNT_TOLERANCE = 0.2


@dataclass(frozen=True, slots=True)
class WeekFigures:
    """What one week amounts to over all languages."""

    counts: LabelCounts
    stories: int
    outlets: int
    feeds: int
    feeds_ok_share: float | None
    is_over: bool  # what is known reaches to its last day
    began: bool  # watched from its first day


def figures_of(week: WeekInput, at: IsoWeek) -> WeekFigures:
    """Return what one week amounts to; nothing where nothing is known of it."""
    total = next((total for total in week.totals if total.week == at), None)
    return WeekFigures(
        counts=tally_counts(count for count in week.counts if count.week == at),
        stories=total.stories if total else 0,
        outlets=total.outlets if total else 0,
        feeds=total.feeds if total else 0,
        feeds_ok_share=total.feeds_ok_share if total else None,
        is_over=is_over(week, at),
        began=week.watched_since is None or week.watched_since <= at.monday,
    )


def is_over(week: WeekInput, at: IsoWeek) -> bool:
    """Tell whether what is known reaches to the last day of a week."""
    zone = ZoneInfo(week.zone)
    told = [moment.astimezone(zone).date() for moment in (week.as_of, week.data_until) if moment]
    return all(day >= at.sunday for day in told)


def known_weeks(week: WeekInput) -> frozenset[IsoWeek]:
    """Return the weeks in which feeds were read, or of which an article of any subject is kept.

    One old page in a feed makes no known week of the years between.
    """
    first = week.first_week
    return frozenset(
        total.week
        for total in week.totals
        if first is not None
        and total.week >= first
        and (total.seen or total.feeds_ok_share is not None)
    )


def earlier_weeks(week: WeekInput, against: Against) -> tuple[IsoWeek, ...]:
    """Return the weeks to compare with; those of which nothing is known say nothing."""
    known = known_weeks(week)
    steps = 1 if against == "last_week" else RECENT_WEEKS
    back = (week.week.shift(-step) for step in range(1, steps + 1))
    return tuple(at for at in back if at in known)


def why_not_compared(
    weeks: Sequence[WeekFigures],
) -> Literal["", "feeds_differ", "not_watched", "not_over"]:
    """Say why the first week's count cannot stand beside the others', or "" when it can.

    Counts follow what was read. Of a week without any reading only what feeds still held
    later is known, or what somebody filled in.
    """
    if not weeks[0].is_over:
        return "not_over"
    if any(week.feeds_ok_share is None or not week.began for week in weeks):
        return "not_watched"
    return "feeds_differ" if read_otherwise(weeks) else ""


def read_otherwise(weeks: Sequence[WeekFigures]) -> bool:
    """Tell whether other feeds were read in the first week than in one of the others.

    What is known of a week without any reading comes from the feeds of today.
    """
    now = weeks[0]
    return any(not _watched_alike(now, week) for week in weeks[1:] if now.feeds and week.feeds)


def _watched_alike(now: WeekFigures, before: WeekFigures) -> bool:
    most = max(now.feeds, before.feeds)
    ok_share, ok_before = now.feeds_ok_share or 0.0, before.feeds_ok_share or 0.0
    return (
        abs(ok_share - ok_before) <= FEEDS_TOLERANCE
        and abs(now.feeds - before.feeds) <= FEED_COUNT_TOLERANCE * most
    )


def sample_of(weeks: Sequence[WeekFigures], name: Literal["hopes", "concerns"]) -> Sample:
    """Return the articles of one label over some weeks, stories as what is independent."""
    return Sample(
        count=sum(w.counts.hopes if name == "hopes" else w.counts.concerns for w in weeks),
        of=sum(w.counts.articles for w in weeks),
        clusters=sum(w.stories for w in weeks),
    )
