"""The process in which one ad hoc query runs, to be killed when it must."""

from __future__ import annotations

import os
import pickle
import resource
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any

import duckdb

from treatywatch.news.errors import StorageError, TreatywatchError
from treatywatch.storage import as_of, migrations
from treatywatch.storage.database import Connection, connect_patiently, translated_errors
from treatywatch.storage.query_errors import QueryError, explain_query_error, too_large
from treatywatch.storage.rows import literal

_FETCH_ROWS = 2_000
_SPILL_LIMIT = "2GB"
_OVERHEAD_BYTES = 1_500_000_000
"""Address space of the interpreter, DuckDB and its threads, above the memory for the query."""


@dataclass(frozen=True, slots=True)
class Question:
    """One query with all it needs; sent to the process that runs it."""

    source: str
    text: str
    parameters: Mapping[str, Any]
    as_of: datetime | None
    memory_limit: str
    memory_bytes: int
    threads: int
    lock_timeout: float
    parquet: str | None = None  # the file to write; None: the answer is sent


def main() -> None:
    """Answer the question on stdin: ready, columns, portions of rows, an empty portion."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    question, spill = pickle.load(sys.stdin.buffer)
    try:
        _answer(question, spill, answers)
    except TreatywatchError as error:
        _send(answers, "error", _reported(error))
    except MemoryError:
        _send(answers, "error", _reported(too_large()))
    except Exception as error:
        words = f"the process for queries failed ({type(error).__name__}: {error}); report it."
        _send(answers, "error", _reported(StorageError(words)))
    answers.flush()
    # Not a normal exit: closing the database of a query stopped half-way can take long.
    os._exit(0)


def _answer(question: Question, spill: str, answers: IO[bytes]) -> None:
    file = Path(question.source)
    with translated_errors(file):
        connection = connect_patiently(
            file, _limits(question, spill), read_only=True, patience=question.lock_timeout
        )
        connection.execute("SET TimeZone = 'UTC'")
        migrations.schema_version(connection, str(file))
        _close_walls(connection, question)
    _send(answers, "ready", None)
    most = question.memory_bytes + _OVERHEAD_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    try:
        if question.as_of is not None:
            as_of.lay_views(connection, question.as_of)
        _ask(connection, question, answers)
    except duckdb.Error as error:
        raise explain_query_error(error, question.text) from error


def _ask(connection: Connection, question: Question, answers: IO[bytes]) -> None:
    values = dict(question.parameters) or None
    if question.parquet is not None:
        inner = question.text.strip().rstrip(";")
        place = literal(question.parquet)
        connection.execute(f"COPY (\n{inner}\n) TO {place} (FORMAT parquet)", values)
        _send(answers, "written", None)
        return
    connection.execute(question.text, values)
    columns = connection.description or []
    names = tuple(str(column[0]) for column in columns)
    _send(answers, "columns", (names, tuple(str(column[1]) for column in columns)))
    while portion := connection.fetchmany(_FETCH_ROWS):
        _send(answers, "rows", portion)
    _send(answers, "rows", [])


def _limits(question: Question, spill: str) -> dict[str, Any]:
    return {
        "memory_limit": question.memory_limit,
        "temp_directory": spill,
        "max_temp_directory_size": _SPILL_LIMIT,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "allow_community_extensions": False,
        # Else a query could read the variables of this program.
        "python_enable_replacements": False,
        "threads": question.threads,
    }


def _close_walls(connection: Connection, question: Question) -> None:
    if question.parquet is not None:
        connection.execute("SET allowed_paths = [$path]", {"path": question.parquet})
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


def _reported(error: TreatywatchError) -> tuple[str, str, int | None, int | None]:
    place = (error.line, error.column) if isinstance(error, QueryError) else (None, None)
    return (type(error).__name__, str(error), *place)


def _send(answers: IO[bytes], kind: str, value: Any) -> None:
    pickle.dump((kind, value), answers, protocol=pickle.HIGHEST_PROTOCOL)
    answers.flush()


if __name__ == "__main__":
    # Run as a module, this file is `__main__`; the question was pickled under its real name.
    main()
