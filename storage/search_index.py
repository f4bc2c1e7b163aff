"""The index of words: small frozen files beside the database, added to after each run.

DuckDB's full-text index is static. So it is built over new versions alone, reduced to postings
sorted by term, and kept as a segment that never changes; many small segments become one. Readers
find the segments through a manifest that is replaced in one step.
"""

from __future__ import annotations

import json
import os
import tempfile
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from treatywatch.config.settings import Settings
from treatywatch.news.errors import StorageError
from treatywatch.news.text import fold_for_search
from treatywatch.storage import migrations, snapshots
from treatywatch.storage.database import Connection, open_database, translated_errors
from treatywatch.storage.extensions import load_extension
from treatywatch.storage.sqlfiles import statements

FORMAT = 1
SEGMENT_DOCS = 50_000
_SMALL_DOCS = 5_000
_MOST_SMALL = 6
_READ_ROWS = 1_000
_LOCK = ".lock"


@dataclass(frozen=True, slots=True)
class Segment:
    """One frozen part of the index."""

    path: Path
    docs: int


def folder(settings: Settings) -> Path:
    """Return the folder of the index of one database."""
    return settings.db.with_name(settings.db.stem + ".search")


def segments(settings: Settings) -> list[Segment]:
    """Return the segments of the index as it stands; none when there is no index yet."""
    manifest = folder(settings) / "manifest.json"
    try:
        document = json.loads(manifest.read_text(encoding="utf-8"))
        if document["format"] != FORMAT:
            return []
        listed = [Segment(folder(settings) / s["file"], s["docs"]) for s in document["segments"]]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StorageError(
            f"{manifest}: damaged ({error}); delete that folder, the index is made again."
        ) from error
    return [segment for segment in listed if segment.path.is_file()]


def refresh(settings: Settings) -> int:
    """Bring the index up to what readers read; return how many versions were added.

    One process refreshes at a time; another finds the work taken and leaves it.
    """
    source = snapshots.for_reading(settings)
    place = folder(settings)
    if not place.exists():
        _check_readable(settings, source)  # no folder is left beside what is no database
        place.mkdir(parents=True, exist_ok=True)
    with _only_one(place) as is_mine:
        if not is_mine:
            return 0
        kept = segments(settings)
        added = [_build(settings, place, rows) for rows in _unindexed(settings, source, kept)]
        merged = _merge_small(settings, place, [*kept, *added])
        if added or merged != kept:
            _write_manifest(place, merged)
            _remove_others(place, merged)
        return sum(segment.docs for segment in added)


def forget(settings: Settings) -> None:
    """Delete what the index holds, as when texts were dropped; the next refresh makes it anew."""
    place = folder(settings)
    if not place.is_dir():
        return
    with _only_one(place) as is_mine:
        if is_mine:
            _write_manifest(place, [])
            _remove_others(place, [])


def _check_readable(settings: Settings, source: Path) -> None:
    """Refuse what is no database of ours."""
    with open_database(settings, read_only=True, path=source) as connection:
        migrations.schema_version(connection, str(source))


@contextmanager
def up_to_date(settings: Settings) -> Iterator[list[Segment]]:
    """Yield the segments of all that readers read, the index renewed where it may be written.

    Elsewhere, as on a disk that is shared for reading, what it lacks is built for this search.
    """
    if _may_write(folder(settings)):
        refresh(settings)
        yield segments(settings)
        return
    kept, source = segments(settings), snapshots.for_reading(settings)
    with tempfile.TemporaryDirectory(prefix="treatywatch-") as place:
        lacking = _unindexed(settings, source, kept)
        yield [*kept, *(_build(settings, Path(place), rows) for rows in lacking)]


def _may_write(place: Path) -> bool:
    lock = place / _LOCK
    return os.access(place if place.exists() else place.parent, os.W_OK | os.X_OK) and (
        not lock.exists() or os.access(lock, os.W_OK)
    )


Doc = tuple[str, str, str, str, str]  # article id, content hash, language, title, text


def _unindexed(settings: Settings, source: Path, known: Sequence[Segment]) -> Iterator[list[Doc]]:
    """Yield the current versions that no segment holds, a segment's worth at a time."""
    with open_database(settings, read_only=True, path=source) as connection:
        migrations.schema_version(connection, str(source))
        connection.execute("CREATE TEMP TABLE indexed (article_id VARCHAR, content_hash VARCHAR)")
        for number, segment in enumerate(known):
            place = str(segment.path).replace("'", "''")
            connection.execute(f"ATTACH '{place}' AS segment_{number} (READ_ONLY)")
            connection.execute(
                f"INSERT INTO indexed SELECT article_id, content_hash FROM segment_{number}.docs"
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


def _build(settings: Settings, place: Path, rows: Sequence[Doc]) -> Segment:
    """Write a segment of some versions: whole, or not at all."""
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


def _merge_small(settings: Settings, place: Path, listed: Sequence[Segment]) -> list[Segment]:
    small = [segment for segment in listed if segment.docs < _SMALL_DOCS]
    if len(small) <= _MOST_SMALL:
        return list(listed)
    with _new_segment(settings, place) as (connection, path):
        connection.execute(_CREATE_DOCS)
        for number, segment in enumerate(small):
            attached = str(segment.path).replace("'", "''")
            connection.execute(f"ATTACH '{attached}' AS part_{number} (READ_ONLY)")
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
    name = f"segment-{uuid.uuid4().hex}.duckdb"
    path, temporary = place / name, place / f".{name}.tmp"
    limits: dict[str, Any] = {"memory_limit": settings.storage.memory_limit, "threads": 2}
    with translated_errors(temporary):
        try:
            connection = duckdb.connect(str(temporary), config=limits)
            try:
                yield connection, path
            finally:
                connection.close()
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)


def _write_manifest(place: Path, listed: Sequence[Segment]) -> None:
    document = {
        "format": FORMAT,
        "segments": [{"file": segment.path.name, "docs": segment.docs} for segment in listed],
    }
    temporary = place / f".manifest.{os.getpid()}.tmp"
    temporary.write_text(json.dumps(document), encoding="utf-8")
    temporary.replace(place / "manifest.json")


def _remove_others(place: Path, listed: Sequence[Segment]) -> None:
    # A reader that has one of these open keeps it until it is done: the system sees to that.
    names = {segment.path.name for segment in listed}
    for path in place.glob("segment-*.duckdb"):
        if path.name not in names:
            path.unlink(missing_ok=True)


@contextmanager
def _only_one(place: Path) -> Iterator[bool]:
    import fcntl

    with (place / _LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


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
