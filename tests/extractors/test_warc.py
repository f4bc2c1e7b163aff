"""WARC files, whole and damaged, are read record by record and taken up again at any of them."""

from __future__ import annotations

import gzip
import zlib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.warc import Archive

from treatywatch.extractors.archives import Capture, Step
from treatywatch.extractors.warc import WarcFile
from treatywatch.news.records import Failure

LIMIT = 100_000
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
PAGES = 6


def html(number: int) -> bytes:
    """Return a page whose length differs from the others'."""
    return f"<html><body>{'word ' * (200 + 37 * number)}page {number}</body></html>".encode()


def url_of(number: int) -> str:
    return f"https://paper.example/{number}.html"


def archive_of_pages(is_gzip: bool) -> Archive:
    archive = Archive(is_gzip)
    for number in range(PAGES):
        archive.add(url_of(number), html(number))
    return archive


def steps_of(folder: Path, raw: bytes, name: str = "a.warc.gz", cursor: str = "") -> list[Step]:
    path = folder / name
    path.write_bytes(raw)
    return list(WarcFile(path, LIMIT, NOW).steps(cursor))


def urls(steps: list[Step]) -> list[str]:
    return [step.item.url for step in steps if isinstance(step.item, Capture)]


def failures(steps: list[Step]) -> list[Failure]:
    return [step.item for step in steps if isinstance(step.item, Failure)]


@pytest.mark.parametrize(("name", "is_gzip"), [("a.warc.gz", True), ("a.warc", False)])
def test_pages_come_in_order_with_their_bytes(tmp_path: Path, name: str, is_gzip: bool) -> None:
    steps = steps_of(tmp_path, archive_of_pages(is_gzip).raw, name)
    captures = [step.item for step in steps if isinstance(step.item, Capture)]
    assert [item.url for item in captures] == [url_of(n) for n in range(PAGES)]
    assert [item.page.body for item in captures] == [html(n) for n in range(PAGES)]
    assert captures[0].page.charset == "utf-8"
    assert captures[0].page.content_type == "text/html"
    assert captures[0].page.fetched_at == datetime(2025, 10, 25, 10, tzinfo=UTC)
    done = [step.done for step in steps]
    assert done == sorted(done)
    assert done[-1] == WarcFile(tmp_path / name, LIMIT, NOW).total


@pytest.mark.parametrize(("name", "is_gzip"), [("a.warc.gz", True), ("a.warc", False)])
def test_any_cursor_goes_on_at_the_very_next_record(
    tmp_path: Path, name: str, is_gzip: bool
) -> None:
    raw = archive_of_pages(is_gzip).raw
    steps = steps_of(tmp_path, raw, name)
    for number, step in enumerate(steps):
        rest = steps_of(tmp_path, raw, name, step.cursor)
        assert [s.cursor for s in rest] == [s.cursor for s in steps[number + 1 :]]
        assert urls(rest) == urls(steps[number + 1 :])


@pytest.mark.parametrize("padding", [10, 200_000])
def test_many_records_in_one_gzip_member(tmp_path: Path, padding: int) -> None:
    archive = Archive(is_gzip=False)
    for number in range(3):
        archive.add(url_of(number), b"<p>" + b"x" * min(padding, LIMIT // 2) + b"</p>")
    raw = gzip.compress(archive.raw)
    steps = steps_of(tmp_path, raw)
    assert urls(steps) == [url_of(n) for n in range(3)]
    for number, step in enumerate(steps):
        assert urls(steps_of(tmp_path, raw, cursor=step.cursor)) == urls(steps)[number + 1 :]


def test_only_good_html_responses_are_pages(tmp_path: Path) -> None:
    archive = Archive(is_gzip=True)
    archive.add(url_of(0), html(0), kind="request", status="GET / HTTP/1.1")
    archive.add(url_of(1), b"%PDF-", (("Content-Type", "application/pdf"),))
    archive.add(url_of(2), html(2), status="HTTP/1.1 404 Not Found")
    archive.add(url_of(3), html(3), status="HTTP/2 301")
    archive.add("dns:paper.example", b"1.2.3.4")
    archive.add("https://user:pw@paper.example/", html(0))
    archive.add(url_of(5), html(5), (("content-type", "Application/XHTML+xml"),))
    archive.add(url_of(6), b"")
    steps = steps_of(tmp_path, archive.raw)
    assert urls(steps) == [url_of(5), url_of(6)]
    assert not failures(steps)
    assert len(steps) == 8


@pytest.mark.parametrize("name", ["gzip", "deflate", "identity", "gzip, gzip"])
def test_bodies_as_servers_sent_them(tmp_path: Path, name: str) -> None:
    body = html(1)
    for layer in name.split(", "):
        body = {"gzip": gzip.compress, "deflate": zlib.compress}.get(layer, bytes)(body)
    chunked = b"".join(
        b"%x\r\n%b\r\n" % (len(piece), piece)
        for piece in (body[at : at + 100] for at in range(0, len(body), 100))
    )
    archive = Archive(is_gzip=True)
    kind = ("Content-Type", "text/html")
    archive.add(url_of(0), body, (kind, ("Content-Encoding", name)))
    archive.add(
        url_of(1), chunked + b"0\r\n\r\n",
        (kind, ("Content-Encoding", name), ("Transfer-Encoding", "chunked")),
    )  # fmt: skip
    # some crawlers undo it and leave the header
    archive.add(url_of(2), html(1), (kind, ("Content-Encoding", name)))
    bodies = [
        step.item.page.body
        for step in steps_of(tmp_path, archive.raw)
        if isinstance(step.item, Capture)
    ]
    assert bodies == [html(1)] * 3


@pytest.mark.slow
def test_large_pages_are_failures_and_cost_no_memory(tmp_path: Path) -> None:
    archive = Archive(is_gzip=True)
    archive.add(url_of(0), b"<p>" + b"a" * (LIMIT + 1))
    bomb = gzip.compress(b"<p>" + b"a" * 50_000_000)
    archive.add(url_of(1), bomb, (("Content-Type", "text/html"), ("Content-Encoding", "gzip")))
    archive.add(url_of(2), html(2))
    steps = steps_of(tmp_path, archive.raw)
    assert [(f.where, f.error_class) for f in failures(steps)] == [
        (url_of(0), "too_large"),
        (url_of(1), "too_large"),
    ]
    assert urls(steps) == [url_of(2)]


def test_captures_before_the_first_day_are_passed_over(tmp_path: Path) -> None:
    archive = Archive(is_gzip=True)
    archive.add(url_of(0), html(0), date="2025-01-01T00:00:00Z")
    archive.add(url_of(1), html(1), date="2025-12-01T00:00:00Z")
    (tmp_path / "a.warc.gz").write_bytes(archive.raw)
    since = datetime(2025, 6, 1, tzinfo=UTC)
    source = WarcFile(tmp_path / "a.warc.gz", LIMIT, NOW, since)
    assert urls(list(source.steps(""))) == [url_of(1)]


@pytest.mark.parametrize(
    "date",
    ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00Z", "soon"],
)
def test_a_date_outside_of_the_calendar_costs_its_record_alone(tmp_path: Path, date: str) -> None:
    archive = Archive(is_gzip=True)
    archive.add(url_of(0), html(0), date=date)
    archive.add(url_of(1), html(1))
    steps = steps_of(tmp_path, archive.raw)
    assert urls(steps) == [url_of(1)]
    assert [each.error_class for each in failures(steps)] == ["malformed"]


# --- damage ------------------------------------------------------------------------------------


@pytest.mark.parametrize("victim", range(PAGES))
def test_a_damaged_member_costs_that_record_alone(tmp_path: Path, victim: int) -> None:
    archive = archive_of_pages(is_gzip=True)
    raw = bytearray(archive.raw)
    middle = archive.starts[victim] + 60
    raw[middle : middle + 8] = b"\x00\xff" * 4
    steps = steps_of(tmp_path, bytes(raw))
    assert urls(steps) == [url_of(n) for n in range(PAGES) if n != victim]
    [failure] = failures(steps)
    assert (failure.error_class, failure.at) == ("malformed", NOW)
    assert str(archive.starts[victim]) in failure.where


@pytest.mark.parametrize("length", [b"5", b"999999", b"-1", b"many", b"9" * 30])
def test_a_wrong_length_in_a_plain_file_costs_that_record_alone(
    tmp_path: Path, length: bytes
) -> None:
    archive = archive_of_pages(is_gzip=False)
    raw = archive.raw
    at = raw.index(b"Content-Length: ", archive.starts[2]) + len(b"Content-Length: ")
    raw = raw[:at] + length + raw[raw.index(b"\r", at) :]
    steps = steps_of(tmp_path, raw, "a.warc")
    assert urls(steps) == [url_of(n) for n in range(PAGES) if n != 2]
    assert len(failures(steps)) == 1


@pytest.mark.parametrize(("name", "is_gzip"), [("a.warc.gz", True), ("a.warc", False)])
def test_a_file_that_is_still_arriving_goes_on_when_it_has_grown(
    tmp_path: Path, name: str, is_gzip: bool
) -> None:
    archive = archive_of_pages(is_gzip)
    cut = archive.raw[: archive.starts[4] - 40]
    first = steps_of(tmp_path, cut, name)
    assert urls(first) == [url_of(n) for n in range(3)]
    assert len(failures(first)) == 1
    rest = steps_of(tmp_path, archive.raw, name, first[-1].cursor)
    assert urls(rest) == [url_of(n) for n in range(3, PAGES)]
    assert not failures(rest)


@pytest.mark.parametrize(("name", "is_gzip"), [("a.warc.gz", True), ("a.warc", False)])
def test_garbage_between_records_is_passed_over(tmp_path: Path, name: str, is_gzip: bool) -> None:
    archive = archive_of_pages(is_gzip)
    at = archive.starts[3]
    raw = archive.raw[:at] + b"\x1f\x8b\x08 garbage \xff\x00" * 3 + b"\n" + archive.raw[at:]
    steps = steps_of(tmp_path, raw, name)
    lost = {url_of(2)} if not is_gzip else set()  # its end cannot be told from its middle
    assert set(urls(steps)) >= {url_of(n) for n in range(PAGES)} - lost
    assert failures(steps)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data(), is_gzip=st.booleans())
def test_any_damage_ends_and_leaves_what_stands_before_it(
    tmp_path: Path, data: st.DataObject, is_gzip: bool
) -> None:
    archive = archive_of_pages(is_gzip)
    raw = bytearray(archive.raw)
    first = data.draw(st.integers(0, len(raw) - 1))
    for at in [first, *data.draw(st.lists(st.integers(first, len(raw) - 1), max_size=5))]:
        raw[at] = data.draw(st.integers(0, 255))
    name = "a.warc.gz" if is_gzip else "a.warc"
    steps = steps_of(tmp_path, bytes(raw[: data.draw(st.integers(first, len(raw)))]), name)
    ends = [*archive.starts[1:], len(archive.raw)]
    # the record before the damage is believed only where its end can be seen
    whole = [n for n, end in enumerate(ends) if end < first]
    assert set(urls(steps)) >= {url_of(n) for n in whole[:-1]}
    assert len(steps) <= 4 * PAGES
    done = [step.done for step in steps]
    assert done == sorted(done)
