"""Trends: how much hope and concern, by period and language, and how far to believe it.

Every point carries what the watch saw of that period: a period without articles is there, and
where too few feeds answered no change is claimed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from treatywatch.config.settings import Settings
from treatywatch.news.errors import UsageError
from treatywatch.storage import as_of, migrations, snapshots
from treatywatch.storage.database import Connection, open_database
from treatywatch.storage.rows import Row, rows_of, scalar
from treatywatch.storage.sqlfiles import read_sql
from treatywatch.storage.trend_math import (
    NO_CHANGE_KNOWN,
    WINDOW,
    Change,
    Interval,
    Share,
    Unit,
    change,
    is_doubtful,
    mean_interval,
    moving_average,
    next_start,
    periods_between,
    pooled,
)

Count = Literal["articles", "stories", "outlets"]
MAX_POINTS = 50_000


@dataclass(frozen=True, slots=True)
class TrendQuery:
    """What to count. None: no filter. `outlet` is a name or a feed's id; days are inclusive."""

    by: Unit = "week"
    count: Count = "articles"
    language: str | None = None
    outlet: str | None = None
    theme: str | None = None
    since: date | None = None
    until: date | None = None
    together: bool = False  # all languages in one series, called `all`
    as_of: datetime | None = None


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """One period of one language. Shares are of `n`, which counts what the query counts.

    Intervals are 95%: Wilson's for shares, the normal one for the mean balance. Averages run
    over 4 periods. `undated` articles are in no period: they are shown where first seen.
    """

    period: date
    language: str
    n: int
    articles: int
    stories: int
    outlets: int
    hopes: int
    concerns: int
    mixed: int
    neutral: int
    hope_share: float | None
    hope_interval: Interval | None
    hope_average: float | None
    hope_change: Change
    hope_change_4: Change  # against the four periods before, taken together
    concern_share: float | None
    concern_interval: Interval | None
    concern_average: float | None
    concern_change: Change
    concern_change_4: Change
    balance: float | None
    balance_interval: Interval | None
    feeds_ok_share: float | None  # None: before the watch began
    feeds: int
    pages_failed: int
    undated: int
    is_doubtful: bool
    is_partial: bool  # cut by the days asked for, or not over when feeds were last read


def read_trends(settings: Settings, query: TrendQuery) -> list[TrendPoint]:
    """Return the points by language and period, gaps filled, from the newest snapshot.

    Raises:
        UsageError: no database, or a range of too many periods.
        StorageError: the database cannot be read.
    """
    source = snapshots.for_reading(settings)
    with open_database(settings, read_only=True, path=source) as connection:
        migrations.require_current(connection, str(source))
        if query.as_of is not None:
            as_of.lay_views(connection, query.as_of)
        return read_points(connection, query)


def read_points(connection: Connection, query: TrendQuery) -> list[TrendPoint]:
    """Return the points from an open database."""
    counted = _by_key(_rows(connection, _points_sql(query), query))
    watched = "trend_coverage" if query.outlet is None else "trend_coverage_outlet"
    coverage = _by_key(_rows(connection, read_sql(f"queries/{watched}"), query))
    undated = _by_key(_rows(connection, read_sql("queries/trend_undated"), query))
    watched_until = scalar(connection, "SELECT max(day) FROM watch_facts")
    points: list[TrendPoint] = []
    read = (key for key, row in coverage.items() if row["feeds"])
    for language in sorted({key[1] for key in (*counted, *read)}):
        mine = [period for period, tongue in (*counted, *coverage) if tongue == language]
        periods = periods_between(min(mine), max(mine), query.by)
        if len(points) + len(periods) > MAX_POINTS:
            raise UsageError(
                f"more than {MAX_POINTS:,} points; narrow it with --since, or use --by month."
            )
        keys = [(period, language) for period in periods]
        points += _series(
            [
                _Observed(
                    key, counted.get(key), coverage.get(key), undated.get(key),
                    is_partial=_is_partial(key[0], query, watched_until),
                )
                for key in keys
            ]
        )  # fmt: skip
    return points


def _is_partial(period: date, query: TrendQuery, watched_until: date | None) -> bool:
    last = next_start(period, query.by) - timedelta(days=1)
    ends = [day for day in (query.until, watched_until) if day is not None]
    return (query.since is not None and query.since > period) or any(day < last for day in ends)


@dataclass(frozen=True, slots=True)
class _Observed:
    """What the database says of one period, each part of it perhaps nothing."""

    key: tuple[date, str]
    counts: Row | None
    coverage: Row | None
    undated: Row | None
    is_partial: bool

    def count(self, name: str) -> int:
        return int(self.counts[name]) if self.counts else 0

    def share(self, name: str) -> Share:
        return Share(self.count(name), self.count("n"), self.count("stories"))

    @property
    def feeds_ok_share(self) -> float | None:
        return self.coverage["feeds_ok_share"] if self.coverage else None

    @property
    def is_doubtful(self) -> bool:
        return is_doubtful(self.feeds_ok_share)


def _series(observed: Sequence[_Observed]) -> list[TrendPoint]:
    hopes = [each.share("hopes") for each in observed]
    concerns = [each.share("concerns") for each in observed]
    return [_point(observed, hopes, concerns, at) for at in range(len(observed))]


def _point(
    observed: Sequence[_Observed], hopes: Sequence[Share], concerns: Sequence[Share], at: int
) -> TrendPoint:
    here = observed[at]
    balance = here.counts["balance"] if here.counts else None
    variance = here.counts["variance"] if here.counts else None
    sample = min(here.count("n"), here.count("stories"))
    names = (
        "n", "articles", "stories", "outlets", "hopes", "concerns", "mixed", "neutral",
    )  # fmt: skip
    return TrendPoint(
        period=here.key[0],
        language=here.key[1],
        **{name: here.count(name) for name in names},
        hope_share=hopes[at].value,
        hope_interval=hopes[at].interval(),
        hope_average=moving_average(hopes, at),
        hope_change=_change(observed, hopes, at, 1),
        hope_change_4=_change(observed, hopes, at, WINDOW),
        concern_share=concerns[at].value,
        concern_interval=concerns[at].interval(),
        concern_average=moving_average(concerns, at),
        concern_change=_change(observed, concerns, at, 1),
        concern_change_4=_change(observed, concerns, at, WINDOW),
        balance=balance,
        balance_interval=None if balance is None else mean_interval(balance, variance, sample),
        feeds_ok_share=here.feeds_ok_share,
        feeds=int(here.coverage["feeds"]) if here.coverage else 0,
        pages_failed=int(here.coverage["pages_failed"]) if here.coverage else 0,
        undated=int(here.undated["undated"]) if here.undated else 0,
        is_doubtful=here.is_doubtful,
        is_partial=here.is_partial,
    )


def _change(
    observed: Sequence[_Observed], shares: Sequence[Share], at: int, periods: int
) -> Change:
    """Compare a period with those before it, unless feeds were down in any of them.

    Periods from before the watch stand beside one another alone: of them only what feeds still
    held later is known, or what was filled in.
    """
    compared = observed[max(0, at - periods) : at + 1]
    watched = {each.feeds_ok_share is not None for each in compared}
    if at < periods or len(watched) > 1 or any(each.is_doubtful for each in compared):
        return NO_CHANGE_KNOWN
    return change(shares[at], pooled(shares[at - periods : at]))


def _points_sql(query: TrendQuery) -> str:
    parts = {
        "items": read_sql(f"queries/trend_items_{query.count}"),
        "count": query.count,
        "sizes": read_sql(f"queries/trend_sizes_{'kept' if _is_of_all(query) else 'rows'}"),
    }
    sql = read_sql("queries/trend_points")
    for name, part in parts.items():
        sql = sql.replace("{" + name + "}", part)
    return sql


def _is_of_all(query: TrendQuery) -> bool:
    """Tell whether a query asks of whole periods, each language apart, all that is in them."""
    chosen = (query.outlet, query.theme, query.since, query.until)
    return not query.together and all(each is None for each in chosen)


def _rows(connection: Connection, sql: str, query: TrendQuery) -> list[Row]:
    everything = {
        "unit": query.by, "together": query.together, "language": query.language,
        "outlet": query.outlet, "theme": query.theme, "since": query.since, "until": query.until,
    }  # fmt: skip
    used = {name: value for name, value in everything.items() if f"${name}" in sql}
    return rows_of(connection.execute(sql, used))


def _by_key(rows: Sequence[Row]) -> dict[tuple[date, str], Row]:
    return {(row["period"], row["language"]): row for row in rows if row["period"] is not None}
