"""Out as Parquet and in again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from tests.storage.conftest import NOON, Newsroom, Story, rows_of
from treatywatch.news.errors import DatabaseTooNewError, UsageError
from treatywatch.storage import snapshots
from treatywatch.storage.check import check_database
from treatywatch.storage.exports import export_database, import_database
from treatywatch.storage.migrations import newest_version

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
def test_what_is_exported_comes_back_row_by_row(newsroom: Newsroom, tmp_path: Path) -> None:
    newsroom.publish(Story("a"), Story("ب", language="ar", feed_id="feed2", published=None))
    newsroom.publish(Story("a", text="Edited."), at=NOON + timedelta(days=40))
    out = export_database(newsroom.settings, tmp_path / "out", NOON)
    assert (out.rows["articles"], out.rows["article_versions"]) == (2, 3)
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text(encoding="utf-8"))
    assert set(manifest["files"]) == {
        str(path.relative_to(tmp_path / "out")) for path in (tmp_path / "out").rglob("*.parquet")
    }
    parts = {Path(name).parts[1:3] for name in manifest["files"] if name.startswith("passages/")}
    assert parts == {
        ("export_month=2026-11", "export_language=ar"),
        ("export_month=2026-11", "export_language=en"),
    }
    other = newsroom.settings.model_copy(update={"db": tmp_path / "other.duckdb"})
    import_database(other, tmp_path / "out", NOON)
    assert rows_of(other.db) == rows_of(newsroom.settings.db)
    assert check_database(other) == []


@pytest.mark.slow
def test_readers_see_what_was_imported_at_once(newsroom: Newsroom, tmp_path: Path) -> None:
    newsroom.publish(Story("a"))
    export_database(newsroom.settings, tmp_path / "out", NOON)
    snapshots.make(newsroom.settings, NOON)
    newsroom.settings.db.unlink()
    later = NOON + timedelta(days=1)
    import_database(newsroom.settings, tmp_path / "out", later)
    assert snapshots.taken_at(snapshots.for_reading(newsroom.settings)) == later


@pytest.mark.slow
def test_an_export_that_was_touched_is_refused_whole(newsroom: Newsroom, tmp_path: Path) -> None:
    newsroom.publish(Story("a"))
    export_database(newsroom.settings, tmp_path / "out", NOON)
    other = newsroom.settings.model_copy(update={"db": tmp_path / "other.duckdb"})
    manifest = tmp_path / "out" / "manifest.json"
    text = manifest.read_text(encoding="utf-8")
    file = next((tmp_path / "out" / "articles").rglob("*.parquet"))
    data = file.read_bytes()
    file.write_bytes(data + b"x")
    with pytest.raises(UsageError, match="differs from manifest"):
        import_database(other, tmp_path / "out", NOON)
    file.unlink()
    with pytest.raises(UsageError, match="not there"):
        import_database(other, tmp_path / "out", NOON)
    file.write_bytes(data)
    for bad, words in (
        ("{", "not the manifest"),
        ('{"format": "other", "files": {}, "schema": 1}', "not the manifest"),
        (text.replace('"articles": 1,', '"articles": 7,'), "rows differ"),
        (text.replace('"files": {', '"files": {"../x": {},'), "not there"),
    ):
        manifest.write_text(bad, encoding="utf-8")
        with pytest.raises(UsageError, match=words):
            import_database(other, tmp_path / "out", NOON)
    newer = text.replace(f'"schema": {newest_version()}', '"schema": 99')
    manifest.write_text(newer, encoding="utf-8")
    with pytest.raises(DatabaseTooNewError):
        import_database(other, tmp_path / "out", NOON)
    manifest.write_text(text, encoding="utf-8")
    import_database(other, tmp_path / "out", NOON)
    with pytest.raises(UsageError, match="holds data already"):
        import_database(other, tmp_path / "out", NOON)


def test_an_export_never_writes_over_anything(newsroom: Newsroom, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine").touch()
    with pytest.raises(UsageError, match="already there"):
        export_database(newsroom.settings, tmp_path / "out", NOON)
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["mine"]


FULL_EXPORT = """
import resource, signal, sys
from pathlib import Path
from tests.storage.conftest import NOON
from treatywatch.config.settings import Settings
from treatywatch.news.errors import UsageError
from treatywatch.storage.exports import export_database
resource.setrlimit(resource.RLIMIT_FSIZE, (256, 256))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
try:
    export_database(Settings(db=Path(sys.argv[1])), Path(sys.argv[2]), NOON)
except UsageError as error:
    print(error)
"""


@pytest.mark.slow
def test_an_export_that_the_disk_cannot_hold_is_named_and_leaves_nothing(
    newsroom: Newsroom, tmp_path: Path
) -> None:
    newsroom.publish(Story("a"))
    folder = tmp_path / "exports"
    folder.mkdir()
    done = subprocess.run(
        [sys.executable, "-c", FULL_EXPORT, str(newsroom.settings.db), str(folder / "out")],
        capture_output=True, text=True, cwd=ROOT, timeout=120,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.stdout.startswith(f"{folder / 'out'}: cannot be written ("), done
    assert list(folder.iterdir()) == []
