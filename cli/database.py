"""`treatywatch db`: the schema, safe copies, Parquet, and a check."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from treatywatch.cli.options import Db, settings_for
from treatywatch.cli.output import data, say, table

db_app = typer.Typer(
    name="db", help="The database: schema, copies, export, check.", no_args_is_help=True
)


@db_app.command(epilog="Example:\n\n  treatywatch db migrate --db press.duckdb")
def migrate(db: Db = None) -> None:
    """Bring the database to this version's schema; a copy of the old one is kept beside it."""
    from treatywatch.storage.writer import Writer

    settings = settings_for(db)
    steps = Writer(settings).migrate(datetime.now(UTC))
    say(f"{settings.db}: {f'{len(steps)} steps applied' if steps else 'up to date'}")


@db_app.command(epilog="Example:\n\n  treatywatch db snapshot")
def snapshot(db: Db = None) -> None:
    """Make a consistent copy for readers and print its path."""
    from treatywatch.storage import snapshots

    data(str(snapshots.make(settings_for(db), datetime.now(UTC))))


@db_app.command("export", epilog="Example:\n\n  treatywatch db export backup-2026-11")
def export_(
    folder: Annotated[Path, typer.Argument(help="A new or empty folder.")], db: Db = None
) -> None:
    """Write everything as Parquet, by month and language, with a manifest."""
    from treatywatch.storage.exports import export_database

    exported = export_database(settings_for(db), folder, datetime.now(UTC))
    say(f"{sum(exported.rows.values())} rows in {exported.files} files")
    data(str(exported.folder))


@db_app.command(
    "import", epilog="Example:\n\n  treatywatch db import backup-2026-11 --db new.duckdb"
)
def import_(
    folder: Annotated[Path, typer.Argument(help="A folder that `db export` wrote.")],
    db: Db = None,
) -> None:
    """Read an export into a database that holds nothing yet."""
    from treatywatch.storage.exports import import_database

    imported = import_database(settings_for(db), folder, datetime.now(UTC))
    say(f"{sum(imported.rows.values())} rows read from {folder}")


@db_app.command(epilog="Example:\n\n  treatywatch db check")
def check(db: Db = None) -> None:
    """Look for orphans, offsets outside their text, and views that differ from the tables.

    The exit code is 1 when something is wrong.
    """
    from treatywatch.storage.check import check_database

    problems = check_database(settings_for(db))
    if problems:
        rows = [(p.name, p.count, p.rule, ", ".join(p.examples)) for p in problems]
        table("", ("check", "rows", "rule", "examples"), rows)
        raise typer.Exit(1)
    say("nothing wrong found.")


def register(app: typer.Typer) -> None:
    """Add the group of commands."""
    app.add_typer(db_app)
