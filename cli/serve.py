"""`treatywatch serve`: the daily run and the weekly digest, each at its time."""

from __future__ import annotations

import typer

from treatywatch.cli.options import Db, Feeds, settings_for
from treatywatch.cli.output import say
from treatywatch.cli.room import check_room

EXAMPLES = """
Examples:

  treatywatch serve

  TREATYWATCH_FLOW__DAILY_CRON="0 6,18 * * *" treatywatch serve --db press.duckdb
"""


def serve(feeds: Feeds = None, db: Db = None) -> None:
    """Run daily and write the weekly digest, at the times of the settings, until it is stopped.

    What was missed while nobody served is caught up at once. Stop it with Ctrl-C or SIGTERM.
    """
    from treatywatch.config.feeds import load_feeds
    from treatywatch.flows.serving import serve as serve_until_stopped

    settings = settings_for(db, feeds)
    # A mistake shows now, not tomorrow morning.
    load_feeds(settings.feeds)
    check_room(settings.db)
    shared = ["--db", str(db)] if db else []
    listed = ["--feeds", str(settings.feeds)] if settings.feeds else []
    commands = {
        "daily": ["run", *shared, *listed],
        "weekly-digest": ["digest", "--send", *shared],
    }
    serve_until_stopped(settings, commands, say)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog=EXAMPLES)(serve)
