"""`treatywatch run`: the daily flow once, now."""

from __future__ import annotations

from typing import Annotated

import typer

from treatywatch.cli.options import Db, Feeds, Json, settings_for
from treatywatch.cli.output import data, say
from treatywatch.cli.room import check_room
from treatywatch.cli.stopping import STORED, stoppable
from treatywatch.cli.watching import watch

EXAMPLES = """
Examples:

  treatywatch run

  treatywatch run --feeds my-feeds.yaml --db press.duckdb

  treatywatch run --only un-news-ar --only vietnamnet
"""


@stoppable(STORED)
def run(
    feeds: Feeds = None,
    db: Db = None,
    only: Annotated[
        list[str] | None, typer.Option("--only", help="Id of a feed; repeat for more.")
    ] = None,
    json: Json = False,
) -> None:
    """Fetch what is new, classify it, store it. Safe to run again at any time."""
    import json as json_module

    from treatywatch.flows.launch import launch_daily, report_as_mapping
    from treatywatch.flows.report import report_lines

    settings = settings_for(db, feeds)
    check_room(settings.db)
    with watch() as progress:
        report = launch_daily(settings, only or (), progress)
    if json:
        data(json_module.dumps(report_as_mapping(report), ensure_ascii=False))
    else:
        say("\n".join(report_lines(report)))


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog=EXAMPLES)(run)
