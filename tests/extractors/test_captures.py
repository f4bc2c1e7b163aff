"""A page of the past belongs to the outlet that the feed list knows."""

from __future__ import annotations

from treatywatch.extractors.archives import Link
from treatywatch.extractors.captures import Outlets, entry_for
from treatywatch.news.records import Feed


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
