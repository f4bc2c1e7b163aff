"""The headline figures and themes beside last week and the recent weeks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal
from zoneinfo import ZoneInfo

from treatywatch.digest.intervals import (
    Z99,
    Sample,
    count_ratio,
    lead_interval,
    share_difference,
    verdict,
)
from treatywatch.digest.safety import NAME_CHARS, clean_line
from treatywatch.digest.tally import tally_counts
from treatywatch.news.digest import Against, Change, LabelCounts, Measure, ThemeMove
from treatywatch.news.week_input import Side, WeekInput
from treatywatch.news.weekly import IsoWeek

RECENT_WEEKS = 4
# A model that invents themes must not flood the page.
MOST_THEMES = 30
# Fewer articles than this on either side of a comparison of shares decide nothing.
FEWEST_TO_COMPARE = 5
# Two weeks are alike in coverage when their shares of good feed tries differ by no more.
FEEDS_TOLERANCE = 0.15
# And when neither watched over so many more feeds.
FEED_COUNT_TOLERANCE = 0.2


@dataclass(frozen=True, slots=True)
class _WeekFigures:
    """What one week amounts to over all languages."""

    counts: LabelCounts
    stories: int
    outlets: int
    feeds: int
    feeds_ok_share: float | None
    is_over: bool  # told after its last day
    began: bool  # watched from its first day


def headline_measures(week: WeekInput) -> tuple[Measure, ...]:
    """Return articles, stories, outlets, and the shares of hopes and of concerns."""
    now = _figures(week, week.week)
    return (
        _count_measure(week, "articles"),
        _count_measure(week, "stories"),
        _count_measure(week, "outlets"),
        _share_measure(week, "hopes", now),
        _share_measure(week, "concerns", now),
    )


def leading_side(week: WeekInput) -> Side | None:
    """Return the side with clearly more articles than the other, if one has."""
    now = _figures(week, week.week)
    hopes, concerns = _sample([now], "hopes"), _sample([now], "concerns")
    low, high = lead_interval(hopes, concerns)
    return "hope" if low > 0 else "concern" if high < 0 else None


def theme_moves(week: WeekInput, side: Side) -> tuple[ThemeMove, ...]:
    """Return one side's themes, most frequent first, beside the recent weeks."""
    names = {
        count.theme for count in week.themes if count.side == side and count.week in _shown(week)
    }
    moves = [_theme_move(week, side, theme) for theme in names]
    ranked = sorted(moves, key=lambda move: (-move.articles, move.theme))
    return tuple(ranked[:MOST_THEMES])


def _shown(week: WeekInput) -> tuple[IsoWeek, ...]:
    return (week.week, *_earlier(week, "recent_weeks"))


def _earlier(week: WeekInput, against: Against) -> tuple[IsoWeek, ...]:
    """Return the weeks to compare with; those of which nothing is known say nothing."""
    known = known_weeks(week)
    steps = 1 if against == "last_week" else RECENT_WEEKS
    back = (week.week.shift(-step) for step in range(1, steps + 1))
    return tuple(at for at in back if at in known)


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


def _figures(week: WeekInput, at: IsoWeek) -> _WeekFigures:
    total = next((total for total in week.totals if total.week == at), None)
    return _WeekFigures(
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


def _count_measure(week: WeekInput, name: Literal["articles", "stories", "outlets"]) -> Measure:
    changes = tuple(_count_change(week, name, against) for against in ("last_week", "recent_weeks"))
    value = _count(_figures(week, week.week), name)
    return Measure(name=name, kind="count", value=value, count=value, changes=changes)


def _count(figures: _WeekFigures, name: str) -> int:
    if name == "articles":
        return figures.counts.articles
    return figures.stories if name == "stories" else figures.outlets


def _count_change(week: WeekInput, name: str, against: Against) -> Change:
    now = _figures(week, week.week)
    earlier = [_figures(week, at) for at in _earlier(week, against)]
    if not earlier:
        return Change(against, None, weeks=0, reason="no_earlier")
    before = [_count(figures, name) for figures in earlier]
    dispersion = _dispersion([now, *earlier]) if name == "articles" else 1.0
    low, high = count_ratio(_count(now, name), sum(before), len(before), dispersion)
    reason = _why_not_compared([now, *earlier])
    return Change(
        against=against,
        before=sum(before) / len(before),
        weeks=len(before),
        low=low,
        high=high,
        verdict="unknown" if reason else verdict(low, high, 1.0),
        reason=reason,
    )


def _dispersion(weeks: Sequence[_WeekFigures]) -> float:
    stories = sum(figures.stories for figures in weeks)
    return sum(figures.counts.articles for figures in weeks) / stories if stories else 1.0


def _why_not_compared(
    weeks: Sequence[_WeekFigures],
) -> Literal["", "feeds_differ", "not_watched", "not_over"]:
    """Say why the first week's count cannot stand beside the others', or "" when it can.

    Counts follow what was read. Of a week without any reading only what feeds still held
    later is known, or what somebody filled in.
    """
    if not weeks[0].is_over:
        return "not_over"
    if any(week.feeds_ok_share is None or not week.began for week in weeks):
        return "not_watched"
    return "feeds_differ" if _read_otherwise(weeks) else ""


def _read_otherwise(weeks: Sequence[_WeekFigures]) -> bool:
    """Tell whether other feeds were read in the first week than in one of the others.

    What is known of a week without any reading comes from the feeds of today.
    """
    now = weeks[0]
    return any(not _watched_alike(now, week) for week in weeks[1:] if now.feeds and week.feeds)


def _watched_alike(now: _WeekFigures, before: _WeekFigures) -> bool:
    most = max(now.feeds, before.feeds)
    ok_share, ok_before = now.feeds_ok_share or 0.0, before.feeds_ok_share or 0.0
    return (
        abs(ok_share - ok_before) <= FEEDS_TOLERANCE
        and abs(now.feeds - before.feeds) <= FEED_COUNT_TOLERANCE * most
    )


def _share_measure(
    week: WeekInput, name: Literal["hopes", "concerns"], now: _WeekFigures
) -> Measure:
    sample = _sample([now], name)
    if not sample.of:
        return Measure(name=name, kind="share", value=None, count=0, of=0)
    low, high = sample.interval()
    changes = []
    for against in ("last_week", "recent_weeks"):
        earlier = [_figures(week, at) for at in _earlier(week, against)]
        change = _share_change(sample, _sample(earlier, name), against, len(earlier))
        changes.append(_unless_other_feeds(change, [now, *earlier]))
    return Measure(name, "share", sample.share, sample.count, sample.of, low, high, tuple(changes))


def _unless_other_feeds(change: Change, weeks: Sequence[_WeekFigures]) -> Change:
    """Let a change of shares say nothing where other feeds were read: their mix may be all."""
    if change.reason or not _read_otherwise(weeks):
        return change
    return replace(change, verdict="unknown", reason="feeds_differ")


def _sample(weeks: Sequence[_WeekFigures], name: Literal["hopes", "concerns"]) -> Sample:
    return Sample(
        count=sum(w.counts.hopes if name == "hopes" else w.counts.concerns for w in weeks),
        of=sum(w.counts.articles for w in weeks),
        clusters=sum(w.stories for w in weeks),
    )


def _share_change(
    now: Sample, before: Sample, against: Against, weeks: int, z: float | None = None
) -> Change:
    if not weeks or not before.of:
        return Change(against, None, weeks=weeks, reason="no_earlier")
    low, high = share_difference(now, before, z) if z else share_difference(now, before)
    enough = min(now.of, before.of) >= FEWEST_TO_COMPARE
    return Change(
        against=against,
        before=before.share,
        weeks=weeks,
        low=low,
        high=high,
        verdict=verdict(low, high, 0.0) if enough else "unknown",
        reason="" if enough else "too_few",
    )


def _theme_move(week: WeekInput, side: Side, theme: str) -> ThemeMove:
    now = _theme_sample(week, side, theme, (week.week,))
    earlier = _earlier(week, "recent_weeks")
    before = _theme_sample(week, side, theme, earlier)
    change = (
        _share_change(now, before, "recent_weeks", len(earlier), Z99)
        if now.of
        else Change("recent_weeks", before.share if before.of else None, len(earlier))
    )
    watched = [_figures(week, at) for at in (week.week, *earlier)]
    change = _unless_other_feeds(change, watched)
    return ThemeMove(clean_line(theme, NAME_CHARS), side, now.count, now.of, change)


def _theme_sample(week: WeekInput, side: Side, theme: str, weeks: Sequence[IsoWeek]) -> Sample:
    figures = [_figures(week, at) for at in weeks]
    return Sample(
        count=sum(
            count.articles
            for count in week.themes
            if count.side == side and count.theme == theme and count.week in weeks
        ),
        of=sum(f.counts.articles for f in figures),
        clusters=sum(f.stories for f in figures),
    )
