"""`treatywatch sql`: ad hoc SQL, read-only."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal, TextIO

import typer

from treatywatch.cli.moments import end_of
from treatywatch.cli.options import Db, settings_for
from treatywatch.cli.output import say, table
from treatywatch.config.settings import Settings
from treatywatch.news.errors import UsageError
from treatywatch.news.whole import written_whole

TABLE_ROWS = 1_000  # more than anyone reads on a screen
EXAMPLES = """
Examples:

  treatywatch sql "SELECT outlet, label, title FROM article_stance LIMIT 10"

  treatywatch sql @stance_by_week

  treatywatch sql question.sql --format csv --out answer.csv

  treatywatch sql "SELECT * FROM article_stance WHERE language = $lang" --param lang=vi

  treatywatch sql        (a prompt with completion)
"""


class Format(StrEnum):
    """How an answer is written."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    JSONL = "jsonl"
    PARQUET = "parquet"
    MARKDOWN = "markdown"


@dataclass(frozen=True, slots=True)
class Question:
    """A query and how its answer is wanted."""

    settings: Settings
    query: str
    parameters: Mapping[str, Any]
    as_of: datetime | None
    format: Format
    out: Path | None
    safe_csv: bool

    @property
    def kind(self) -> Literal["csv", "json", "jsonl", "markdown"]:
        """Return the plain format; a table goes to a file as Markdown."""
        kinds: dict[Format, Literal["csv", "json", "jsonl"]] = {
            Format.CSV: "csv",
            Format.JSON: "json",
            Format.JSONL: "jsonl",
        }
        return kinds.get(self.format, "markdown")


def sql(
    query: Annotated[
        str | None,
        typer.Argument(help="SQL, a file with SQL, @name of a named query, or - for stdin."),
    ] = None,
    format: Annotated[Format, typer.Option("--format", help="How to write the answer.")] = (
        Format.TABLE
    ),
    out: Annotated[Path | None, typer.Option("--out", help="File.", metavar="FILE")] = None,
    param: Annotated[
        list[str] | None, typer.Option("--param", help="name=value for $name; repeat for more.")
    ] = None,
    as_of: Annotated[
        str | None, typer.Option("--as-of", help="Ask as it was known at the end of that day.")
    ] = None,
    safe_csv: Annotated[
        bool, typer.Option("--safe-csv", help="Defuse cells a spreadsheet would run.")
    ] = False,
    db: Db = None,
) -> None:
    """Ask the database anything; nothing can be changed, and no file is read or written."""
    settings = settings_for(db)
    if query is None and sys.stdin.isatty():
        from treatywatch.cli.prompt import start_prompt

        if as_of is not None or out is not None or param or safe_csv or format is not Format.TABLE:
            raise UsageError("options of an answer need a query: give it, or - for stdin.")
        start_prompt(settings)
        return
    question = Question(
        settings,
        _text_of(query or "-"),
        _parameters(param or ()),
        end_of(as_of, settings.zone) if as_of is not None else None,
        format,
        out,
        safe_csv,
    )
    _answer(question)


def _answer(question: Question) -> None:
    if question.format is Format.PARQUET:
        _write_parquet(question)
    elif question.format is Format.TABLE and question.out is None:
        _show_table(question)
    elif question.out is None:
        _write(question, sys.stdout)
    else:
        _write_file(question, question.out)


def _show_table(question: Question) -> None:
    from treatywatch.storage.sandbox import run_query

    result = run_query(
        question.settings,
        question.query,
        question.parameters,
        as_of=question.as_of,
        max_rows=TABLE_ROWS,
    )
    table("", result.columns, result.rows, exact=True)
    more = f" (only the first {TABLE_ROWS} are shown)" if result.is_truncated else ""
    say(f"{len(result.rows)} rows{more} in {result.seconds:.2f} s from {result.source}")


def _write(question: Question, out: TextIO) -> None:
    from treatywatch.storage.formats import write_rows
    from treatywatch.storage.sandbox import open_query

    with open_query(
        question.settings, question.query, question.parameters, as_of=question.as_of
    ) as running:
        write_rows(question.kind, running.columns, running.rows(), out, safe_csv=question.safe_csv)
    out.flush()


def _write_file(question: Question, path: Path) -> None:
    try:
        with (
            written_whole(path) as temporary,
            temporary.open("w", encoding="utf-8", newline="") as out,
        ):
            _write(question, out)
    except OSError as error:
        raise UsageError(
            f"{path}: cannot be written ({error.strerror}); name another place."
        ) from error
    say(f"written to {path}")


def _write_parquet(question: Question) -> None:
    from treatywatch.storage.query_errors import QueryError
    from treatywatch.storage.sandbox import write_parquet

    out = question.out
    if out is None:
        raise UsageError("--format parquet needs a file; name it with --out FILE.")
    try:
        write_parquet(
            question.settings, question.query, question.parameters, out, as_of=question.as_of
        )
    except QueryError as error:
        if f"/.{out.name}." not in str(error):  # the file that DuckDB writes until it is whole
            raise
        why = str(error).rpartition(": ")[2]
        raise UsageError(f"{out}: cannot be written ({why}); name another place.") from error
    say(f"written to {out}")


def _text_of(query: str) -> str:
    """Return the SQL: what was given, or what the file of that name or standard input holds."""
    if query == "-":
        try:
            return sys.stdin.buffer.read().decode("utf-8")
        except UnicodeDecodeError as error:
            raise UsageError("standard input: not UTF-8; write the query as UTF-8.") from error
    if query.endswith(".sql") and "\n" not in query:
        try:
            return Path(query).read_text(encoding="utf-8")
        except OSError as error:
            raise UsageError(f"{query}: cannot be read ({error.strerror}); name a file.") from error
        except UnicodeDecodeError as error:
            raise UsageError(f"{query}: not UTF-8; save it as UTF-8.") from error
    return query


def _parameters(pairs: list[str] | tuple[()]) -> dict[str, Any]:
    from treatywatch.storage.named import parse_parameters

    values = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name.isidentifier():
            raise UsageError(f"--param {pair}: write name=value, as in lang=vi.")
        values[name] = value
    return parse_parameters(values)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog=EXAMPLES)(sql)
