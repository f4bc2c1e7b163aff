"""The SQL that lives in files beside the code."""

from __future__ import annotations

from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent


@cache
def read_sql(name: str) -> str:
    """Return a file of `queries/` or `schema/` by its path without `.sql`."""
    return (FOLDER / f"{name}.sql").read_text(encoding="utf-8")


@cache
def statements(name: str) -> tuple[str, ...]:
    """Return the statements of a file, in order, each without its semicolon."""
    return tuple(split_statements(read_sql(name)))


def split_statements(text: str) -> list[str]:
    """Cut our own SQL into statements; a semicolon ends one only at the end of a line."""
    parts = [part.strip() for part in text.split(";\n")]
    return [part.rstrip(";") for part in parts if _has_code(part)]


def _has_code(part: str) -> bool:
    lines = (line.strip() for line in part.splitlines())
    return any(line and not line.startswith("--") for line in lines)
