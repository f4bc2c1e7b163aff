"""`treatywatch digest`: the weekly digest."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from treatywatch.cli.moments import end_of
from treatywatch.cli.options import Db, settings_for
from treatywatch.cli.output import data, say
from treatywatch.cli.room import check_room
from treatywatch.cli.stopping import stoppable
from treatywatch.news.errors import UsageError

EXAMPLES = """
Examples:

  treatywatch digest

  treatywatch digest --week 2026-W47 --language ar --out digests

  treatywatch digest --send

  treatywatch digest --format html,md,json,csv,eml --as-of 2026-11-20
"""


@stoppable("run it again")
def digest(
    week: Annotated[
        str | None, typer.Option("--week", help="ISO week, as 2026-W47; the last full one.")
    ] = None,
    as_of: Annotated[
        str | None, typer.Option("--as-of", help="As it was known at the end of that day.")
    ] = None,
    format: Annotated[
        str | None, typer.Option("--format", help="Of html, md, json, csv, eml; with commas.")
    ] = None,
    language: Annotated[
        str | None, typer.Option("--language", help="Language of the digest: en, ar or vi.")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Folder.", metavar="DIR")] = None,
    send: Annotated[
        bool, typer.Option("--send", help="Send it by mail and webhook, as the settings say.")
    ] = False,
    db: Db = None,
) -> None:
    """Write the digest of a week and print the paths of its files."""
    from treatywatch.digest.options import digest_options
    from treatywatch.flows.digests import DigestRequest, channels_of, make_digest
    from treatywatch.news.weekly import IsoWeek

    settings = settings_for(db)
    now = datetime.now(UTC)
    known_until = end_of(as_of, settings.zone) if as_of is not None else None
    last = IsoWeek.before(known_until or now, settings.zone)
    request = DigestRequest(
        week=last if week is None else IsoWeek.parse(week),
        out=out,
        as_of=known_until,
        language=language,
        formats=tuple(part.strip() for part in format.split(",")) if format else None,
    )
    this = IsoWeek.of(now.astimezone(settings.zone).date())
    if request.week > this:
        raise UsageError(f"--week {week}: has not begun; ask for {this} or one before it.")
    if send:
        from treatywatch.flows.launch import launch_weekly

        digest_options(settings.digest, request.language, request.formats)
        if not channels_of(settings.digest):
            say(
                "not sent: neither digest.smtp_host with digest.mail_to nor digest.webhook_url "
                "is set; the files are written."
            )
        check_room(settings.db)
        paths = launch_weekly(settings, request)
    else:
        paths = list(make_digest(settings, request).paths)
    for path in paths:
        data(str(path))


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog=EXAMPLES)(digest)
