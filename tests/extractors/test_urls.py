"""Addresses: keys that never merge two articles, links that lead somewhere."""

from __future__ import annotations

import base64
from urllib.parse import quote

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
        ("https://paper.test./a", "https://paper.test/a"),
        ("http://paper.test:80/a", "https://paper.test/a"),
        ("https://paper.test/a?UTM_Source=rss&id=1", "https://paper.test/a?id=1"),
        ("https://paper.test/Vi\u00ea\u0323t", "https://paper.test/Vi\u1ec7t"),
        ("https://paper.test/?q=%d8%a7", "https://paper.test/?q=ا"),
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
        ("https://paper.test:80/a", "https://paper.test/a"),
        ("https://paper.test/?a", "https://paper.test/?b"),
        ("https://paper.test/?page_ga=1", "https://paper.test/?page_ga=2"),
        # windows-1256
        ("https://paper.test/%C7%E1%CA", "https://paper.test/%C8%E1%CA"),
        ("https://paper.test/?q=%C7%E1%CA", "https://paper.test/?q=%C8%E1%CA"),
        ("https://paper.test/\ud800", "https://paper.test/\ud801"),
        ("mailto:a@paper.test", "mailto:b@paper.test"),
    ],
)
def test_two_articles_never_share_a_key(one: str, other: str) -> None:
    assert urls.canonical_key(one) != urls.canonical_key(other)


# Ids of stored articles are made of keys: these may never change.
@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("https://www.paper.test/News/1?utm_source=x#top", "paper.test/News/1"),
        ("http://paper.test:8080/?p=1&b=&c=x+y", "paper.test:8080/?p=1&b=&c=x+y"),
        ("https://paper.test/a;v=1/(b)%20c", "paper.test/a;v=1/(b)%20c"),
        ("https://paper.test/خبر", "paper.test/%D8%AE%D8%A8%D8%B1"),
        ("https://paper.test/a%2Fb", "paper.test/a/b"),
        ("nonsense", "nonsense"),
    ],
)
def test_keys_do_not_change_between_releases(url: str, key: str) -> None:
    assert urls.canonical_key(url) == key


def test_a_key_keeps_every_parameter_of_an_address_that_has_hundreds() -> None:
    query = "&".join(f"a{n}={n}" for n in range(400))
    assert urls.canonical_key(f"https://paper.test/?{query}") == f"paper.test/?{query}"


OTHER_BYTES = st.lists(st.integers(0x80, 0xFF), min_size=1, max_size=8).map(bytes)


@given(OTHER_BYTES, OTHER_BYTES)
def test_addresses_in_any_encoding_have_keys_of_their_own(one: bytes, other: bytes) -> None:
    for place in ("http://paper.test/", "http://paper.test/?x="):
        keys = {urls.canonical_key(place + quote(each)) for each in (one, other)}
        assert (len(keys) == 1) == (one == other)


@given(st.text(st.characters(), max_size=300) | st.text("utm_id=&?#;%/:+ạ.\t", max_size=40))
def test_an_address_keeps_its_key_without_its_tracking(text: str) -> None:
    url = f"http://paper.test/{text}"
    cleaned = urls.without_tracking(url)
    assert urls.without_tracking(cleaned) == cleaned
    assert urls.canonical_key(cleaned) == urls.canonical_key(url)


@given(st.text(st.characters(), max_size=300))
def test_anything_at_all_has_a_key_and_a_host_in_lower_case_if_any(text: str) -> None:
    assert bool(urls.canonical_key(text)) == bool(text)
    assert urls.host_of(text) == urls.host_of(text).lower()


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


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://paper.test:443/", "paper.test"),
        ("http://paper.test:80/", "paper.test"),
        ("http://paper.test:443/", "paper.test:443"),
        ("https://paper.test:80/", "paper.test:80"),
        ("HTTPS://PAPER.test.:443/", "paper.test"),
        ("http://paper.test:0x/", ""),
        ("http:///path", ""),
    ],
)
def test_a_host_has_no_port_where_its_scheme_says_it(url: str, host: str) -> None:
    assert urls.host_of(url) == host


def test_an_origin_keeps_its_scheme_and_port() -> None:
    assert urls.origin_of("HTTPS://Paper.test:8443/a?b#c") == "https://paper.test:8443"


@pytest.mark.parametrize(
    ("url", "cleaned"),
    [
        ("https://paper.test/a?utm_source=x&id=1&fbclid=y#top", "https://paper.test/a?id=1"),
        ("https://paper.test/a?id=%C7&b&&c=", "https://paper.test/a?id=%C7&b&c="),
        ("https://paper.test/a?gclid=1", "https://paper.test/a"),
        ("http://paper.test:x/?gclid=1", "http://paper.test:x/?gclid=1"),
    ],
)
def test_an_address_without_tracking_is_otherwise_as_it_was(url: str, cleaned: str) -> None:
    assert urls.without_tracking(url) == cleaned


TRACKING = (
    "utm_ utm_source fbclid gclid dclid gbraid wbraid msclkid yclid twclid igshid mc_cid mc_eid _ga"
    " _gl traffic_source at_medium at_campaign at_custom1 at_format at_link_id at_ptr_name"
    " at_bbc_team ocid cmpid ns_mchannel ito smid ftag wt_mc wt.mc_id maca xtor ref_src ref_url"
    " taid __twitter_impression zarsrc"
)


@pytest.mark.parametrize("name", TRACKING.split())
def test_a_tracking_parameter_goes_and_one_that_only_holds_its_name_stays(name: str) -> None:
    page = "https://paper.test/a"
    assert urls.canonical_key(f"{page}?{name}=1&id=2") == "paper.test/a?id=2"
    assert urls.without_tracking(f"{page}?{name}=1&id=2") == f"{page}?id=2"
    for kept in (f"{page}?x{name}=1", f"{page}?{name}-x=1"):
        assert urls.canonical_key(kept) == kept.removeprefix("https://")
        assert urls.without_tracking(kept) == kept


def test_a_dot_in_a_tracking_parameter_is_a_dot() -> None:
    assert urls.canonical_key("https://paper.test/?wt-mc_id=1") == "paper.test/?wt-mc_id=1"


def test_an_address_may_be_so_long_and_no_longer() -> None:
    longest = "http://paper.test/".ljust(urls.MAX_URL_CHARS, "x")
    assert urls.resolve_link("http://paper.test/", longest) == longest
    assert urls.resolve_link("http://paper.test/", longest + "x") == ""


def google_token(address: str) -> str:
    raw = b"\x08\x13\x22\x2f" + address.encode() + b"\xd2\x01\x00"
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def test_google_news_links_that_hold_the_address_are_resolved() -> None:
    token = google_token("https://paper.test/news/story.html")
    url = f"https://news.google.com/rss/articles/{token}?oc=5"
    assert urls.resolve_google_news(url) == "https://paper.test/news/story.html"


@pytest.mark.parametrize("token", ["CBMiAU_yqLabc", "%%%", "", "ünï"])
def test_other_google_news_links_stay_as_they_are(token: str) -> None:
    url = f"https://news.google.com/rss/articles/{token}"
    assert urls.resolve_google_news(url) == url


@pytest.mark.parametrize(
    ("start", "address"),
    [
        ("https://news.google.test/rss/articles/", "https://paper.test/story"),
        ("https://news.google.com/rss/topics/", "https://paper.test/story"),
        ("https://news.google.com/rss/articles/", "https://user:word@paper.test/story"),
    ],
)
def test_a_token_elsewhere_or_for_an_address_not_to_be_fetched_stays_as_it_is(
    start: str, address: str
) -> None:
    url = start + google_token(address)
    assert urls.resolve_google_news(url) == url


@pytest.mark.parametrize("mark", ["\x85", "\x9b", "\u061c", "\u200e", "\u202e", "\u2066", "\u2069"])
def test_marks_that_are_not_seen_are_escaped(mark: str) -> None:
    address = f"https://a.test/x{mark}y"
    resolved = urls.resolve_link("https://a.test/", address)
    assert resolved == f"https://a.test/x{quote(mark)}y"
    assert urls.canonical_key(resolved) == urls.canonical_key(address)
