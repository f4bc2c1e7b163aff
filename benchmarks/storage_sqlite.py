"""The same rows in SQLite, twice: the tables as they are stored, and joined copies with indexes.

The first is what somebody has who puts the same tables into SQLite: keys, indexes on what is asked
for, and the views over them. The second gives SQLite what treatywatch derives when it writes, the
joined rows, and covering indexes made for these very questions: the best it can do.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from treatywatch.config.settings import Settings
from treatywatch.storage.database import Connection, open_database


@dataclass(frozen=True)
class Copy:
    """One way to hold the rows in SQLite: what to copy, and what to create then."""

    tables: dict[str, str]
    then: tuple[str, ...]


_DAY = "CAST(published_date AS VARCHAR) AS published_date"
_MOMENT = "CAST(published_at AS VARCHAR) AS published_at"

TABLES = Copy(
    {
        "articles": f"SELECT article_id, title, outlet, language, {_DAY}, {_MOMENT} FROM articles",
        "article_stances": "SELECT article_id, cut_id, label, balance FROM article_stances",
        "story_links": "SELECT article_id, story_id FROM story_links",
        "passages": "SELECT cut_id, position, text, countable FROM passages",
        "passage_stances": (
            "SELECT cut_id, position, treaty, hope, concern, themes[1] AS theme "
            "FROM passage_stances"
        ),
    },
    (
        "CREATE UNIQUE INDEX a ON articles (article_id)",
        "CREATE INDEX a_day ON articles (published_date)",
        "CREATE UNIQUE INDEX s ON article_stances (article_id)",
        "CREATE UNIQUE INDEX s_cut ON article_stances (cut_id)",
        "CREATE UNIQUE INDEX l ON story_links (article_id)",
        "CREATE UNIQUE INDEX p ON passages (cut_id, position)",
        "CREATE UNIQUE INDEX ps ON passage_stances (cut_id, position)",
        """CREATE VIEW stance AS
        SELECT a.*, s.cut_id, s.label, s.balance, l.story_id
        FROM articles AS a JOIN article_stances AS s USING (article_id)
        JOIN story_links AS l USING (article_id)
        WHERE s.label <> 'off_topic'""",
        """CREATE VIEW evidence AS
        SELECT f.article_id, f.story_id, f.language, f.published_date, p.text, t.hope, t.concern,
            t.theme
        FROM stance AS f JOIN passage_stances AS t USING (cut_id)
        JOIN passages AS p ON p.cut_id = t.cut_id AND p.position = t.position
        WHERE p.countable AND t.treaty >= 0.5 AND (t.hope >= 0.5 OR t.concern >= 0.5)""",
    ),
)
JOINED = Copy(
    {
        "stance": (
            f"SELECT article_id, title, outlet, language, {_DAY}, {_MOMENT}, label, balance, "
            "story_id FROM stance_facts"
        ),
        "evidence": (
            "SELECT article_id, story_id, e.language, CAST(e.published_date AS VARCHAR) AS "
            "published_date, text, hope, concern, themes[1] AS theme "
            "FROM evidence_facts AS e JOIN stance_facts USING (article_id)"
        ),
    },
    (
        "CREATE INDEX s1 ON stance (published_date, language, story_id, outlet, label, balance)",
        "CREATE INDEX s2 ON stance (outlet, language, story_id, label, balance, published_date)",
        "CREATE INDEX s3 ON stance (language, label, balance)",
        "CREATE INDEX e1 ON evidence "
        "(published_date, language, theme, article_id, story_id, hope, concern)",
        "CREATE INDEX e2 ON evidence (language, hope, concern)",
    ),
)


@contextmanager
def opened(settings: Settings, way: Copy, file: Path) -> Iterator[sqlite3.Connection]:
    """Open a copy, made first where it is not there yet."""
    if not file.exists():
        part = file.with_suffix(".part")
        part.unlink(missing_ok=True)
        _make(settings, way, part)
        part.rename(file)
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA cache_size = -1000000")
        yield connection


def _make(settings: Settings, way: Copy, file: Path) -> None:
    with (
        open_database(settings, read_only=True) as source,
        closing(sqlite3.connect(file)) as target,
    ):
        target.execute("PRAGMA journal_mode = OFF")
        for table, query in way.tables.items():
            _copy(source, target, table, query)
        for statement in (*way.then, "ANALYZE"):
            target.execute(statement)
        target.commit()


def _copy(source: Connection, target: sqlite3.Connection, table: str, query: str) -> None:
    found = source.execute(query)
    names = [column[0] for column in found.description or ()]
    target.execute(f"CREATE TABLE {table} ({', '.join(names)})")
    marks = ", ".join("?" * len(names))
    while rows := found.fetchmany(10_000):
        target.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)
