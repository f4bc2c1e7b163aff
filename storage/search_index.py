"""The index of words: small frozen files beside the database, added to after each run.

DuckDB's full-text index is static. So it is built over new versions alone, reduced to postings
sorted by term, and kept as a segment that never changes; many small segments become one. Readers
find the segments through a manifest that is replaced in one step.
"""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from treatywatch.config.settings import Settings
from treatywatch.news.whole import written_whole
from treatywatch.storage import migrations, snapshots
from treatywatch.storage.database import open_database
from treatywatch.storage.files import drop_unfinished
from treatywatch.storage.search_segments import Segment, build, merge_small, unindexed

FORMAT = 1
_LOCK = ".lock"


def folder(settings: Settings) -> Path:
    """Return the folder of the index of one database."""
    return settings.db.with_name(settings.db.stem + ".search")


def segments(settings: Settings) -> list[Segment]:
    """Return the segments of the index as it stands; none when there is none, or it is damaged."""
    manifest = folder(settings) / "manifest.json"
    try:
        document = json.loads(manifest.read_text(encoding="utf-8"))
        if document["format"] != FORMAT:
            return []
        listed = [Segment(folder(settings) / s["file"], s["docs"]) for s in document["segments"]]
    except (OSError, ValueError, KeyError, TypeError):
        return []  # the next refresh makes all of it anew
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
        drop_unfinished(place, "segment-", time.time())
        kept = segments(settings)
        added = [build(settings, place, rows) for rows in unindexed(settings, source, kept)]
        merged = merge_small(settings, place, [*kept, *added])
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
        lacking = unindexed(settings, source, kept)
        yield [*kept, *(build(settings, Path(place), rows) for rows in lacking)]


def _may_write(place: Path) -> bool:
    lock = place / _LOCK
    return os.access(place if place.exists() else place.parent, os.W_OK | os.X_OK) and (
        not lock.exists() or os.access(lock, os.W_OK)
    )


def _write_manifest(place: Path, listed: Sequence[Segment]) -> None:
    document = {
        "format": FORMAT,
        "segments": [{"file": segment.path.name, "docs": segment.docs} for segment in listed],
    }
    with written_whole(place / "manifest.json", synced=True) as temporary:
        temporary.write_text(json.dumps(document), encoding="utf-8")


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
