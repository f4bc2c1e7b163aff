"""Ad hoc SQL that can change nothing, read nothing else and not run for ever.

The query runs in a process of its own (`sandbox_child`), behind walls that each stop most attacks
alone: one statement that reads, a file opened read-only, no other file, no extension, settings
locked, memory bounded by DuckDB and by the system. Some functions of DuckDB heed neither its
interrupt nor its memory limit; a process can be killed, and is.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from treatywatch.config.settings import Settings
from treatywatch.news.errors import UsageError
from treatywatch.news.whole import written_whole
from treatywatch.storage import snapshots
from treatywatch.storage.named import resolve
from treatywatch.storage.query_errors import check_statement
from treatywatch.storage.sandbox_child import Question
from treatywatch.storage.sandbox_process import Rows, answering

Parameters = Mapping[str, Any]
_UNITS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}


@dataclass(frozen=True, slots=True)
class QueryResult:
    """The answer to one query. `source` is the file asked, `seconds` how long it took."""

    columns: tuple[str, ...]
    types: tuple[str, ...]
    rows: Sequence[tuple[Any, ...]]
    source: Path
    seconds: float
    is_truncated: bool = False


@dataclass(frozen=True, slots=True)
class RunningQuery:
    """An answer still coming: columns known, rows read in portions."""

    columns: tuple[str, ...]
    types: tuple[str, ...]
    source: Path
    portions: Iterator[Rows]

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """Yield the rows one by one."""
        for portion in self.portions:
            yield from portion


def run_query(
    settings: Settings,
    query: str,
    parameters: Parameters | None = None,
    *,
    as_of: datetime | None = None,
    max_rows: int | None = None,
) -> QueryResult:
    """Ask one question and return the whole answer, or its first `max_rows` rows.

    `query` is SQL, or `@name` of a named query or view. `as_of` asks the database as it stood.

    Raises:
        UsageError: the query is refused, wrong, too long or too large; it says where and why.
    """
    started = time.monotonic()
    with open_query(settings, query, parameters, as_of=as_of) as running:
        rows: Rows = []
        for portion in running.portions:
            rows += portion
            if max_rows is not None and len(rows) > max_rows:
                break
        kept = rows if max_rows is None else rows[:max_rows]
        return QueryResult(
            columns=running.columns,
            types=running.types,
            rows=kept,
            source=running.source,
            seconds=time.monotonic() - started,
            is_truncated=len(kept) < len(rows),
        )


@contextmanager
def open_query(
    settings: Settings,
    query: str,
    parameters: Parameters | None = None,
    *,
    as_of: datetime | None = None,
) -> Iterator[RunningQuery]:
    """Ask one question and yield its answer in portions, for writing it out as it comes.

    Raises:
        UsageError: as `run_query`.
    """
    question = _question(settings, query, parameters, as_of)
    with answering(question, settings.storage.query_timeout) as child:
        columns, types = child.receive()
        yield RunningQuery(columns, types, Path(question.source), child.portions())


def write_parquet(
    settings: Settings,
    query: str,
    parameters: Parameters | None,
    target: Path,
    *,
    as_of: datetime | None = None,
) -> None:
    """Write the answer to a Parquet file, whole or not at all.

    Raises:
        UsageError: as `run_query`, or the file cannot be written.
    """
    if not target.absolute().parent.is_dir():
        raise UsageError(f"{target}: no such folder; make it first.")
    question = _question(settings, query, parameters, as_of)
    try:
        with written_whole(target.absolute()) as temporary:
            asked = replace(question, parquet=str(temporary))
            with answering(asked, settings.storage.query_timeout) as child:
                child.receive()
    except OSError as error:
        raise UsageError(
            f"{target}: cannot be written ({error.strerror}); name another place."
        ) from error


def bytes_of(text: str) -> int:
    """Return the bytes of a size as DuckDB writes it, such as 512MB or 1.5GiB."""
    match = re.fullmatch(r"([\d.]+)\s*([KMGT]?)I?B?", text.strip().upper())
    if match is None:
        raise UsageError(f"'{text}' is not a size; write it as 512MB or 2GB.")
    return int(float(match[1]) * _UNITS[match[2]])


def _question(
    settings: Settings,
    query: str,
    parameters: Parameters | None,
    as_of: datetime | None,
) -> Question:
    text, values = resolve(query, parameters or {})
    check_statement(text)
    if as_of is not None and as_of.tzinfo is None:
        raise UsageError(f"{as_of}: a moment needs a time zone, as in 2026-11-01T00:00+07:00.")
    return Question(
        source=str(snapshots.for_reading(settings).absolute()),
        text=text,
        parameters=dict(values),
        as_of=as_of,
        memory_limit=settings.storage.query_memory_limit,
        memory_bytes=bytes_of(settings.storage.query_memory_limit),
        threads=settings.storage.threads or 2,
        lock_timeout=settings.storage.lock_timeout,
    )
