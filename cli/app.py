"""The `treatywatch` command and its subcommands."""

from __future__ import annotations

import typer

from treatywatch import __version__
from treatywatch.cli import (
    backfill,
    classify,
    database,
    demo,
    digest,
    evaluate,
    feeds,
    reclassify,
    run,
    search,
    serve,
    sql,
    status,
    trends,
)

app = typer.Typer(
    name="treatywatch",
    help="Watch how the press frames the UN Convention against Cybercrime: hopes, concerns, "
    "and the sentence that says so.",
    epilog="Start with: treatywatch demo",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"treatywatch {__version__}")
        raise typer.Exit


@app.callback()
def _main(
    version: bool = typer.Option(
        False, "--version", callback=_show_version, is_eager=True, help="Show the version."
    ),
) -> None:
    """Stand before every command."""


for command in (
    demo, run, backfill, serve, classify, sql, trends, search, digest, feeds, status, reclassify,
    evaluate, database,
):  # fmt: skip
    command.register(app)
