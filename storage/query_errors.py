"""Say what is wrong with a query: where it is, why, and what would be right."""

from __future__ import annotations

import re
from typing import NoReturn

import duckdb

from treatywatch.news import errors
from treatywatch.news.errors import StorageError, UsageError

MAX_QUERY_CHARS = 100_000
_READS = frozenset({"SELECT", "EXPLAIN", "RELATION"})

_PLACE = re.compile(r"^LINE (\d+): (.*)$", re.M)
_KINDS = {
    "MULTI": "several statements in one",
    "COPY": "COPY, which writes or reads files",
    "ATTACH": "ATTACH, which opens another database",
    "EXTENSION": "INSTALL",
    "LOAD": "INSTALL or LOAD, which bring in extensions",
    "SET": "SET, which changes the configuration",
    "VARIABLE_SET": "SET, which changes the configuration",
    "PRAGMA": "PRAGMA, which can change the configuration",
}
_HELP = (
    "only questions are answered here: one SELECT, WITH, FROM, VALUES, DESCRIBE, SHOW or EXPLAIN"
)
_NOT_GIVEN = re.compile(r"Values were not provided for .* parameters?: ([\w, ]+)")
_FORBIDDEN = re.compile(
    r"has been disabled|external access|Permission Error|read-only|lock(ed)? .*configuration"
    r"|configuration has been locked",
    re.I,
)


class QueryError(UsageError):
    """A query that is wrong or refused. `line` and `column` count from 1, where known."""

    def __init__(self, message: str, line: int | None = None, column: int | None = None) -> None:
        super().__init__(message)
        self.line = line
        self.column = column


def check_statement(text: str) -> None:
    """Refuse anything but one statement that reads.

    Raises:
        UsageError: it says what was found instead.
    """
    if len(text) > MAX_QUERY_CHARS:
        raise QueryError(f"the query is longer than {MAX_QUERY_CHARS:,} characters; shorten it.")
    if "\x00" in text:
        raise QueryError("the query holds a null character; remove it.")
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise QueryError("the query is not valid UTF-8; save it as UTF-8.")
    try:
        found = duckdb.extract_statements(text)
    except duckdb.Error as error:
        raise explain_query_error(error, text) from error
    if not found:
        raise QueryError("the query is empty; ask, for instance, SELECT * FROM stance_by_week.")
    if len(found) > 1:
        raise QueryError(
            f"{len(found)} statements were given; ask one at a time (remove the ';' between them)."
        )
    if found[0].type.name not in _READS:
        raise blocked(found[0].type.name)


def raise_reported(reported: tuple[str, str, int | None, int | None]) -> NoReturn:
    """Raise again what the process of the query reported: class, message, line, column."""
    name, message, line, column = reported
    if name == "QueryError":
        raise QueryError(message, line, column)
    kind = getattr(errors, name, StorageError)
    raise kind(message)


def blocked(kind: str) -> QueryError:
    """Return the error for a statement that does not read."""
    return QueryError(f"{_KINDS.get(kind, kind)} is not allowed; {_HELP}.")


def too_long(seconds: float) -> QueryError:
    """Return the error for a query over its time."""
    return QueryError(
        f"stopped after {seconds:g} s; narrow it (a WHERE on published_date, a LIMIT), or raise "
        "storage.query_timeout."
    )


def too_large() -> QueryError:
    """Return the error for a query over its memory."""
    return QueryError(
        "needs more memory than storage.query_memory_limit allows; narrow it, aggregate before "
        "joining, or raise that limit."
    )


def explain_query_error(error: duckdb.Error, query: str) -> QueryError:
    """Return our error for one of DuckDB's about a query, with the place and its suggestion."""
    text = str(error).strip()
    if isinstance(error, duckdb.OutOfMemoryException) or "Out of Memory" in text:
        return too_large()
    if _FORBIDDEN.search(text):
        return QueryError(
            "reaches outside the database (a file, an address, an extension or the "
            f"configuration), which is not allowed; {_HELP}."
        )
    if missing := _NOT_GIVEN.search(text):
        names = [name.strip() for name in missing[1].split(",")]
        if any(name.isdigit() for name in names):
            return QueryError(
                "the query has a ? or $1; write $name in its place and add --param name=..."
            )
        return QueryError(
            f"the query asks for {', '.join(f'${name}' for name in names)}, which was not given; "
            f"add {' '.join(f'--param {name}=...' for name in names)}."
        )
    return _with_place(text, query)


def _with_place(text: str, query: str) -> QueryError:
    place = _PLACE.search(text)
    head = re.sub(r"\s*\n\s*", " ", text[: place.start()] if place else text).strip()
    message = re.sub(r"^(\w+ )?Error: ", "", head)
    if place is None:
        return QueryError(_bounded(message))
    line = int(place[1])
    column = _column(text, place, query, line)
    where = f"line {line}, column {column}" if column else f"line {line}"
    shown = _pointed(query, line, column)
    return QueryError(f"{_bounded(message)} ({where}){shown}", line, column)


def _column(text: str, place: re.Match[str], query: str, line: int) -> int | None:
    """Return the column in the query; DuckDB shows a long line cut, so its caret alone misleads."""
    after = text[place.end() :].lstrip("\n").split("\n", 1)[0]
    caret = after.find("^")
    if caret < 0:
        return None
    shown_at = caret - len(f"LINE {place[1]}: ")
    shown = place[2]
    lines = query.splitlines()
    if not 0 < line <= len(lines) or shown_at < 0:
        return None
    core = shown.removeprefix("...").removesuffix("...")
    start = lines[line - 1].find(core)
    if start < 0:
        return None
    return start + shown_at - (3 if shown.startswith("...") else 0) + 1


def _pointed(query: str, line: int, column: int | None) -> str:
    lines = query.splitlines()
    if column is None or not 0 < line <= len(lines):
        return ""
    start = max(0, column - 41)
    excerpt = lines[line - 1][start : column + 39].replace("\t", " ")
    return f"\n  {excerpt}\n  {' ' * (column - 1 - start)}^"


def _bounded(message: str) -> str:
    return message if len(message) <= 600 else message[:600] + " ..."
