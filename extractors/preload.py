"""Imported once by the fork server, so that each worker starts with the heavy parsers loaded.

They are also used once: profiles, patterns and tables that are made at first use are then made
once and shared by all workers, not made anew in each.
"""

import gc
from datetime import UTC, datetime

from treatywatch.extractors.article_text import page_text
from treatywatch.extractors.feeds import FeedDocument, parse_feed
from treatywatch.extractors.languages import detect_language
from treatywatch.extractors.stories import fingerprint
from treatywatch.news.records import Feed

_PAGE = "<html><body><article>" + "<p>A paragraph of a page. </p>" * 20 + "</article></body></html>"
_FEED = b"<rss><channel><item><title>A</title><link>http://a.test/1</link></item></channel></rss>"


def _warm() -> None:
    text = page_text(_PAGE, "http://a.test/1", "en")
    detect_language(text, "", "en")
    fingerprint(text)
    feed = Feed("warm", "", "http://a.test/", "en")
    parse_feed(FeedDocument(feed, feed.url, _FEED, None, 1, datetime.now(UTC)))
    # What is loaded stays; the collector must not touch, and so copy, its pages in every worker.
    gc.collect()
    gc.freeze()


_warm()
