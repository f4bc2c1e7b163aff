"""Is the database what it should be? Orphans, doubles, offsets, and the views recounted."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from treatywatch.config.settings import Settings
from treatywatch.storage import migrations, snapshots
from treatywatch.storage.database import Connection, open_database
from treatywatch.storage.facts import FACTS, facts_sql
from treatywatch.storage.spool import Spool
from treatywatch.storage.sqlfiles import read_sql

_HEAD = re.compile(r"^-- check (\w+): (.+)$", re.M)
_EXAMPLES = 5
_ASIDE = (
    "batches_aside",
    "Every batch that waited for the database could be written.",
)


@dataclass(frozen=True, slots=True)
class Check:
    """One rule: a query whose rows break it."""

    name: str
    rule: str
    sql: str


@dataclass(frozen=True, slots=True)
class Problem:
    """A rule that is broken, how often, and some of the rows that break it."""

    name: str
    rule: str
    count: int
    examples: tuple[str, ...]


def check_database(settings: Settings) -> list[Problem]:
    """Return what is wrong with the data that readers read; nothing is changed.

    Raises:
        UsageError, StorageError: there is no database, or it cannot be read.
    """
    source = snapshots.for_reading(settings)
    with open_database(settings, read_only=True, path=source) as connection:
        migrations.require_current(connection, str(source))
        found = check_connection(connection)
    aside = Spool(settings.db).aside()
    return [*found, Problem(*_ASIDE, len(aside), _names(aside))] if aside else found


def check_connection(connection: Connection) -> list[Problem]:
    """Return what is wrong with an open database."""
    found = [_run(connection, check) for check in (*checks(), *_fact_checks())]
    return [problem for problem in found if problem is not None]


@cache
def checks() -> tuple[Check, ...]:
    """Return the rules of the file, in order."""
    text = read_sql("queries/checks")
    heads = list(_HEAD.finditer(text))
    ends = [head.start() for head in heads[1:]] + [len(text)]
    return tuple(
        Check(head[1], head[2], text[head.end() : end].strip().rstrip(";"))
        for head, end in zip(heads, ends, strict=True)
    )


def _fact_checks() -> tuple[Check, ...]:
    return tuple(
        Check(
            f"{table}_stale",
            f"What the views show ({table}) is what the base tables say.",
            f"SELECT COLUMNS(*), 'missing' AS problem FROM "
            f"(({facts_sql(table, 'articles')}) EXCEPT ALL (FROM {table})) "
            f"UNION ALL SELECT COLUMNS(*), 'stale' FROM "
            f"((FROM {table}) EXCEPT ALL ({facts_sql(table, 'articles')}))",
        )
        for table in FACTS
    )


def _names(files: Sequence[Path]) -> tuple[str, ...]:
    return tuple(str(file) for file in files[:_EXAMPLES])


def _run(connection: Connection, check: Check) -> Problem | None:
    # One reading for both: some of these rules look at every passage.
    found = connection.execute(
        f"SELECT *, count(*) OVER () AS broken FROM (\n{check.sql}\n) LIMIT {_EXAMPLES}"
    )
    rows = found.fetchall()
    if not rows:
        return None
    examples = tuple(", ".join(str(value) for value in row[:-1]) for row in rows)
    return Problem(check.name, check.rule, rows[0][-1], examples)
