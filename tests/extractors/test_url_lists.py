"""Lists of addresses give their steps, and what is no address is named by its line."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from pathlib import Path

import pytest
from support.steps import items, urls

from treatywatch.extractors.url_lists import UrlList
from treatywatch.news.records import Failure

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_lists_give_addresses_and_name_bad_lines(tmp_path: Path, pack: object) -> None:
    path = tmp_path / "urls.txt"
    lines = (
        "\ufeffhttps://a.example/1\r\n# a comment\n\nhttps://a.example/2 and words\n"
        "javascript:alert(1)\nhttps://a.example/báo\nfile:///etc/passwd"
    )
    path.write_bytes(pack(lines.encode()))  # type: ignore[operator]
    source = UrlList(path, NOW)
    assert urls(source) == ["https://a.example/1", "https://a.example/2", "https://a.example/báo"]
    bad = [(item.where, item.at) for item in items(source) if isinstance(item, Failure)]
    assert bad == [("urls.txt, line 5", NOW), ("urls.txt, line 7", NOW)]
    places = [step.cursor for step in source.steps("")]
    assert places == [str(number) for number in range(1, 8)]
    for number, cursor in enumerate(places):
        assert [step.cursor for step in source.steps(cursor)] == places[number + 1 :]


def test_a_line_without_end_is_cut(tmp_path: Path) -> None:
    path = tmp_path / "urls.txt"
    path.write_bytes(b"https://a.example/1\n" + b"x" * 100_000 + b"\nhttps://a.example/2\n")
    assert urls(UrlList(path, NOW)) == ["https://a.example/1", "https://a.example/2"]
    assert len(items(UrlList(path, NOW))) == 3


def test_a_cut_off_list_gives_what_is_whole_and_says_so(tmp_path: Path) -> None:
    lines = [f"https://a.example/{number * 7919 % 10_007}\n" for number in range(9_000)]
    packed = gzip.compress("".join(lines).encode())
    path = tmp_path / "urls.txt.gz"
    path.write_bytes(packed[: len(packed) // 2])
    *whole, last = UrlList(path, NOW).steps("")
    assert 0 < len(whole) < len(lines)
    assert isinstance(last.item, Failure)
    assert last.item.error_class == "malformed"
    assert [step.item for step in UrlList(path, NOW).steps(last.cursor)] == [last.item]
    path.write_bytes(packed)
    rest = list(UrlList(path, NOW).steps(last.cursor))
    assert len(whole) + len(rest) == len(lines)
