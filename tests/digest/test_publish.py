"""Writing: whole files, the same bytes, an index and a feed of what lies there."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import feedparser
import pytest
from lxml import html

from treatywatch.digest.files import write_whole
from treatywatch.digest.options import FORMATS, DigestOptions
from treatywatch.digest.publish import list_digests, publish_index
from treatywatch.digest.write import write_digest
from treatywatch.news.errors import TreatywatchError
from treatywatch.news.week_input import WeekInput
from treatywatch.news.weekly import IsoWeek

ALL = DigestOptions(formats=FORMATS)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.slow
def test_a_rebuilt_digest_is_the_same_byte_for_byte(full_week: WeekInput, tmp_path: Path) -> None:
    paths = write_digest(full_week, ALL, tmp_path / "one")
    first = contents(tmp_path / "one")
    write_digest(full_week, ALL, tmp_path / "one")
    write_digest(full_week, ALL, tmp_path / "two")
    assert contents(tmp_path / "one") == first == contents(tmp_path / "two")
    assert [path.name for path in paths] == [
        "digest-2026-W47.html",
        "digest-2026-W47.md",
        "digest-2026-W47.json",
        "digest-2026-W47.csv.zip",
        "digest-2026-W47.eml",
    ]


@pytest.mark.slow
def test_index_and_feed_list_what_lies_there(full_week: WeekInput, tmp_path: Path) -> None:
    weeks = [IsoWeek(2026, 53), IsoWeek(2026, 47), IsoWeek(2027, 1)]
    for week in weeks:
        at = datetime(2027, 1, 11, 1, tzinfo=UTC)
        write_digest(WeekInput(week, (week,), as_of=at), DigestOptions(), tmp_path)
    (tmp_path / "digest-2026-W99.html").write_text("no such week")
    (tmp_path / "notes.html").write_text("not a digest")
    publish_index(tmp_path, DigestOptions())
    listed = [str(past.week) for past in list_digests(tmp_path)]
    assert listed == ["2027-W01", "2026-W53", "2026-W47"]

    index = html.parse(tmp_path / "index.html")
    links = index.xpath("//main//a/@href")
    assert [name for name in links if name.endswith(".html")][::2] == [
        "digest-2027-W01.html",
        "digest-2026-W53.html",
        "digest-2026-W47.html",
    ]
    assert all((tmp_path / name).is_file() for name in links)

    feed = feedparser.parse((tmp_path / "feed.atom").read_bytes())
    assert not feed.bozo
    assert [entry.id for entry in feed.entries] == [
        "urn:treatywatch:digest:2027-W01",
        "urn:treatywatch:digest:2026-W53",
        "urn:treatywatch:digest:2026-W47",
    ]
    assert feed.entries[0].updated == "2027-01-11T01:00:00Z"
    assert "No article about the treaty" in feed.entries[0].summary


def test_a_hostile_page_in_the_folder_is_only_text(tmp_path: Path, press: Any) -> None:
    for number, text in enumerate(press.hostile):
        week = IsoWeek(2025, 1).shift(number)
        attribute = text.replace('"', "'").encode("utf-8", "replace").decode()
        (tmp_path / f"digest-{week}.html").write_text(
            f'<meta name="description" content="{attribute}">'
            f'<meta name="treatywatch-updated" content="{attribute}">'
        )
    (tmp_path / "digest-2024-W01.html").write_bytes(b"\xff\xfe\x00" * 1000)
    (tmp_path / "digest-2024-W02.html").write_bytes(b"")
    publish_index(tmp_path, DigestOptions())
    index = html.parse(tmp_path / "index.html")
    tags = {str(node.tag) for node in index.iter() if isinstance(node.tag, str)}
    assert not tags & {"script", "iframe", "img", "form", "base", "svg"}
    feed = feedparser.parse((tmp_path / "feed.atom").read_bytes())
    assert not feed.bozo
    assert len(feed.entries) == 44


def test_an_empty_folder_has_an_index_too(tmp_path: Path) -> None:
    publish_index(tmp_path, DigestOptions(language="vi"))
    assert "Chưa có bản tin nào." in (tmp_path / "index.html").read_text(encoding="utf-8")


def test_nothing_half_written_stays_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = tmp_path / "a.html"
    old.write_text("old")

    def full_disk(_handle: int) -> None:
        raise OSError(28, "No space left on device", f"{tmp_path}/.a.html.x7")

    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(TreatywatchError, match=f"^{tmp_path}: .*No space left"):
        write_whole({old: b"new", tmp_path / "b.html": b"new"})
    assert contents(tmp_path) == {"a.html": b"old"}


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(TreatywatchError, match="file"):
        write_whole({tmp_path / "file" / "digest.html": b"x"})


def test_files_can_be_read_by_a_web_server(full_week: WeekInput, tmp_path: Path) -> None:
    (path,) = write_digest(full_week, replace(ALL, formats=("md",)), tmp_path)
    assert path.stat().st_mode & 0o777 == 0o644
