"""Answers as mappings or one value, and values as SQL and the storage take them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from treatywatch.storage.database import Connection

Row = dict[str, Any]


def rows_of(answer: Connection) -> list[Row]:
    """Return the rows of an executed query, each by the names of its columns."""
    names = [column[0] for column in answer.description or ()]
    return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]


def scalar(connection: Connection, query: str, parameters: Mapping[str, Any] | None = None) -> Any:
    """Return the first value that a query answers, or None."""
    row = connection.execute(query, dict(parameters) if parameters else None).fetchone()
    return row[0] if row else None


def literal(value: object) -> str:
    """Return text, or a path, as a literal of SQL."""
    return "'" + str(value).replace("'", "''") + "'"


def identifier(name: str) -> str:
    """Return a name as an identifier of SQL."""
    return '"' + name.replace('"', '""') + '"'


def storable(text: str) -> str:
    """Return text without lone surrogates: no UTF-8 form, no place in a database or a file."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")
