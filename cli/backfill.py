"""`treatywatch backfill`: the past, from archives, sitemaps, lists and folders."""

from __future__ import annotations

from typing import Annotated

import typer

from treatywatch.cli.moments import day_of
from treatywatch.cli.options import Db, Feeds, Json, known_language, settings_for
from treatywatch.cli.output import data, say
from treatywatch.cli.room import check_room
from treatywatch.cli.stopping import STORED, stoppable
from treatywatch.cli.watching import watch

EXAMPLES = """
Examples:

  treatywatch backfill CC-NEWS-20251025*.warc.gz

  treatywatch backfill https://paper.example/sitemap.xml --since 2025-10-01 --until 2025-12-31

  treatywatch backfill addresses.txt saved-pages/ --language vi --db press.duckdb
"""


@stoppable(STORED)
def backfill(
    sources: Annotated[
        list[str],
        typer.Argument(
            help="WARC files, sitemaps (addresses or files), lists of addresses, folders of HTML.",
            metavar="SOURCE...",
        ),
    ],
    since: Annotated[
        str | None, typer.Option("--since", help="First day of publication.", metavar="DAY")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", help="Last day of publication.", metavar="DAY")
    ] = None,
    language: Annotated[
        str | None,
        typer.Option(
            "--language",
            help="Language where pages do not tell: ar, en or vi.",
            callback=known_language,
        ),
    ] = None,
    again: Annotated[
        bool, typer.Option("--again", help="Read what was taken in before once more.")
    ] = False,
    db: Db = None,
    feeds: Feeds = None,
    json: Json = False,
) -> None:
    """Take in articles about the treaty from the past. Safe to stop and to run again.

    What is stored already stays as it is; a source that was broken off goes on where it was left.
    """
    import json as json_module

    from treatywatch.flows.backfill_launch import launch_backfill
    from treatywatch.flows.backfill_sources import order_of
    from treatywatch.flows.launch import report_as_mapping
    from treatywatch.flows.report import backfill_lines

    for day, option in ((since, "--since"), (until, "--until")):
        if day is not None:  # a flow takes an empty one for none; here it was a slip
            day_of(day, option)
    settings = settings_for(db, feeds)
    order = order_of(sources, (since, until), settings.zone, language, again)
    check_room(settings.db)
    with watch() as progress:
        report = launch_backfill(settings, order, progress)
    if json:
        data(json_module.dumps(report_as_mapping(report), ensure_ascii=False))
    else:
        say("\n".join(backfill_lines(report)))


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog=EXAMPLES)(backfill)
