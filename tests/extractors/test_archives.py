"""Sources are told apart by what is in them, and what is none is refused in a sentence."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest
from support.warc import Archive

from treatywatch.extractors.archives import file_identity, kind_of
from treatywatch.news.errors import UsageError

PAGE = b"<html><body>a page</body></html>"


def test_kinds_are_told_by_content(tmp_path: Path) -> None:
    archive = Archive()
    archive.add("https://a.example/", PAGE)
    files = {
        "a.warc.gz": archive.raw,
        "nameless": archive.raw,
        "urls.txt": b"# mine\n\nhttps://a.example/1\n",
        "bom.csv": b"\xef\xbb\xbfhttps://a.example/1\n",
        "urls.gz": gzip.compress(b"https://a.example/1\n"),
        "map.xml": b'<?xml version="1.0"?><urlset xmlns="x"><url/></urlset>',
        "map.xml.gz": gzip.compress(b"<sitemapindex/>"),
        "empty.txt": b"",
    }
    for name, body in files.items():
        (tmp_path / name).write_bytes(body)
    kinds = {name: kind_of(str(tmp_path / name)) for name in files}
    assert kinds == {
        "a.warc.gz": "warc", "nameless": "warc", "urls.txt": "urls", "bom.csv": "urls",
        "urls.gz": "urls", "map.xml": "sitemap", "map.xml.gz": "sitemap", "empty.txt": "urls",
    }  # fmt: skip
    assert kind_of(str(tmp_path)) == "folder"
    for address in ("https://a.example/robots.txt", "https://a.example/news-sitemap?page=1"):
        assert kind_of(address) == "sitemap"


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("missing.warc.gz", "No such file"),
        ("photo.png", "neither"),
        ("prose.txt", "neither"),
        ("https://a.example/page.html", "one a line"),
        ("https://a.example/x.warc.gz", "download"),
        ("ftp://a.example/sitemap.xml", "http or https"),
        ("https://user:pw@a.example/sitemap.xml", "http or https"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(place: str, words: str) -> None:
    Path("photo.png").write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00")
    Path("prose.txt").write_text("It was a dark night.\nNothing more.\n")
    with pytest.raises(UsageError, match=words) as raised:
        kind_of(place)
    assert place in str(raised.value)


def test_a_source_is_the_same_when_it_is_moved_or_grows(tmp_path: Path) -> None:
    first, second = tmp_path / "a.warc", tmp_path / "b.warc"
    first.write_bytes(b"WARC/1.0 " + os.urandom(70_000))
    second.write_bytes(first.read_bytes() + b"more")
    assert file_identity(first) == file_identity(second)
    second.write_bytes(b"other")
    assert file_identity(first) != file_identity(second)
