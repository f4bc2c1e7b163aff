"""Addresses: keys that never merge two articles, links that lead somewhere."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treatywatch.extractors import urls


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("http://www.paper.test/a", "https://paper.test/a"),
        ("https://paper.test/a?utm_source=rss&utm_medium=x", "https://paper.test/a"),
        ("https://paper.test/a?traffic_source=rss", "https://paper.test/a#top"),
        ("https://paper.test:443/a", "https://PAPER.test/a"),
        ("https://paper.test/%D8%A7", "https://paper.test/ا"),
        ("https://paper.test", "https://paper.test/"),
    ],
)
def test_one_article_has_one_key(one: str, other: str) -> None:
    assert urls.canonical_key(one) == urls.canonical_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://paper.test/a?cid=1", "https://paper.test/a?cid=2"),
        ("https://paper.test/g?galleryid=1", "https://paper.test/g"),
        ("https://paper.test/?p=1", "https://paper.test/?p=2"),
        ("https://paper.test/A", "https://paper.test/a"),
        ("https://paper.test/a/", "https://paper.test/a"),
        ("https://paper.test:8080/a", "https://paper.test/a"),
        ("https://m.paper.test/a", "https://paper.test/a"),
    ],
)
def test_two_articles_never_share_a_key(one: str, other: str) -> None:
    assert urls.canonical_key(one) != urls.canonical_key(other)


@given(st.text(max_size=300))
def test_keys_of_anything_are_stable(text: str) -> None:
    for url in (text, f"http://paper.test/{text}"):
        assert urls.canonical_key(url) == urls.canonical_key(url)
        urls.without_tracking(url)
        urls.host_of(url)


@given(st.text(max_size=100), st.text(max_size=100))
def test_links_resolve_to_web_addresses_or_to_nothing(base: str, link: str) -> None:
    found = urls.resolve_link(f"http://paper.test/{base}", link)
    assert found == "" or urls.is_fetchable(found)


@pytest.mark.parametrize(
    ("link", "found"),
    [
        ("/news/1", "http://paper.test/news/1"),
        ("2.html", "http://paper.test/sec/2.html"),
        ("//cdn.test/x", "http://cdn.test/x"),
        (" http://a.test/x y ", "http://a.test/x%20y"),
        ("https://a.test/\nx", "https://a.test/x"),
        ("javascript:alert(1)", ""),
        ("data:text/html,x", ""),
        ("mailto:a@b.test", ""),
        ("file:///etc/passwd", ""),
        ("http://user:pass@a.test/", ""),
        ("http://[::1", ""),
        ("http://a.test:99999/", ""),
        ("", ""),
        ("x" * 5000, ""),
    ],
)
def test_links(link: str, found: str) -> None:
    assert urls.resolve_link("http://paper.test/sec/1.html", link) == found


def test_hosts_are_counted_with_their_port() -> None:
    assert urls.host_of("https://Paper.test/x") == "paper.test"
    assert urls.host_of("http://paper.test:8080/") == "paper.test:8080"
    assert urls.host_of("nonsense") == ""


def test_google_news_links_that_hold_the_address_are_resolved() -> None:
    raw = b"\x08\x13\x22\x2fhttps://paper.test/news/story.html\xd2\x01\x00"
    token = base64.urlsafe_b64encode(raw).decode().rstrip("=")
    url = f"https://news.google.com/rss/articles/{token}?oc=5"
    assert urls.resolve_google_news(url) == "https://paper.test/news/story.html"


@pytest.mark.parametrize("token", ["CBMiAU_yqLabc", "%%%", "", "ünï"])
def test_other_google_news_links_stay_as_they_are(token: str) -> None:
    url = f"https://news.google.com/rss/articles/{token}"
    assert urls.resolve_google_news(url) == url
