"""Lists and folders give their steps, and what is none of them is refused in a sentence."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest
from support.warc import Archive

from treatywatch.extractors.archives import (
    Capture,
    Folder,
    Link,
    Source,
    Step,
    UrlList,
    file_identity,
    kind_of,
)
from treatywatch.extractors.captures import Outlets, entry_for
from treatywatch.news.errors import UsageError
from treatywatch.news.records import Failure, Feed

PAGE = b"<html><body>a page</body></html>"


def items(source: Source, cursor: str = "") -> list[object]:
    return [step.item for step in source.steps(cursor) if step.item is not None]


def urls(source: Source, cursor: str = "") -> list[str]:
    return [item.url for item in items(source, cursor) if isinstance(item, Capture | Link)]


# --- kinds -------------------------------------------------------------------------------------


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


# --- lists -------------------------------------------------------------------------------------


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_lists_give_addresses_and_name_bad_lines(tmp_path: Path, pack: object) -> None:
    path = tmp_path / "urls.txt"
    lines = (
        "\ufeffhttps://a.example/1\r\n# a comment\n\nhttps://a.example/2 and words\n"
        "javascript:alert(1)\nhttps://a.example/báo\nfile:///etc/passwd"
    )
    path.write_bytes(pack(lines.encode()))  # type: ignore[operator]
    source = UrlList(path)
    assert urls(source) == ["https://a.example/1", "https://a.example/2", "https://a.example/báo"]
    bad = [item.where for item in items(source) if isinstance(item, Failure)]
    assert bad == ["urls.txt, line 5", "urls.txt, line 7"]
    places = [step.cursor for step in source.steps("")]
    assert places == [str(number) for number in range(1, 8)]
    for number, cursor in enumerate(places):
        assert [step.cursor for step in source.steps(cursor)] == places[number + 1 :]


def test_a_line_without_end_is_cut(tmp_path: Path) -> None:
    path = tmp_path / "urls.txt"
    path.write_bytes(b"https://a.example/1\n" + b"x" * 100_000 + b"\nhttps://a.example/2\n")
    assert urls(UrlList(path)) == ["https://a.example/1", "https://a.example/2"]
    assert len(items(UrlList(path))) == 3


# --- folders -----------------------------------------------------------------------------------


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
    source = Folder(folder, 1000)
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
    found = [item for item in items(Folder(folder, 1000)) if isinstance(item, Failure)]
    assert [(f.where, f.error_class) for f in found] == [
        ("file:saved/b.html", "too_large"),
        ("file:saved/c.html.gz", "bad_response"),
    ]


# --- whose page it is --------------------------------------------------------------------------


def test_a_page_belongs_to_the_outlet_that_the_feed_list_knows() -> None:
    feeds = [
        Feed(
            "a", "The Paper", "https://feeds.example/rss", "en", "https://www.paper.example", "GB"
        ),
        Feed("u-ar", "UN News", "https://un.example/ar/rss", "ar", "https://un.example/ar"),
        Feed("u-en", "UN News", "https://un.example/en/rss", "en", "https://un.example/en"),
    ]
    outlets = Outlets(feeds)
    paper = outlets.feed_for("https://m.paper.example/x", "backfill:1")
    assert (paper.id, paper.name, paper.language, paper.country) == (
        "backfill:1", "The Paper", "en", "GB",
    )  # fmt: skip
    both = outlets.feed_for("https://un.example/vi/x", "backfill:1")
    assert (both.name, both.language) == ("UN News", "")
    other = outlets.feed_for("https://WWW.other.example/x", "backfill:1", "vi")
    assert (other.name, other.language) == ("other.example", "vi")
    entry = entry_for(Link("https://a.example/1", "Title"), paper)
    assert entry.entry_id == entry_for(Link("https://a.example/1"), paper).entry_id
