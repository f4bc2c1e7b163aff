"""The words of the database, for completing a query as it is typed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from treatywatch.config.settings import Settings
from treatywatch.storage.named import VIEWS, named_queries
from treatywatch.storage.sandbox import run_query

_WORD = re.compile(r"@?[\w.]*$")
_TABLE_COMES = re.compile(r"\b(from|join|describe|summarize|table)\s+(\w+\s*,\s*)*$", re.I)
_ALIASED = re.compile(
    r"\b(?:from|join)\s+(\w+)(?:\s+(?:as\s+)?(?!on\b|using\b|where\b)(\w+))?", re.I
)
# Words that only write are no use where nothing can be written.
_NOT_HERE = frozenset({"insert", "update", "delete", "drop", "create", "alter", "copy", "attach"})


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What may be typed: tables with their columns, keywords, functions, named queries."""

    tables: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    keywords: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()
    named: Mapping[str, str] = field(default_factory=dict)


def read_vocabulary(settings: Settings) -> Vocabulary:
    """Return the words of the database that readers read.

    Raises:
        UsageError, StorageError: there is no database, or it cannot be read.
    """
    tables: dict[str, list[str]] = {}
    for table, column in run_query(settings, _COLUMNS).rows:
        tables.setdefault(table, []).append(column)
    keywords = [str(row[0]).upper() for row in run_query(settings, _KEYWORDS).rows]
    functions = [str(row[0]) for row in run_query(settings, _FUNCTIONS).rows]
    return Vocabulary(
        {table: tuple(columns) for table, columns in tables.items()},
        tuple(word for word in keywords if word.lower() not in _NOT_HERE),
        tuple(functions),
        {f"@{name}": query.title for name, query in named_queries().items()},
    )


def word_before(text: str) -> str:
    """Return the word that ends at the cursor."""
    match = _WORD.search(text)
    return match[0] if match else ""


def complete(before: str, after: str, words: Vocabulary) -> list[str]:
    """Return what the word at the cursor may become, the likeliest first."""
    word = word_before(before)
    if word.startswith("@"):
        return _starting(word, sorted(words.named))
    if "." in word:
        owner, _, part = word.rpartition(".")
        table = _aliases(before + after).get(owner.lower(), owner)
        return [f"{owner}.{name}" for name in _starting(part, words.tables.get(table, ()))]
    if _TABLE_COMES.search(before[: len(before) - len(word)]):
        return _starting(word, [*VIEWS, *(t for t in sorted(words.tables) if t not in VIEWS)])
    if not word:
        return []
    mentioned = [words.tables.get(table, ()) for table in _tables(before + after)]
    near = sorted({name for columns in mentioned for name in columns})
    if not near:
        near = sorted({name for view in VIEWS for name in words.tables.get(view, ())})
    keywords = [_cased(keyword, word) for keyword in words.keywords]
    everything = [*near, *keywords, *sorted(words.tables), *words.functions]
    return list(dict.fromkeys(_starting(word, everything)))


def _starting(part: str, names: Sequence[str]) -> list[str]:
    return [name for name in names if name.lower().startswith(part.lower())]


def _cased(keyword: str, typed: str) -> str:
    return keyword if typed[:1].isupper() else keyword.lower()


def _tables(text: str) -> list[str]:
    return [match[1] for match in _ALIASED.finditer(text)]


def _aliases(text: str) -> dict[str, str]:
    return {match[2].lower(): match[1] for match in _ALIASED.finditer(text) if match[2]}


_COLUMNS = """
SELECT table_name, column_name FROM duckdb_columns()
WHERE NOT internal AND database_name = current_database()
ORDER BY table_name, column_index
"""
_KEYWORDS = """
SELECT keyword_name FROM duckdb_keywords()
WHERE keyword_category = 'reserved' OR keyword_name IN ('over', 'partition', 'filter', 'exclude')
ORDER BY 1
"""
_FUNCTIONS = """
SELECT DISTINCT function_name FROM duckdb_functions()
WHERE function_type IN ('scalar', 'aggregate') AND regexp_matches(function_name, '^[a-z]\\w+$')
ORDER BY 1
"""
