"""`treatywatch demo`: the whole job on the sample newsroom, with no network and no set-up."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from treatywatch.cli.output import data, say, table
from treatywatch.cli.room import check_room
from treatywatch.cli.stopping import stoppable
from treatywatch.cli.watching import watch
from treatywatch.config.settings import Settings

_TREND = """
    SELECT coalesce(CAST(period AS VARCHAR), 'undated') AS week, language, articles,
        hopes, concerns, mixed, neutral, round(mean_balance, 2) AS balance
    FROM stance_by_week ORDER BY period, language
"""

EXAMPLES = """
Examples:

  treatywatch demo

  treatywatch demo --out /tmp/look
"""


@stoppable("run it again, it begins anew")
def demo(
    out: Annotated[
        Path, typer.Option("--out", help="Folder for the database and the digest.", metavar="DIR")
    ] = Path("demo"),
) -> None:
    """Show the whole job: serve a sample newsroom on loopback and run the daily flow on it twice.

    The second run finds one article edited and nothing else new. Nothing leaves this machine.
    """
    from treatywatch.flows.demo import run_demo
    from treatywatch.flows.report import report_lines

    check_room(out / "treatywatch.duckdb")
    say("treatywatch demo: a sample newsroom on this machine, read twice; about half a minute.")
    with watch() as progress:
        result = run_demo(out, progress)
    for title, report in (("First run", result.first), ("Second run", result.second)):
        say(f"\n{title}")
        say("\n".join(f"  {line}" for line in report_lines(report)))
    say("")
    _show_trend(result.settings)
    _show_way_on(result.settings.db, result.digests)


def _show_trend(settings: Settings) -> None:
    from treatywatch.storage.sandbox import run_query

    answer = run_query(settings, _TREND)
    table("How the press framed the treaty, week by week", answer.columns, answer.rows)


def _show_way_on(db: Path, digests: Sequence[Path]) -> None:
    say("Written:")
    for path in digests:
        data(str(path))
    data(str(db))
    say("\nOpen the digest in a browser, or ask the database:")
    say(f"  treatywatch trends --db {db}")
    say(f'  treatywatch sql --db {db} "SELECT outlet, label, title FROM article_stance"')


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog=EXAMPLES)(demo)
