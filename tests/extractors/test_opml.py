"""Feed lists travel as OPML both ways and lose nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treatywatch.extractors.opml import feed_id, read_opml, write_opml
from treatywatch.news.errors import UsageError
from treatywatch.news.records import LANGUAGES, Feed

WORDS = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=30)
FEEDS = st.lists(
    st.builds(
        Feed,
        id=st.from_regex(r"[a-z][a-z0-9-]{1,20}", fullmatch=True),
        name=WORDS,
        url=st.integers(0, 10_000).map(lambda n: f"https://paper{n}.test/rss?a=1&b=2"),
        language=st.sampled_from(LANGUAGES),
        homepage=st.sampled_from(("", "https://paper.test/")),
        country=st.sampled_from(("", "VN", "EG")),
        kind=st.sampled_from(("", "state", "blog")),
        enabled=st.booleans(),
    ),
    min_size=1,
    max_size=8,
    unique_by=(lambda feed: feed.id, lambda feed: feed.url),
)


@given(FEEDS)
def test_what_is_exported_comes_back(feeds: list[Feed]) -> None:
    assert read_opml(write_opml(feeds)) == feeds


def test_other_programs_lists_are_read() -> None:
    document = b"""<?xml version="1.0"?><opml version="1.0"><head/><body>
      <outline text="News"><outline text="The Paper" type="rss" xmlUrl="https://paper.test/rss"/>
      <outline title="B&#225;o" xmlUrl="https://bao.test/rss" language="vi-VN"/>
      <outline text="again" xmlUrl="https://paper.test/rss"/>
      <outline text="no address"/><outline text="x" xmlUrl="javascript:alert(1)"/></outline>
      </body></opml>"""
    found = read_opml(document, language="en")
    assert [(feed.id, feed.language) for feed in found] == [("the-paper", "en"), ("bao", "vi")]


def test_ids_are_readable_and_free() -> None:
    assert feed_id("Thời báo Đỏ", "http://x.test/") == "thoi-bao-do"
    assert feed_id("صحيفة", "http://paper.test/") == "paper-test"
    document = write_opml(
        [Feed("a", "P", "http://a.test/", "en"), Feed("a", "P", "http://b.test/", "en")]
    )
    assert [feed.id for feed in read_opml(document)] == ["a", "a-2"]


def test_an_id_that_is_taken_stays_one_that_a_feed_list_accepts() -> None:
    longest = "a" * 64
    feeds = [Feed(longest, "P", f"http://{n}.test/", "en") for n in range(12)]
    ids = [feed.id for feed in read_opml(write_opml(feeds))]
    assert len(set(ids)) == 12
    assert all(len(each) <= 64 for each in ids)


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (b"", "not readable as XML"),
        (b"- id: mine", "give the OPML file that your feed reader exports"),
        (b"<opml>\n<body>\n</opml>", r"line 2 and opml, line 3, column 8\)"),
        (b"<rss/>", "not <opml>"),
        (b"<opml><body/></opml>", "no feed in it"),
        (b'<opml><outline xmlUrl="http://a.test/"/></opml>', "has language ''"),
        (b"x" * 10_000_001, "larger than"),
    ],
)
def test_what_cannot_be_used_is_said_in_one_sentence(document: bytes, words: str) -> None:
    with pytest.raises(UsageError, match=words) as raised:
        read_opml(document, source="list.opml")
    assert str(raised.value).startswith("list.opml: ")


def test_entities_are_neither_expanded_nor_fetched() -> None:
    bomb = b'<!DOCTYPE o [<!ENTITY x SYSTEM "file:///etc/passwd">]><opml><body>&x;</body></opml>'
    with pytest.raises(UsageError):
        read_opml(bomb)
