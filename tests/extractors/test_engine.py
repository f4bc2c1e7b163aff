"""The fetcher: polite within a host, parallel across hosts, never raising for one address."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import UTC, datetime

import httpx
import pytest

from treatywatch.config.settings import ExtractSettings, FetchSettings, FlowSettings, Settings
from treatywatch.extractors.engine import Fetcher, stop_fetchers
from treatywatch.extractors.plan import due_feeds
from treatywatch.extractors.robots import MAX_ROBOTS_BYTES
from treatywatch.extractors.urls import host_of
from treatywatch.extractors.visits import Progress
from treatywatch.news.errors import FetchError
from treatywatch.news.records import Failure, Feed, FeedEntry, FeedState, Page, PendingPage

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
RSS = (
    '<rss version="2.0"><channel><title>T</title><item><title>A</title><link>/1</link></item>'
    "</channel></rss>"
)


class Web(httpx.AsyncBaseTransport):
    """A scriptable web: answers by address, and a record of who was asked when."""

    def __init__(self, latency: float = 0.0) -> None:
        self.answers: dict[str, Callable[[httpx.Request], httpx.Response]] = {}
        self.asked: list[tuple[float, httpx.Request]] = []
        self.at_once: dict[str, int] = defaultdict(int)
        self.most_at_once: dict[str, int] = defaultdict(int)
        self.latency = latency
        self.most_in_all = 0

    def serve(self, url: str, body: str = "", status: int = 200, **headers: str) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers[url] = lambda _: httpx.Response(
            status, headers=named, stream=httpx.ByteStream(body.encode())
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        host = request.url.host
        self.asked.append((time.monotonic(), request))
        self.at_once[host] += 1
        self.most_at_once[host] = max(self.most_at_once[host], self.at_once[host])
        self.most_in_all = max(self.most_in_all, sum(self.at_once.values()))
        await asyncio.sleep(self.latency)
        self.at_once[host] -= 1
        answer = self.answers.get(str(request.url))
        if answer is not None:
            return answer(request)
        missing = request.url.path == "/robots.txt"
        body = httpx.ByteStream(b"" if missing else b"<html>page</html>")
        return httpx.Response(404 if missing else 200, stream=body)

    def urls(self) -> list[str]:
        return [str(request.url) for _, request in self.asked]


def settings(**fetch: object) -> Settings:
    quick = {"host_delay": 0, "total_timeout": 5, "robots": False, **fetch}
    return Settings(fetch=FetchSettings(**quick), extract=ExtractSettings(workers=0))


def page(url: str, feed_id: str = "f") -> PendingPage:
    return PendingPage(FeedEntry(url, feed_id, url, url, "T", "h"), Feed(feed_id, "P", "x", "en"))


def pages_of(host: str, count: int) -> list[PendingPage]:
    return [page(f"http://{host}/{n}") for n in range(count)]


def fetch_feed(web: Web, state: FeedState | None = None, now: datetime = NOW):  # type: ignore[no-untyped-def]
    feed = Feed("f", "Paper", "http://paper.test/rss", "en")
    with Fetcher(settings(), web) as fetcher:
        due = due_feeds([feed], {"f": state} if state else {}, now, settings().fetch)
        (result,) = fetcher.fetch_feeds(due, now)
    return result


def assert_apart(times: list[float], began: float, delay: float) -> None:
    """Hold that no request was before its turn; a busy machine may be late for any of them."""
    early = [n for n, at in enumerate(times) if at < began + n * delay - 0.01]
    assert (early, len(times) > 2) == ([], True)


# --- feeds -----------------------------------------------------------------------------------


def test_a_feed_is_fetched_and_remembered() -> None:
    web = Web()
    web.serve("http://paper.test/rss", RSS, etag='"1"', last_modified="Mon")
    result = fetch_feed(web)
    assert (result.fetch.outcome, result.fetch.http_status) == ("ok", 200)
    assert [entry.url for entry in result.entries] == ["http://paper.test/1"]
    assert (result.state.etag, result.state.last_modified) == ('"1"', "Mon")


def test_validators_are_sent_and_a_304_is_a_success() -> None:
    web = Web()
    web.serve("http://paper.test/rss", RSS, etag='"1"')
    state = fetch_feed(web).state
    web.serve("http://paper.test/rss", status=304)
    result = fetch_feed(web, state)
    assert web.asked[-1][1].headers["if-none-match"] == '"1"'
    assert (result.fetch.outcome, result.entries) == ("not_modified", ())
    assert result.state.last_success_at == NOW


def test_a_header_that_is_no_number_costs_nothing() -> None:
    web = Web()
    web.answers["http://paper.test/rss"] = lambda _: httpx.Response(
        200,
        headers=[(b"cache-control", b"max-age=60"), (b"age", b"\xb2")],
        stream=httpx.ByteStream(RSS.encode()),
    )
    assert fetch_feed(web).fetch.outcome == "ok"


def test_a_new_body_behind_an_old_etag_is_read_and_the_same_body_is_not() -> None:
    web = Web()
    web.serve("http://paper.test/rss", RSS, etag='"1"')
    state = fetch_feed(web).state
    assert fetch_feed(web, state).fetch.outcome == "not_modified"
    web.serve("http://paper.test/rss", RSS.replace("A", "B"), etag='"1"')
    assert fetch_feed(web, state).entries[0].title == "B"


def test_permanent_redirects_are_kept_after_two_sightings() -> None:
    web = Web()
    web.serve("http://paper.test/rss", status=301, location="http://new.test/rss")
    web.serve("http://new.test/rss", RSS)
    once = fetch_feed(web)
    assert once.fetch.final_url == "http://new.test/rss"
    twice = fetch_feed(web, once.state)
    assert twice.state.url == "http://new.test/rss"
    fetch_feed(web, twice.state)
    assert web.urls()[-1] == "http://new.test/rss"
    assert web.urls().count("http://paper.test/rss") == 2


def test_a_temporary_step_makes_a_redirect_temporary() -> None:
    web = Web()
    web.serve("http://paper.test/rss", status=301, location="/next")
    web.serve("http://paper.test/next", status=302, location="http://new.test/rss")
    web.serve("http://new.test/rss", RSS)
    assert fetch_feed(web).state.redirect_url is None


def test_one_broken_feed_spoils_no_other() -> None:
    web = Web()

    def breaks(_: httpx.Request) -> httpx.Response:
        raise RuntimeError("a library's own fault")

    feeds = [Feed(str(n), "P", f"http://h{n}.test/rss", "en") for n in range(5)]
    for feed in feeds:
        web.serve(feed.url, RSS)
    web.answers["http://h2.test/rss"] = breaks
    with Fetcher(settings(), web) as fetcher:
        results = fetcher.fetch_feeds(due_feeds(feeds, {}, NOW, settings().fetch), NOW)
    assert [result.fetch.outcome for result in results] == ["ok", "ok", "failed", "ok", "ok"]
    assert results[2].fetch.error_class == "bad_response"


# --- pages and politeness --------------------------------------------------------------------


def test_a_host_gets_one_request_at_a_time_and_hosts_run_in_parallel() -> None:
    web = Web(latency=0.05)
    pages = [page(f"http://h{host}.test/{n}") for host in range(5) for n in range(4)]
    with Fetcher(settings(), web) as fetcher:
        found = fetcher.fetch_pages(pages)
    assert web.most_in_all == 5
    assert set(web.most_at_once.values()) == {1}
    assert [each.entry.url for each, _ in found] == [each.entry.url for each in pages]
    assert all(isinstance(each, Page) for _, each in found)


def test_requests_to_a_host_stand_apart() -> None:
    web = Web()
    began = time.monotonic()
    with Fetcher(settings(host_delay=0.1), web) as fetcher:
        fetcher.fetch_pages([page(f"http://a.test/{n}") for n in range(4)])
    assert_apart([at for at, _ in web.asked], began, 0.1)


def test_a_redirect_to_another_host_waits_for_its_turn_there() -> None:
    web = Web()
    links = [page(f"http://s{n}.test/") for n in range(3)]
    for n in range(3):
        web.serve(f"http://s{n}.test/", status=302, location=f"http://paper.test/{n}")
    began = time.monotonic()
    with Fetcher(settings(host_delay=0.15), web) as fetcher:
        found = fetcher.fetch_pages(links)
    assert all(isinstance(each, Page) for _, each in found)
    times = [at for at, request in web.asked if request.url.host == "paper.test"]
    assert_apart(times, began, 0.15)


def test_two_hosts_that_redirect_to_each_other_do_not_wait_for_ever() -> None:
    web = Web(latency=0.05)
    for n in range(3):
        web.serve(f"http://a.test/{n}", status=302, location=f"http://b.test/moved-{n}")
        web.serve(f"http://b.test/{n}", status=302, location=f"http://a.test/moved-{n}")
    pages = [page(f"http://{host}.test/{n}") for host in "ab" for n in range(3)]
    with Fetcher(settings(total_timeout=3), web) as fetcher:
        found = fetcher.fetch_pages(pages)
    assert all(isinstance(each, Page) for _, each in found)


def test_a_redirect_to_a_host_that_asked_for_rest_is_not_followed() -> None:
    web = Web()
    web.serve("http://paper.test/0", status=429, retry_after="600")
    web.serve("http://short.test/", status=302, location="http://paper.test/1")
    with Fetcher(settings(), web) as fetcher:
        fetcher.fetch_pages([page("http://paper.test/0")])
        [(_, refused)] = fetcher.fetch_pages([page("http://short.test/")])
        [(_, other)] = fetcher.fetch_pages([page("http://short.test/2")])
    assert isinstance(refused, Failure)
    assert refused.error_class == "rate_limited"
    assert "http://paper.test/1" not in web.urls()
    assert isinstance(other, Page)


def test_a_redirect_to_a_host_in_trouble_puts_that_host_to_rest() -> None:
    web = Web()
    web.serve("http://short.test/0", status=302, location="http://paper.test/0")
    web.serve("http://paper.test/0", status=503, retry_after="600")
    with Fetcher(settings(), web) as fetcher:
        fetcher.fetch_pages([page("http://short.test/0")])
        [(_, short)] = fetcher.fetch_pages([page("http://short.test/1")])
        [(_, paper)] = fetcher.fetch_pages([page("http://paper.test/1")])
    assert isinstance(short, Page)
    assert isinstance(paper, Failure)
    assert paper.error_class == "rate_limited"


def test_redirects_to_a_dead_host_are_not_the_failures_of_who_sent_them() -> None:
    web = Web()

    def dead(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    for n in range(4):
        web.serve(f"http://short.test/{n}", status=302, location=f"http://paper.test/{n}")
        web.answers[f"http://paper.test/{n}"] = dead
    with Fetcher(settings(), web) as fetcher:
        found = fetcher.fetch_pages(pages_of("short.test", 5))
    assert isinstance(found[-1][1], Page)
    assert sum(request.url.host == "paper.test" for _, request in web.asked) == 3


def test_threads_share_the_politeness_of_a_host() -> None:
    web = Web(latency=0.01)
    with Fetcher(settings(), web) as fetcher:
        calls = [
            threading.Thread(
                target=fetcher.fetch_pages,
                args=([page(f"http://a.test/{t}/{n}") for n in range(5)],),
            )
            for t in range(4)
        ]
        for call in calls:
            call.start()
        for call in calls:
            call.join()
    assert len(web.asked) == 20
    assert web.most_at_once["a.test"] == 1


@pytest.mark.slow
def test_a_slow_host_does_not_hold_up_the_others() -> None:
    web = Web()
    answered: list[str] = []

    async def slowly(request: httpx.Request) -> httpx.Response:
        if request.url.host == "slow.test":
            await asyncio.sleep(0.5)
        answered.append(request.url.host)
        return httpx.Response(200, stream=httpx.ByteStream(b"x"))

    web.handle_async_request = slowly  # type: ignore[method-assign]
    pages = [page(f"http://slow.test/{n}") for n in range(3)]
    pages += [page(f"http://h{n}.test/") for n in range(10)]
    with Fetcher(settings(hosts_in_parallel=2), web) as fetcher:
        fetcher.fetch_pages(pages)
    assert "slow.test" not in answered[:9]


def test_a_host_that_asks_for_rest_gets_it_and_its_pages_wait() -> None:
    web = Web()
    web.serve("http://a.test/0", status=429, retry_after="600")
    with Fetcher(settings(), web) as fetcher:
        found = fetcher.fetch_pages([page(f"http://a.test/{n}") for n in range(5)])
        other = fetcher.fetch_pages([page("http://b.test/")])
    failures = [each for _, each in found if isinstance(each, Failure)]
    assert {each.error_class for each in failures} == {"rate_limited"}
    assert len(failures) == 5
    assert len(web.asked) == 2
    assert failures[1].retry_after is not None
    assert 500 < failures[1].retry_after <= 600
    assert isinstance(other[0][1], Page)


def test_a_dead_host_is_left_alone_after_three_failures_and_tried_again_by_the_next_call() -> None:
    web = Web()

    def dead(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    for n in range(10):
        web.answers[f"http://a.test/{n}"] = dead
    with Fetcher(settings(), web) as fetcher:
        found = fetcher.fetch_pages([page(f"http://a.test/{n}") for n in range(10)])
        assert len(web.asked) == 3
        fetcher.fetch_pages([page("http://a.test/ok")])
    assert {each.error_class for _, each in found if isinstance(each, Failure)} == {"connect"}
    assert len(web.asked) == 4


def test_turns_that_would_come_after_the_end_of_the_run_are_left_to_the_next_one() -> None:
    web = Web()
    chosen = settings(host_delay=0.2)
    chosen = chosen.model_copy(update={"flow": FlowSettings(run_deadline_minutes=0.3 / 60)})
    with Fetcher(chosen, web) as fetcher:
        found = [each for _, each in fetcher.fetch_pages(pages_of("a.test", 6))]
    assert isinstance(found[0], Page)
    assert isinstance(found[-1], Failure)
    assert "no turn left" in found[-1].message
    assert len(web.asked) < 5


def test_a_batch_never_fills_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("treatywatch.extractors.visits.MAX_BYTES_A_CALL", 50)
    web = Web()
    for n in range(10):
        web.serve(f"http://a.test/{n}", "x" * 20)
    with Fetcher(settings(), web) as fetcher:
        found = [each for _, each in fetcher.fetch_pages(pages_of("a.test", 9))]
    assert sum(isinstance(each, Page) for each in found) == 3
    # Another run has room for them: the fault is not theirs.
    assert {each.error_class for each in found if isinstance(each, Failure)} == {"rate_limited"}


def test_a_host_of_huge_pages_costs_the_others_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("treatywatch.extractors.visits.MAX_BYTES_A_CALL", 2000)
    web = Web()
    for n in range(9):
        web.serve(f"http://huge.test/{n}", "x" * 500)
    pending = [*pages_of("huge.test", 9), *pages_of("small.test", 6)]
    with Fetcher(settings(hosts_in_parallel=1), web) as fetcher:
        found = fetcher.fetch_pages(pending)
    read = Counter(host_of(each.url) for _, each in found if isinstance(each, Page))
    assert read == {"huge.test": 2, "small.test": 6}


# --- robots ----------------------------------------------------------------------------------


def test_robots_are_honoured_fetched_once_and_switched_off_per_feed() -> None:
    web = Web()
    web.serve("http://a.test/robots.txt", "User-agent: *\nDisallow: /no/\n")
    pages = [
        page("http://a.test/no/1"),
        page("http://a.test/yes"),
        page("http://a.test/no/2", "free"),
    ]
    with Fetcher(settings(robots=True, robots_ignored_feeds=("free",)), web) as fetcher:
        found = [each for _, each in fetcher.fetch_pages(pages)]
    assert [getattr(each, "error_class", "page") for each in found] == ["robots", "page", "page"]
    assert web.urls().count("http://a.test/robots.txt") == 1


def test_the_site_that_a_link_leads_to_has_its_say() -> None:
    web = Web()
    web.serve("http://short.test/1", status=302, location="http://paper.test/no/1")
    web.serve("http://paper.test/robots.txt", "User-agent: *\nDisallow: /no/\n")
    with Fetcher(settings(robots=True), web) as fetcher:
        ((_, found),) = fetcher.fetch_pages([page("http://short.test/1")])
    assert getattr(found, "error_class", "page") == "robots"


def test_a_crawl_delay_is_honoured() -> None:
    web = Web()
    web.serve("http://a.test/robots.txt", "User-agent: *\nCrawl-delay: 0.2\n")
    began = time.monotonic()
    with Fetcher(settings(robots=True), web) as fetcher:
        fetcher.fetch_pages([page(f"http://a.test/{n}") for n in range(3)])
    times = [at for at, request in web.asked if request.url.path != "/robots.txt"]
    assert_apart(times, began, 0.2)


@pytest.mark.parametrize(("status", "expected"), [(404, "page"), (403, "page"), (500, "http_5xx")])
def test_robots_that_cannot_be_read(status: int, expected: str) -> None:
    web = Web()
    web.serve("http://a.test/robots.txt", status=status)
    with Fetcher(settings(robots=True), web) as fetcher:
        ((_, found),) = fetcher.fetch_pages([page("http://a.test/1")])
    assert getattr(found, "error_class", "page") == expected


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (httpx.ReadTimeout("slow"), "timeout"),
        (httpx.ConnectError("refused"), "connect"),
        (httpx.RemoteProtocolError("broken"), "page"),
    ],
)
def test_a_site_whose_robots_cannot_be_reached_is_left_alone(
    fault: Exception, expected: str
) -> None:
    def fail(_: httpx.Request) -> httpx.Response:
        raise fault

    web = Web()
    web.answers["http://a.test/robots.txt"] = fail
    with Fetcher(settings(robots=True), web) as fetcher:
        ((_, found),) = fetcher.fetch_pages([page("http://a.test/1")])
    assert getattr(found, "error_class", "page") == expected
    assert ("http://a.test/1" in web.urls()) == (expected == "page")


def test_of_robots_without_end_the_first_whole_lines_count() -> None:
    rules = "User-agent: *\nDisallow: /no/\n"
    filler = "# nothing\n" * (MAX_ROBOTS_BYTES // 10 - len(rules) // 10 - 3)
    room = MAX_ROBOTS_BYTES - len(rules) - len(filler)
    cut = "Disallow: /".ljust(room, "y") + "es-and-more\n"  # its half would forbid /yes
    web = Web()
    web.serve("http://a.test/robots.txt", rules + filler + cut)
    pages = [page("http://a.test/no/1"), page("http://a.test/" + "y" * room)]
    with Fetcher(settings(robots=True), web) as fetcher:
        found = [each for _, each in fetcher.fetch_pages(pages)]
    assert [getattr(each, "error_class", "page") for each in found] == ["robots", "page"]


# --- the rest --------------------------------------------------------------------------------


def test_progress_counts_to_the_end() -> None:
    web, seen = Web(), list[Progress]()
    web.serve("http://h1.test/", status=404)
    with Fetcher(settings(), web, seen.append) as fetcher:
        fetcher.fetch_pages([page(f"http://h{n}.test/") for n in range(3)])
    assert [each.done for each in seen] == [1, 2, 3]
    assert seen[-1] == Progress("pages", 3, 3, 1)


def test_one_address_is_got_or_raises() -> None:
    web = Web()
    web.serve("http://a.test/gone", status=410)
    with Fetcher(settings(), web) as fetcher:
        assert fetcher.get("http://a.test/").body == b"<html>page</html>"
        with pytest.raises(FetchError) as raised:
            fetcher.get("http://a.test/gone")
    assert (raised.value.error_class, raised.value.status) == ("gone", 410)


def test_cookies_do_not_outlive_a_request() -> None:
    web = Web()
    web.serve("http://a.test/1", set_cookie="id=1")
    with Fetcher(settings(), web) as fetcher:
        fetcher.fetch_pages([page("http://a.test/1"), page("http://a.test/2")])
    assert "cookie" not in web.asked[-1][1].headers


def test_a_closed_fetcher_says_so_and_an_unused_one_closes() -> None:
    fetcher = Fetcher(settings(), Web())
    fetcher.close()
    fetcher.close()
    with pytest.raises(RuntimeError):
        fetcher.fetch_pages([])


@pytest.mark.parametrize("end", [Fetcher.close, lambda _: stop_fetchers()])
def test_closing_ends_calls_that_wait(end: Callable[[Fetcher], None]) -> None:
    ended: list[BaseException] = []

    def call() -> None:
        try:
            fetcher.fetch_pages([page("http://a.test/1")])
        except BaseException as error:
            ended.append(error)

    fetcher = Fetcher(settings(), Web(latency=30))
    waiting = threading.Thread(target=call, daemon=True)
    waiting.start()
    time.sleep(0.2)
    end(fetcher)
    waiting.join(5)
    fetcher.close()
    assert [type(error).__name__ for error in ended] == ["CancelledError"]
