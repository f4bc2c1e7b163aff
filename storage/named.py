"""Named queries: questions worth asking often, kept as files, asked as `@name`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from treatywatch.news.errors import UsageError
from treatywatch.storage.sqlfiles import FOLDER, read_sql

VIEWS = (
    "article_stance", "stance_evidence", "stance_by_day", "stance_by_week", "stance_by_month",
    "stance_by_outlet", "theme_by_week", "feed_health", "coverage_by_day", "feed_days",
)  # fmt: skip
_PARAMETER = re.compile(r"^-- \$(\w+): (.+)$", re.M)


@dataclass(frozen=True, slots=True)
class NamedQuery:
    """A query with a name. `parameters` maps each name to what it means; all may be left out."""

    name: str
    title: str
    sql: str
    parameters: Mapping[str, str]


@cache
def named_queries() -> Mapping[str, NamedQuery]:
    """Return the named queries by name, views included."""
    files = sorted((FOLDER / "queries" / "named").glob("*.sql"))
    ours = [_parse(path.stem, read_sql(f"queries/named/{path.stem}")) for path in files]
    views = [
        NamedQuery(view, f"All of the view {view}.", f"SELECT * FROM {view} ORDER BY ALL", {})
        for view in VIEWS
    ]
    return {query.name: query for query in (*views, *ours)}


def resolve(query: str, parameters: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """Return the SQL behind `@name`, or the query itself, with its parameters.

    Raises:
        UsageError: no such name, or a parameter it does not have.
    """
    text = query.strip()
    if not text.startswith("@"):
        return query, parameters
    known = named_queries()
    found = known.get(text[1:])
    if found is None:
        raise UsageError(f"no query is named {text}; there are {', '.join(sorted(known))}.")
    for name in parameters:
        if name not in found.parameters:
            allowed = ", ".join(found.parameters) or "none"
            raise UsageError(f"{text} has no parameter '{name}'; it takes {allowed}.")
    return found.sql, dict.fromkeys(found.parameters) | dict(parameters)


def parse_parameters(given: Mapping[str, str]) -> dict[str, Any]:
    """Return parameters typed as they look: whole numbers, numbers, true/false, else text."""
    return {name: _typed(value) for name, value in given.items()}


def _typed(value: str) -> Any:
    if re.fullmatch(r"[+-]?\d{1,18}", value):
        return int(value)
    if re.fullmatch(r"[+-]?\d+\.\d+", value):
        return float(value)
    if value.lower() in ("true", "false"):
        return value.lower() == "true"
    return value


def _parse(name: str, text: str) -> NamedQuery:
    lines = text.splitlines()
    title = lines[0].removeprefix("--").strip()
    return NamedQuery(name, title, text, dict(_PARAMETER.findall(text)))
