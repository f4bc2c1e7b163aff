"""`treatywatch reclassify`: stored articles again with another model, old results kept."""

from __future__ import annotations

from typing import Annotated

import typer

from treatywatch.cli.options import Db, Json, settings_for
from treatywatch.cli.output import data, say
from treatywatch.cli.room import check_room
from treatywatch.cli.stopping import STORED, stoppable
from treatywatch.cli.watching import watch

EXAMPLES = """
Examples:

  treatywatch reclassify --model ./my-model

  treatywatch reclassify --model bundled --db press.duckdb
"""


@stoppable(STORED)
def reclassify(
    model: Annotated[
        str | None,
        typer.Option(
            "--model",
            help="`bundled`, a folder, or a Hugging Face model; as in the settings when left out.",
            show_default=False,
        ),
    ] = None,
    db: Db = None,
    json: Json = False,
) -> None:
    """Score the stored articles that a model has not scored; then show its scores.

    What other models said stays in the database. Safe to stop and to run again: it goes on
    where it was.
    """
    import json as json_module

    from treatywatch.flows.launch import launch_reclassify, report_as_mapping

    settings = settings_for(db)
    check_room(settings.db)
    with watch() as progress:
        report = launch_reclassify(settings, model, progress)
    if json:
        data(json_module.dumps(report_as_mapping(report), ensure_ascii=False))
        return
    labels = ", ".join(f"{count} {label}" for label, count in report.labels.items())
    say(f"articles {report.treaty_articles} scored" + (f" ({labels})" if labels else ""))


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog=EXAMPLES)(reclassify)
