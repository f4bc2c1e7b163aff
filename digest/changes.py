"""The headline figures and themes beside last week and the recent weeks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from treatywatch.digest.figures import (
    WeekFigures,
    earlier_weeks,
    figures_of,
    read_otherwise,
    sample_of,
    why_not_compared,
)
from treatywatch.digest.intervals import (
    Z99,
    Sample,
    count_ratio,
    lead_interval,
    share_difference,
    verdict,
)
from treatywatch.digest.safety import NAME_CHARS, clean_line
from treatywatch.news.digest import Against, Change, Measure, ThemeMove
from treatywatch.news.week_input import Side, WeekInput
from treatywatch.news.weekly import IsoWeek

# A model that invents themes must not flood the page.
MOST_THEMES = 30
# Fewer articles than this on either side of a comparison of shares decide nothing.
FEWEST_TO_COMPARE = 5


def headline_measures(week: WeekInput) -> tuple[Measure, ...]:
    """Return articles, stories, outlets, and the shares of hopes and of concerns."""
    now = figures_of(week, week.week)
    return (
        _count_measure(week, "articles"),
        _count_measure(week, "stories"),
        _count_measure(week, "outlets"),
        _share_measure(week, "hopes", now),
        _share_measure(week, "concerns", now),
    )


def leading_side(week: WeekInput) -> Side | None:
    """Return the side with clearly more articles than the other, if one has."""
    now = figures_of(week, week.week)
    hopes, concerns = sample_of([now], "hopes"), sample_of([now], "concerns")
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
    return (week.week, *earlier_weeks(week, "recent_weeks"))


def _count_measure(week: WeekInput, name: Literal["articles", "stories", "outlets"]) -> Measure:
    changes = tuple(_count_change(week, name, against) for against in ("last_week", "recent_weeks"))
    value = _count(figures_of(week, week.week), name)
    return Measure(name=name, kind="count", value=value, count=value, changes=changes)


def _count(figures: WeekFigures, name: str) -> int:
    if name == "articles":
        return figures.counts.articles
    return figures.stories if name == "stories" else figures.outlets


def _count_change(week: WeekInput, name: str, against: Against) -> Change:
    now = figures_of(week, week.week)
    earlier = [figures_of(week, at) for at in earlier_weeks(week, against)]
    if not earlier:
        return Change(against, None, weeks=0, reason="no_earlier")
    before = [_count(figures, name) for figures in earlier]
    dispersion = _dispersion([now, *earlier]) if name == "articles" else 1.0
    low, high = count_ratio(_count(now, name), sum(before), len(before), dispersion)
    reason = why_not_compared([now, *earlier])
    return Change(
        against=against,
        before=sum(before) / len(before),
        weeks=len(before),
        low=low,
        high=high,
        verdict="unknown" if reason else verdict(low, high, 1.0),
        reason=reason,
    )


def _dispersion(weeks: Sequence[WeekFigures]) -> float:
    stories = sum(figures.stories for figures in weeks)
    return sum(figures.counts.articles for figures in weeks) / stories if stories else 1.0


def _share_measure(
    week: WeekInput, name: Literal["hopes", "concerns"], now: WeekFigures
) -> Measure:
    sample = sample_of([now], name)
    if not sample.of:
        return Measure(name=name, kind="share", value=None, count=0, of=0)
    low, high = sample.interval()
    changes = []
    for against in ("last_week", "recent_weeks"):
        earlier = [figures_of(week, at) for at in earlier_weeks(week, against)]
        change = _share_change(sample, sample_of(earlier, name), against, len(earlier))
        changes.append(_unless_other_feeds(change, [now, *earlier]))
    return Measure(name, "share", sample.share, sample.count, sample.of, low, high, tuple(changes))


def _unless_other_feeds(change: Change, weeks: Sequence[WeekFigures]) -> Change:
    """Let a change of shares say nothing where other feeds were read: their mix may be all."""
    if change.reason or not read_otherwise(weeks):
        return change
    return replace(change, verdict="unknown", reason="feeds_differ")


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
    earlier = earlier_weeks(week, "recent_weeks")
    before = _theme_sample(week, side, theme, earlier)
    change = (
        _share_change(now, before, "recent_weeks", len(earlier), Z99)
        if now.of
        else Change("recent_weeks", before.share if before.of else None, len(earlier))
    )
    watched = [figures_of(week, at) for at in (week.week, *earlier)]
    change = _unless_other_feeds(change, watched)
    return ThemeMove(clean_line(theme, NAME_CHARS), side, now.count, now.of, change)


def _theme_sample(week: WeekInput, side: Side, theme: str, weeks: Sequence[IsoWeek]) -> Sample:
    figures = [figures_of(week, at) for at in weeks]
    return Sample(
        count=sum(
            count.articles
            for count in week.themes
            if count.side == side and count.theme == theme and count.week in weeks
        ),
        of=sum(f.counts.articles for f in figures),
        clusters=sum(f.stories for f in figures),
    )
