"""Write an answer as csv, json, jsonl or markdown, as it comes, to a file or a pipe."""

from __future__ import annotations

import base64
import csv
import io
import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Literal, TextIO
from uuid import UUID

from treatywatch.news.markdown import markdown_words
from treatywatch.news.text import is_formula

Format = Literal["csv", "json", "jsonl", "markdown"]
Rows = Iterable[tuple[Any, ...]]
_UNSEEN = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])  # turn the line round


def write_rows(
    kind: Format, columns: Sequence[str], rows: Rows, out: TextIO, *, safe_csv: bool = False
) -> int:
    """Write rows in one of the formats; return how many.

    `safe_csv` puts an apostrophe before text that a spreadsheet would run as a formula.
    """
    writers: Mapping[Format, Callable[[Sequence[str], Rows, TextIO], int]] = {
        "csv": _write_safe_csv if safe_csv else _write_csv,
        "json": _write_json,
        "jsonl": _write_jsonl,
        "markdown": _write_markdown,
    }
    return writers[kind](columns, rows, out)


def json_value(value: Any) -> Any:
    """Return a value of DuckDB's as JSON has it: times in ISO 8601 UTC, no NaN, bytes in base64."""
    if isinstance(value, datetime):
        moment = value.astimezone(UTC) if value.tzinfo else value
        return moment.isoformat().replace("+00:00", "Z")
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, Mapping):
        return {str(json_value(k)): json_value(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [json_value(item) for item in value]
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    if isinstance(value, timedelta | UUID):
        return str(value)
    return value


def text_value(value: Any) -> str:
    """Return a value as text for a cell; nothing for NULL, JSON for what is nested."""
    plain = json_value(value)
    if plain is None:
        return ""
    if isinstance(plain, bool):
        return "true" if plain else "false"
    if isinstance(plain, list | dict):
        return json.dumps(plain, ensure_ascii=False)
    return str(plain)


def _write_csv(columns: Sequence[str], rows: Rows, out: TextIO) -> int:
    return _csv(columns, rows, out, text_value)


def _write_safe_csv(columns: Sequence[str], rows: Rows, out: TextIO) -> int:
    return _csv([_defused(column) for column in columns], rows, out, _defused)


def _csv(columns: Sequence[str], rows: Rows, out: TextIO, cell: Callable[[Any], str]) -> int:
    # With CRLF as its line end, and then written as LF: else the library leaves a bare CR unquoted.
    line = io.StringIO()
    writer = csv.writer(line, lineterminator="\r\n")

    def write(values: Sequence[Any]) -> None:
        writer.writerow(values)
        out.write(line.getvalue().removesuffix("\r\n") + "\n")
        line.seek(0)
        line.truncate()

    write(columns)
    return _each(rows, lambda row: write([cell(value) for value in row]))


def _defused(value: Any) -> str:
    text = text_value(value)
    is_number = isinstance(value, int | float | Decimal)
    return "'" + text if not is_number and is_formula(text) else text


def _write_jsonl(columns: Sequence[str], rows: Rows, out: TextIO) -> int:
    return _each(rows, lambda row: out.write(_object(columns, row) + "\n"))


def _write_json(columns: Sequence[str], rows: Rows, out: TextIO) -> int:
    separator = "[\n"

    def write(row: tuple[Any, ...]) -> None:
        nonlocal separator
        out.write(separator + _object(columns, row))
        separator = ",\n"

    count = _each(rows, write)
    out.write("\n]\n" if count else "[]\n")
    return count


def _write_markdown(columns: Sequence[str], rows: Rows, out: TextIO) -> int:
    out.write(_line(columns))
    out.write("|" + " --- |" * len(columns) + "\n")
    return _each(rows, lambda row: out.write(_line([text_value(value) for value in row])))


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(_escaped(cell) for cell in cells) + " |\n"


def _escaped(cell: str) -> str:
    """Return a cell whose words stay words: no link, image, tag, code, emphasis or column of it."""
    return " ".join(markdown_words(cell.translate(_UNSEEN)).split())


def _object(columns: Sequence[str], row: tuple[Any, ...]) -> str:
    values = {name: json_value(value) for name, value in zip(_unique(columns), row, strict=True)}
    return json.dumps(values, ensure_ascii=False)


def _unique(columns: Sequence[str]) -> list[str]:
    """Number repeated names, so that an object loses no column."""
    seen: dict[str, int] = {}
    names = []
    for column in columns:
        seen[column] = seen.get(column, 0) + 1
        names.append(column if seen[column] == 1 else f"{column}_{seen[column]}")
    return names


def _each(rows: Rows, write: Callable[[tuple[Any, ...]], Any]) -> int:
    count = 0
    for count, row in enumerate(rows, start=1):  # noqa: B007
        write(row)
    return count
