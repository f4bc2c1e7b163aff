"""`treatywatch trends`: how the framing moves, with how sure that is."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict, fields
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from treatywatch.cli.moments import day_of, end_of
from treatywatch.cli.options import Db, Language, settings_for
from treatywatch.cli.output import say, table
from treatywatch.news.errors import UsageError

if TYPE_CHECKING:
    from treatywatch.config.settings import Settings
    from treatywatch.storage.trends import TrendPoint

EXAMPLES = """
Examples:

  treatywatch trends

  treatywatch trends --by month --language ar --since 2026-01-01

  treatywatch trends --theme surveillance --count stories --format csv

  treatywatch trends --plot framing.svg
"""
_ARROWS = {"up": "up", "down": "down", "steady": "steady", "unknown": ""}
_COLUMNS = (
    "period", "language", "n", "hopes", "concerns", "mixed", "neutral",
    "hope share", "change", "concern share", "change", "balance", "feeds up", "note",
)  # fmt: skip


class Unit(StrEnum):
    """The length of a period."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class Format(StrEnum):
    """How the points are written."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    JSONL = "jsonl"
    MARKDOWN = "markdown"


class Count(StrEnum):
    """What is counted."""

    ARTICLES = "articles"
    STORIES = "stories"
    OUTLETS = "outlets"


def trends(
    by: Annotated[Unit, typer.Option("--by", help="Length of a period.")] = Unit.WEEK,
    count: Annotated[Count, typer.Option("--count", help="What is counted.")] = Count.ARTICLES,
    language: Language = None,
    outlet: Annotated[str | None, typer.Option("--outlet", help="Name, or id of a feed.")] = None,
    theme: Annotated[str | None, typer.Option("--theme", help="Only articles with it.")] = None,
    since: Annotated[str | None, typer.Option("--since", help="First day.")] = None,
    until: Annotated[str | None, typer.Option("--until", help="Last day.")] = None,
    together: Annotated[bool, typer.Option("--together", help="All languages as one.")] = False,
    as_of: Annotated[
        str | None, typer.Option("--as-of", help="As it was known at the end of that day.")
    ] = None,
    plot: Annotated[
        Path | None, typer.Option("--plot", help="Draw it (.svg or .png).", metavar="FILE")
    ] = None,
    format: Annotated[Format, typer.Option("--format", help="How to write it.")] = Format.TABLE,
    db: Db = None,
) -> None:
    """Show hopes and concerns over time, with intervals and what the watch itself missed."""
    from treatywatch.storage.trends import TrendQuery, read_trends

    settings = settings_for(db)
    _check_theme(settings, theme)
    query = TrendQuery(
        by=by.value,
        count=count.value,
        language=language,
        outlet=outlet,
        theme=theme,
        since=day_of(since, "--since") if since is not None else None,
        until=day_of(until, "--until") if until is not None else None,
        together=together,
        as_of=end_of(as_of, settings.zone) if as_of is not None else None,
    )
    if query.since and query.until and query.until < query.since:
        raise UsageError(f"--until {until}: before --since {since}; swap the two days.")
    points = read_trends(settings, query)
    if plot is not None:
        from treatywatch.cli.plots import draw_trends

        draw_trends(points, plot, query)
        say(f"drawn in {plot}")
        if format is Format.TABLE:
            return
    _write(points, format)


def _check_theme(settings: Settings, theme: str | None) -> None:
    if theme is None:
        return
    from treatywatch.config.treaty import load_treaty

    known = sorted(each.id for each in load_treaty(settings.treaty).themes)
    if theme not in known:
        raise UsageError(f"--theme {theme}: no such theme; there are {', '.join(known)}.")


def _write(points: Sequence[TrendPoint], format: Format) -> None:
    from treatywatch.storage.trends import TrendPoint

    if not any(point.n for point in points):
        say("nothing to count: no article about the treaty is stored for what was asked.")
    if format is Format.TABLE:
        table("", _COLUMNS, [_row(point) for point in points])
        return
    from treatywatch.storage.formats import write_rows

    rows = [tuple(asdict(point).values()) for point in points]
    names = [each.name for each in fields(TrendPoint)]
    kind: Any = format.value
    write_rows(kind, names, rows, sys.stdout)


def _row(point: TrendPoint) -> tuple[Any, ...]:
    return (
        str(point.period),
        point.language,
        point.n,
        point.hopes,
        point.concerns,
        point.mixed,
        point.neutral,
        _share(point.hope_share, point.hope_interval),
        _ARROWS[point.hope_change.verdict],
        _share(point.concern_share, point.concern_interval),
        _ARROWS[point.concern_change.verdict],
        point.balance,
        "" if point.feeds_ok_share is None else f"{point.feeds_ok_share:.0%}",
        _note(point),
    )


def _note(point: TrendPoint) -> str:
    watch = "doubtful" if point.is_doubtful else "not watched"
    notes = [watch] if point.is_doubtful or point.feeds_ok_share is None else []
    return ", ".join([*notes, *(["in part"] if point.is_partial else [])])


def _share(share: float | None, interval: tuple[float, float] | None) -> str:
    if share is None or interval is None:
        return ""
    return f"{share:.0%} ({interval[0]:.0%}-{interval[1]:.0%})"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog=EXAMPLES)(trends)
