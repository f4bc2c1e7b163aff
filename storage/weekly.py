"""Read a week for its digest: all the SQL of the digest, answered by one short look."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

from treatywatch.config.settings import Settings
from treatywatch.config.treaty import load_treaty
from treatywatch.news.records import LANGUAGES
from treatywatch.news.week_input import (
    FeedDown,
    ModelUse,
    NewOutlet,
    Omissions,
    StanceDrift,
    ThemeCount,
    WeekArticle,
    WeekInput,
    WeeklyCount,
    WeekPassage,
    WeekTotal,
)
from treatywatch.news.weekly import IsoWeek
from treatywatch.storage.as_of import lay_views
from treatywatch.storage.database import Connection, open_database, require_database
from treatywatch.storage.rows import Row, rows_of
from treatywatch.storage.sqlfiles import read_sql

TREND_WEEKS = 12
# Of each language and side; choosing among the strongest needs no more.
MOST_PASSAGES = 300
# Characters before and after a passage, in which its neighbouring sentences are looked for.
CONTEXT_WINDOW = 500

_Record = TypeVar("_Record")


def read_week(
    settings: Settings, week: IsoWeek, as_of: datetime | None = None, *, weeks: int = TREND_WEEKS
) -> WeekInput:
    """Return what the database knows of a week, or knew of it at `as_of`, inclusive.

    `weeks` is the length of the trend that ends with the week.

    Raises:
        UsageError: there is no database yet, or `as_of` has no time zone.
        StorageError: the database cannot be read.
    """
    require_database(settings)
    with open_database(settings, read_only=True) as connection:
        if as_of is not None:
            lay_views(connection, as_of)
        return _Look(connection, settings, week, week.shift(1 - weeks)).week_input(as_of)


class _Look:
    """One reading of one week through one connection."""

    def __init__(
        self, connection: Connection, settings: Settings, week: IsoWeek, first: IsoWeek
    ) -> None:
        self._connection = connection
        self._week = week
        self._first = first
        self._treaty = load_treaty(settings.treaty)
        self._extent = self._rows("extent")[0]
        # The days of the database were cut in its own zone, whatever the settings say by now.
        self._zone = self._extent["zone"] or settings.timezone
        start, end = week.bounds(ZoneInfo(self._zone))
        self._parameters: dict[str, object] = {
            "first": first.monday,
            "monday": week.monday,
            "sunday": week.sunday,
            "start": start,
            "end": end,
            "most": MOST_PASSAGES,
            "window": CONTEXT_WINDOW,
            "languages": list(LANGUAGES),
            "hope_themes": [theme.id for theme in self._treaty.themes_of("hope")],
            "concern_themes": [theme.id for theme in self._treaty.themes_of("concern")],
        }

    def week_input(self, as_of: datetime | None) -> WeekInput:
        first_date = self._extent["first_date"]
        return WeekInput(
            week=self._week,
            weeks=self._first.until(self._week),
            zone=self._zone,
            as_of=as_of,
            data_until=self._extent["data_until"],
            first_week=IsoWeek.of(first_date) if first_date else None,
            watched_since=self._extent["watched_since"],
            theme_names={theme.id: theme.labels for theme in self._treaty.themes},
            articles=self._records("articles", WeekArticle),
            passages=self._passages(),
            counts=self._weekly("counts", WeeklyCount),
            totals=self._weekly("totals", WeekTotal),
            themes=self._weekly("themes", ThemeCount),
            feeds_down=self._records("feeds_down", FeedDown),
            drifts=self._records("drifts", StanceDrift),
            new_outlets=self._records("new_outlets", NewOutlet),
            models=self._records("models", ModelUse),
            omissions=self._omissions(),
        )

    def _records(self, name: str, record: Callable[..., _Record]) -> tuple[_Record, ...]:
        return tuple(record(**row) for row in self._rows(name, self._parameters))

    def _weekly(self, name: str, record: Callable[..., _Record]) -> tuple[_Record, ...]:
        rows = self._rows(name, self._parameters)
        return tuple(record(week=IsoWeek.of(row.pop("period")), **row) for row in rows)

    def _passages(self) -> tuple[WeekPassage, ...]:
        rows = self._rows("passages", self._parameters)
        return tuple(WeekPassage(**(row | {"themes": tuple(row["themes"] or ())})) for row in rows)

    def _omissions(self) -> Omissions:
        failed = {
            row["error_class"]: row["pages"] for row in self._rows("failures", self._parameters)
        }
        return Omissions(**self._rows("omissions", self._parameters)[0], failed_pages=failed)

    def _rows(self, name: str, parameters: Mapping[str, object] | None = None) -> list[Row]:
        query = read_sql(f"queries/weekly_{name}")
        # DuckDB refuses parameters that a query does not name.
        named = {key: value for key, value in (parameters or {}).items() if f"${key}" in query}
        return rows_of(self._connection.execute(query, named))
