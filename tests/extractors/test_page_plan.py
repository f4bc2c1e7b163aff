"""Which pages are fetched together, in which turns, and when a failed one is tried again."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treatywatch.config.settings import FetchSettings
from treatywatch.extractors.page_plan import next_try_at, page_host, plan_pages
from treatywatch.news.records import Failure, Feed, FeedEntry, PendingPage

NOW = datetime(2026, 11, 23, 5, 30, tzinfo=UTC)
DAY = timedelta(days=1)
FEED = Feed("f", "Paper", "http://paper.test/feed", "en")
SETTINGS = FetchSettings()


def page(host: str, number: int) -> PendingPage:
    entry = FeedEntry(f"{host}{number}", "f", f"http://{host}/{number}", "", "", "")
    return PendingPage(entry, FEED)


@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 99)), max_size=120),
    st.integers(1, 40),
    st.integers(1, 30),
)
def test_plans_hold_whole_hosts_and_lose_nothing(
    asked: list[tuple[int, int]], batch_pages: int, most: int
) -> None:
    pending = [page(f"h{host}.test", number) for host, number in asked]
    batches = plan_pages(pending, FetchSettings(max_pages_per_host=most), batch_pages)
    hosts = [{page_host(each) for each in batch} for batch in batches]
    assert sum(map(len, hosts)) == len(set().union(*hosts))
    planned = [each for batch in batches for each in batch]
    for host in {page_host(each) for each in pending}:
        wanted = [each for each in pending if page_host(each) == host][:most]
        assert [each for each in planned if page_host(each) == host] == wanted


def test_hosts_take_turns_in_a_batch() -> None:
    pending = [page("a.test", n) for n in range(3)] + [page("b.test", n) for n in range(2)]
    (batch,) = plan_pages(pending, SETTINGS, 100)
    assert [page_host(each)[0] for each in batch] == ["a", "b", "a", "b", "a"]


def test_batches_are_evenly_filled() -> None:
    pending = [page(f"h{size}.test", n) for size in (3, 4, 5, 6) for n in range(size)]
    batches = plan_pages(pending, SETTINGS, 9)
    assert [len(batch) for batch in batches] == [9, 9]


def test_pages_left_out_ask_for_no_batch() -> None:
    pending = [page("h.test", n) for n in range(30)]
    batches = plan_pages(pending, FetchSettings(max_pages_per_host=10), 10)
    assert [len(batch) for batch in batches] == [10]


def again(attempts: int, failure: Failure, most: int = 5) -> datetime | None:
    return next_try_at(attempts, NOW, failure, most)


def failure(error_class: str, retry_after: float | None = None) -> Failure:
    return Failure("page", "http://x.test/", error_class, "", NOW, retry_after)


def test_pages_are_tried_again_with_growing_pauses_a_bounded_number_of_times() -> None:
    tries = [again(n, failure("timeout")) for n in range(1, 6)]
    pauses = [at - NOW for at in tries if at is not None]
    assert pauses == sorted(pauses)
    assert pauses == [timedelta(hours=hours) for hours in (1, 6, 20, 48)]
    assert tries[-1] is None
    assert again(6, failure("timeout"), most=7) == NOW + 2 * DAY
    assert again(0, failure("timeout")) == NOW + timedelta(hours=1)


@pytest.mark.parametrize(
    "error_class",
    [
        "gone",
        "ssrf",
        "listing",
        "not_html",
        "paywall",
        "too_short",
        "not_a_feed",
        "crashed",
        "memory",
    ],
)
def test_what_asking_again_cannot_change_is_final(error_class: str) -> None:
    assert again(1, failure(error_class)) is None


def test_other_failures_get_one_more_try_and_retry_after_holds() -> None:
    assert again(1, failure("http_4xx")) is not None
    assert again(2, failure("http_4xx")) is None
    assert again(1, failure("rate_limited", 9e4)) == NOW + timedelta(seconds=9e4)


def test_a_short_retry_after_shortens_no_pause() -> None:
    assert again(1, failure("rate_limited", 60.0)) == NOW + timedelta(hours=1)


def test_the_host_of_a_google_news_link_is_the_outlets_where_it_can_be_read() -> None:
    token = base64.urlsafe_b64encode(b"\x08\x13\x22\x2fhttps://paper.test/story").decode()
    for name, host in ((token, "paper.test"), ("CBMiAU_yqLabc", "news.google.com")):
        url = f"https://news.google.com/rss/articles/{name}"
        assert page_host(PendingPage(FeedEntry("1", "f", url, "", "", ""), FEED)) == host
