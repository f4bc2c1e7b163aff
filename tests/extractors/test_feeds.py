"""Feeds in the wild give their good entries; what is no feed says so."""

from __future__ import annotations

import json
import time
import unicodedata
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from treatywatch.extractors.feeds import FeedDocument, ParsedFeed, dated_share, parse_feed
from treatywatch.news.records import Feed

NOW = datetime(2026, 11, 23, tzinfo=UTC)
FEED = Feed("f", "Paper", "http://paper.test/rss", "vi", country="VN")


def parse(
    text: str | bytes, charset: str | None = None, most: int = 200, at: datetime = NOW
) -> ParsedFeed:
    body = text.encode() if isinstance(text, str) else text
    return parse_feed(FeedDocument(FEED, "http://paper.test/rss/all.xml", body, charset, most, at))


def rss(items: str, channel: str = "") -> str:
    head = '<?xml version="1.0"?><rss version="2.0"><channel><title>T</title>'
    return f"{head}{channel}{items}</channel></rss>"


def item(title: str = "A", link: str = "/1", more: str = "") -> str:
    return f"<item><title>{title}</title><link>{link}</link>{more}</item>"


def test_an_entry_of_rss() -> None:
    more = (
        "<guid>g1</guid><pubDate>10/25/2025 5:30:00 PM</pubDate><author>An</author>"
        "<description>&lt;p&gt;Tóm &amp;amp; tắt&lt;/p&gt;</description>"
    )
    (entry,) = parse(
        rss(item("&lt;b&gt;C&amp;ocirc;ng&lt;/b&gt; ước", "../tin/1.html", more))
    ).entries
    assert entry.url == "http://paper.test/tin/1.html"
    assert entry.title == "Công ước"
    assert entry.summary == "Tóm & tắt"
    assert entry.published_at == datetime(2025, 10, 25, 10, 30, tzinfo=UTC)
    assert (entry.guid, entry.author, entry.status) == ("g1", "An", "pending")


def test_a_date_in_figures_is_read_as_the_day_it_came() -> None:
    at = datetime(2025, 10, 5, 12, tzinfo=UTC)
    for raw in ("05/10/2025 08:30 UTC", "10/05/2025 08:30 UTC"):
        (entry,) = parse(rss(item("A", "/1", f"<pubDate>{raw}</pubDate>")), at=at).entries
        assert entry.published_at == datetime(2025, 10, 5, 8, 30, tzinfo=UTC), raw


def test_atom_and_rdf() -> None:
    atom = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><title>T</title><entry><id>urn:1</id>'
        '<title>A</title><link rel="self" href="/x"/><link rel="alternate" href="/1"/>'
        "<updated>2025-10-25T10:00:00Z</updated>"
        "<content type='html'>&lt;p&gt;Body&lt;/p&gt;</content>"
        "</entry></feed>"
    )
    (entry,) = parse(atom).entries
    assert (entry.url, entry.content) == ("http://paper.test/1", "<p>Body</p>")
    assert entry.published_at == entry.updated_at == datetime(2025, 10, 25, 10, tzinfo=UTC)
    rdf = (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
        'xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        '<item rdf:about="http://paper.test/1"><title>A</title><link>http://paper.test/1</link>'
        "<dc:date>2025-10-25T17:00:00</dc:date></item></rdf:RDF>"
    )
    (entry,) = parse(rdf).entries
    assert entry.published_at == datetime(2025, 10, 25, 10, tzinfo=UTC)


def test_ids_depend_on_the_guid_and_hashes_on_the_words() -> None:
    one = parse(rss(item("A", "/1?a", "<guid>g</guid>"))).entries[0]
    moved = parse(rss(item("A", "/1?b", "<guid>g</guid>"))).entries[0]
    edited = parse(rss(item("B", "/1?a", "<guid>g</guid>"))).entries[0]
    assert one.entry_id == moved.entry_id == edited.entry_id
    assert one.entry_hash == moved.entry_hash != edited.entry_hash


def test_a_guid_shared_by_several_links_identifies_nothing() -> None:
    items = [item(str(n), f"/{n}", "<guid>same</guid>") for n in range(3)]
    assert len({entry.entry_id for entry in parse(rss("".join(items))).entries}) == 3


def test_repeated_entries_are_kept_once() -> None:
    assert len(parse(rss(item() * 3)).entries) == 1


def test_the_newest_are_kept_and_the_rest_recorded() -> None:
    days = "".join(
        item(str(n), f"/{n}", f"<pubDate>{n:02d} Oct 2025 10:00 GMT</pubDate>")
        for n in range(1, 10)
    )
    entries = parse(rss(days), most=3).entries
    assert [entry.title for entry in entries] == list("987654321")
    assert [entry.status for entry in entries] == ["pending"] * 3 + ["skipped"] * 6


def test_a_malformed_feed_gives_its_good_entries_and_a_warning() -> None:
    parsed = parse(rss(item("A", "/1") + item("B & C", "/2") + "<item><title>cut")[:-20])
    assert [entry.title for entry in parsed.entries][:2] == ["A", "B & C"]
    assert "malformed" in (parsed.warning or "")


def test_an_encoding_that_is_not_what_it_says_is_no_error() -> None:
    body = rss(item("اتفاقية هانوي بشأن الجريمة")).encode("cp1256")
    parsed = parse(body, "utf-8")
    assert (parsed.entries[0].title, parsed.warning) == ("اتفاقية هانوي بشأن الجريمة", None)


def test_nfd_becomes_nfc() -> None:
    (entry,) = parse(rss(item(unicodedata.normalize("NFD", "Công ước Hà Nội")))).entries
    assert entry.title == "Công ước Hà Nội"


def test_the_outlet_of_a_search_feed_is_kept() -> None:
    more = '<source url="http://other.test">Other Paper</source>'
    assert parse(rss(item(more=more))).entries[0].outlet == "Other Paper"


def test_what_the_channel_asks_for() -> None:
    channel = "<ttl>90</ttl><skipHours><hour>1</hour><hour>23</hour></skipHours>"
    parsed = parse(rss(item(), channel))
    assert (parsed.ttl_seconds, parsed.skip_hours) == (5400.0, {1, 23})


@pytest.mark.parametrize("reference", ["&#xD800;", "&#0;", "&#x110000;", "&#99999999999;"])
def test_a_reference_to_no_character_does_not_cost_the_feed(reference: str) -> None:
    (entry,) = parse(rss(item(f"A{reference}B & C"))).entries
    assert entry.title == "AB & C"


@pytest.mark.parametrize(
    ("body", "error_class"),
    [
        ("", "not_a_feed"),
        ("<!doctype html><html><body>Hi</body></html>", "not_a_feed"),
        ("<html><body>cf-challenge Checking your browser</body></html>", "blocked"),
        ('{"version": 1}', "not_a_feed"),
        ("<rss><channel", "malformed"),
    ],
)
def test_what_is_no_feed(body: str, error_class: str) -> None:
    assert parse(body).error_class == error_class


def test_a_feed_without_entries_is_a_feed() -> None:
    parsed = parse(rss(""))
    assert (parsed.error_class, parsed.entries) == (None, ())


def test_no_local_file_is_ever_opened(tmp_path: Path) -> None:
    secret = tmp_path / "feed.xml"
    secret.write_text(rss(item("secret")))
    assert parse(str(secret)).entries == ()


def test_dated_share() -> None:
    dated = parse(rss(item("A", "/1", "<pubDate>25 Oct 2025</pubDate>") + item("B", "/2"))).entries
    assert dated_share(dated) == 0.5
    assert dated_share(()) == 0.0


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200), st.binary(max_size=100))
def test_anything_gives_a_result(text: str, junk: bytes) -> None:
    for body in (
        text.encode("utf-8", "replace"),
        junk,
        rss(item(text)).encode("utf-8", "replace") + junk,
    ):
        parsed = parse(body)
        assert parsed.error_class or parsed.entries or not parsed.entries


@pytest.mark.slow
def test_well_formed_feeds_of_others_are_read(corpus: Path) -> None:
    """Every feed with an entry that has a web link must give that entry."""
    import feedparser

    rows = [json.loads(line) for line in (corpus / "index.jsonl").read_text().splitlines()]
    paths = [
        corpus / "feeds" / row["id"].removeprefix("feeds/") for row in rows if row["kind"] == "feed"
    ]
    started, lost = time.monotonic(), []
    for path in paths:
        body = path.read_bytes()
        theirs = [
            e
            for e in feedparser.parse(body, sanitize_html=False).entries
            if str(e.get("link", "")).startswith("http")
        ]
        ours = parse(body).entries
        if len({e.link for e in theirs}) > len(ours):
            lost.append(path.name)
    assert paths
    assert lost == []
    assert time.monotonic() - started < 60


def test_skipped_entries_carry_no_content() -> None:
    body = "<description>x</description><content:encoded xmlns:content='http://purl.org/rss/1.0/modules/content/'>long</content:encoded>"
    entries = parse(rss(item("A", "/1", body) + item("B", "/2", body)), most=1).entries
    assert [bool(entry.content) for entry in entries] == [True, False]
    assert replace(entries[0], content="").content == ""
