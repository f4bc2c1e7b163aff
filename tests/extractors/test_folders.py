"""Folders of saved pages give their steps, and say which files cannot be read."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from pathlib import Path

import pytest
from support.steps import items, urls

from treatywatch.extractors.archives import Capture, Step
from treatywatch.extractors.folders import Folder
from treatywatch.news.records import Failure

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
PAGE = b"<html><body>a page</body></html>"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder of pages, some of them deep, one compressed, one linked from outside."""
    root = tmp_path / "saved"
    for name in ("b.html", "a/z.htm", "a/b/c.xhtml", "a.html", "a-b.html", "notes.txt"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(PAGE)
    (root / "c.html.gz").write_bytes(gzip.compress(PAGE))
    (tmp_path / "secret.html").write_bytes(PAGE)
    (root / "link.html").symlink_to(tmp_path / "secret.html")
    (root / "loop").symlink_to(root)
    return root


def test_folders_give_their_pages_in_one_order(folder: Path) -> None:
    source = Folder(folder, 1000, NOW)
    found = urls(source)
    assert sorted(found) == [
        "file:saved/a-b.html", "file:saved/a.html", "file:saved/a/b/c.xhtml",
        "file:saved/a/z.htm", "file:saved/b.html", "file:saved/c.html.gz",
    ]  # fmt: skip
    assert source.total == len(found)
    steps: list[Step] = list(source.steps(""))
    for number, step in enumerate(steps):
        assert urls(source, step.cursor) == found[number + 1 :]
    captures = [item for item in items(source) if isinstance(item, Capture)]
    assert {capture.page.body for capture in captures} == {PAGE}
    assert not any(capture.is_named for capture in captures)


def test_a_folder_says_which_files_cannot_be_read(folder: Path) -> None:
    (folder / "b.html").write_bytes(b"x" * 2000)
    (folder / "c.html.gz").write_bytes(b"\x1f\x8b\x08broken")
    found = [item for item in items(Folder(folder, 1000, NOW)) if isinstance(item, Failure)]
    assert found[1].at == NOW
    assert [(f.where, f.error_class) for f in found] == [
        ("file:saved/b.html", "too_large"),
        ("file:saved/c.html.gz", "bad_response"),
    ]
