"""The `treatywatch` command: its subcommands, and how errors end it."""

from __future__ import annotations

import errno
import os
import sys

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
from treatywatch.cli.output import drop_output, say, speak_utf8
from treatywatch.cli.stopping import INTERRUPTED, is_ctrl_c, say_stopped
from treatywatch.news.errors import FetchError, TreatywatchError

# What a place may lack, and what helps.
_ROOM, _PERMISSION, _OTHER = "make room or ", "mend its permissions or ", ""
_NO_PLACE = {
    errno.ENOSPC: _ROOM, errno.EDQUOT: _ROOM, errno.EFBIG: _ROOM,
    errno.EROFS: _PERMISSION, errno.EACCES: _PERMISSION, errno.EPERM: _PERMISSION,
    errno.ENOTDIR: _OTHER, errno.EEXIST: _OTHER, errno.ENAMETOOLONG: _OTHER,
}  # fmt: skip

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


def main() -> None:
    """Run the command line and leave with the exit code of the contract."""
    speak_utf8()
    # On a terminal Prefect's client says that it collects data about its use; not here.
    os.environ.setdefault("DO_NOT_TRACK", "1")
    try:
        try:
            app()
        finally:
            sys.stdout.flush()  # else it fails while Python leaves, where nothing can be said
    except FetchError as error:
        from treatywatch.extractors.check import ADVICE

        say(f"treatywatch: {error}; {ADVICE.get(error.error_class, 'try later')}.")
        sys.exit(error.exit_code)
    except TreatywatchError as error:
        say(f"treatywatch: {error}")
        sys.exit(error.exit_code)
    except SystemExit as leaving:
        if leaving.code == INTERRUPTED:
            say_stopped()
        raise
    except (KeyboardInterrupt, RuntimeError) as error:
        if not is_ctrl_c(error):
            raise
        say_stopped()
        sys.exit(INTERRUPTED)
    except OSError as error:
        if error.errno == errno.EPIPE:  # the reader has gone, as `head` does; it knows
            drop_output()
            sys.exit(1)
        if error.errno not in _NO_PLACE:
            raise
        place, help_ = error.filename or "output", _NO_PLACE[error.errno]
        say(f"treatywatch: {place}: {error.strerror}; {help_}name another place.")
        drop_output()
        sys.exit(1)


if __name__ == "__main__":
    main()
