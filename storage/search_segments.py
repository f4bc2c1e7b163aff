"""The segments of the index of words: what lacks one, how one is made, small ones joined."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from treatywatch.config.settings import Settings
from treatywatch.news.errors import StorageError
from treatywatch.news.text import fold_for_search
from treatywatch.news.whole import written_whole
from treatywatch.storage import migrations
from treatywatch.storage.database import Connection, open_database, translated_errors
from treatywatch.storage.extensions import load_extension
from treatywatch.storage.rows import literal
from treatywatch.storage.sqlfiles import statements

SEGMENT_DOCS = 50_000
_SMALL_DOCS = 5_000
_MOST_SMALL = 6
_READ_ROWS = 1_000
Doc = tuple[str, str, str, str, str]  # article id, content hash, language, title, text


@dataclass(frozen=True, slots=True)
class Segment:
    """One frozen part of the index."""

    path: Path
    docs: int


class SegmentGoneError(StorageError):
    """A segment that was listed is gone: a refresh made one of it and others meanwhile."""


@contextmanager
def noticing_gone(listed: Sequence[Segment]) -> Iterator[None]:
    """Tell an error of opening listed segments that are gone from any other.

    Raises:
        SegmentGoneError: one is gone.
    """
    try:
        yield
    except (duckdb.IOException, StorageError) as error:
        gone = [segment.path for segment in listed if not segment.path.exists()]
        if not gone:
            raise
        raise SegmentGoneError(f"{gone[0]}: gone since it was listed; try again.") from error


def unindexed(settings: Settings, source: Path, known: Sequence[Segment]) -> Iterator[list[Doc]]:
    """Yield the current versions that no segment holds, a segment's worth at a time."""
    with open_database(settings, read_only=True, path=source) as connection:
        migrations.schema_version(connection, str(source))
        connection.execute("CREATE TEMP TABLE indexed (article_id VARCHAR, content_hash VARCHAR)")
        with noticing_gone(known):
            for number, segment in enumerate(known):
                name = f"segment_{number}"
                connection.execute(f"ATTACH {literal(segment.path)} AS {name} (READ_ONLY)")
                connection.execute(
                    f"INSERT INTO indexed SELECT article_id, content_hash FROM {name}.docs"
                )
        connection.execute(_UNINDEXED)
        rows: list[Doc] = []
        while portion := connection.fetchmany(_READ_ROWS):
            rows += portion
            if len(rows) >= SEGMENT_DOCS:
                yield rows
                rows = []
        if rows:
            yield rows


def build(settings: Settings, place: Path, rows: Sequence[Doc]) -> Segment:
    """Write a segment of some versions, whole or not at all, and return it."""
    docs = [
        {
            "doc_id": number,
            "article_id": article_id,
            "content_hash": content_hash,
            "language": language,
            "title": fold_for_search(title),
            "body": fold_for_search(text),
        }
        for number, (article_id, content_hash, language, title, text) in enumerate(rows)
    ]
    with _new_segment(settings, place) as (connection, path):
        connection.execute(_CREATE_DOCS)
        for start in range(0, len(docs), _READ_ROWS):
            portion = json.dumps(docs[start : start + _READ_ROWS], ensure_ascii=False)
            connection.execute(_INSERT_DOCS, [portion])
        _index(connection)
    return Segment(path, len(docs))


def merge_small(settings: Settings, place: Path, listed: Sequence[Segment]) -> list[Segment]:
    """Make one segment of the small ones where these are many; return all that then stand."""
    small = [segment for segment in listed if segment.docs < _SMALL_DOCS]
    if len(small) <= _MOST_SMALL:
        return list(listed)
    with _new_segment(settings, place) as (connection, path):
        connection.execute(_CREATE_DOCS)
        for number, segment in enumerate(small):
            connection.execute(f"ATTACH {literal(segment.path)} AS part_{number} (READ_ONLY)")
            connection.execute(
                "INSERT INTO docs SELECT doc_id + (SELECT count(*) FROM docs), "
                f"* EXCLUDE (doc_id) FROM part_{number}.docs"
            )
            connection.execute(f"DETACH part_{number}")
        _index(connection)
    merged = Segment(path, sum(segment.docs for segment in small))
    return [*(segment for segment in listed if segment not in small), merged]


def _index(connection: Connection) -> None:
    load_extension(connection, "fts")
    for statement in statements("queries/build_segment"):
        connection.execute(statement)


@contextmanager
def _new_segment(settings: Settings, place: Path) -> Iterator[tuple[Connection, Path]]:
    path = place / f"segment-{uuid.uuid4().hex}.duckdb"
    limits: dict[str, Any] = {"memory_limit": settings.storage.memory_limit, "threads": 2}
    with (
        translated_errors(path),
        written_whole(path) as temporary,
        closing(duckdb.connect(str(temporary), config=limits)) as connection,
    ):
        yield connection, path


_UNINDEXED = """
SELECT v.article_id, v.content_hash, v.language, v.title, coalesce(v.text, '')
FROM articles AS a
JOIN article_versions AS v ON v.article_id = a.article_id AND v.content_hash = a.content_hash
ANTI JOIN indexed AS i ON i.article_id = v.article_id AND i.content_hash = v.content_hash
WHERE v.is_treaty
ORDER BY a.first_seen_at, v.article_id
"""
_CREATE_DOCS = """
CREATE TABLE docs (
    doc_id INTEGER, article_id VARCHAR, content_hash VARCHAR, language VARCHAR,
    title VARCHAR, body VARCHAR
)
"""
_INSERT_DOCS = """
INSERT INTO docs
SELECT r.*
FROM (SELECT unnest(from_json(CAST(? AS JSON), '[{"doc_id": "INTEGER", "article_id": "VARCHAR",
    "content_hash": "VARCHAR", "language": "VARCHAR", "title": "VARCHAR", "body": "VARCHAR"}]'
)) AS r)
"""
