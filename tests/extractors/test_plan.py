"""The whole update policy of feeds, without a clock and without a network."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from treatywatch.config.settings import FetchSettings
from treatywatch.extractors import plan
from treatywatch.extractors.plan import FeedAttempt
from treatywatch.news.errors import FETCH_ERROR_WEIGHTS
from treatywatch.news.records import Feed, FeedFetch, FeedResult, FeedState

NOW = datetime(2026, 11, 23, 5, 30, tzinfo=UTC)
DAY = timedelta(days=1)
FEED = Feed("f", "Paper", "http://paper.test/feed", "en")
FRESH = FeedState("f", listed_url=FEED.url)
SETTINGS = FetchSettings()


def ok(**more: object) -> FeedAttempt:
    fetch = FeedFetch("f", NOW, FEED.url, "ok", http_status=200, body_hash="b1")
    return replace(FeedAttempt(fetch), **more)


def failed(error_class: str, **more: object) -> FeedAttempt:
    fetch = FeedFetch("f", NOW, FEED.url, "failed", error_class=error_class)
    return replace(FeedAttempt(fetch), **more)


def unchanged(**more: object) -> FeedAttempt:
    fetch = FeedFetch("f", NOW, FEED.url, "not_modified", http_status=304)
    return replace(FeedAttempt(fetch, was_full=False), **more)


# --- what is due -----------------------------------------------------------------------------


def test_a_feed_never_seen_is_due_and_a_disabled_one_is_not() -> None:
    off = replace(FEED, id="off", enabled=False)
    assert plan.due_feeds([FEED, off], {}, NOW, SETTINGS) == [(FEED, FRESH)]


@pytest.mark.parametrize(
    ("state", "is_due"),
    [
        (FRESH, True),
        (replace(FRESH, next_fetch_at=NOW), True),
        (replace(FRESH, next_fetch_at=NOW + timedelta(seconds=1)), False),
        (replace(FRESH, retired_at=NOW - 30 * DAY), False),
        (replace(FRESH, retired_at=NOW - DAY, listed_url="http://old.test/"), True),
    ],
)
def test_what_is_due(state: FeedState, is_due: bool) -> None:
    assert bool(plan.due_feeds([FEED], {"f": state}, NOW, SETTINGS)) is is_due


def test_a_feed_fetched_within_the_least_interval_is_not_due() -> None:
    settings = FetchSettings(min_interval_minutes=60)
    state = replace(FRESH, last_fetch_at=NOW - timedelta(minutes=59))
    assert plan.due_feeds([FEED], {"f": state}, NOW, settings) == []
    state = replace(FRESH, last_fetch_at=NOW - timedelta(minutes=60))
    assert plan.due_feeds([FEED], {"f": state}, NOW, settings) == [(FEED, state)]


def test_a_new_address_in_the_list_starts_anew() -> None:
    state = replace(FRESH, url="http://moved.test/", etag="x", failure_weight=9.0)
    moved = replace(FEED, url="http://new.test/feed")
    assert plan.state_for(moved, state) == FeedState("f", listed_url="http://new.test/feed")


# --- validators ------------------------------------------------------------------------------


def test_validators_are_sent_as_they_came_and_left_out_every_seventh_day() -> None:
    state = plan.next_state(FEED, FRESH, ok(etag='W/"a"', last_modified="yesterday"), NOW)
    sent = plan.validators(state, NOW + 6 * DAY)
    assert sent == {"if-none-match": 'W/"a"', "if-modified-since": "yesterday"}
    assert plan.validators(state, NOW + 7 * DAY) == {}


def test_a_304_keeps_validators_and_does_not_put_off_the_full_fetch() -> None:
    state = plan.next_state(FEED, FRESH, ok(etag="a"), NOW)
    later = plan.next_state(FEED, state, unchanged(), NOW + 6 * DAY)
    assert (later.etag, later.body_hash, later.last_full_fetch_at) == ("a", "b1", NOW)


def test_a_304_may_bring_newer_validators_and_a_new_answer_none() -> None:
    state = plan.next_state(FEED, FRESH, ok(etag="a", last_modified="monday"), NOW)
    later = plan.next_state(FEED, state, unchanged(etag="b"), NOW)
    assert (later.etag, later.last_modified) == ("b", "monday")
    anew = plan.next_state(FEED, later, ok(last_modified="friday"), NOW)
    assert plan.validators(anew, NOW) == {"if-modified-since": "friday"}


def test_validators_of_a_server_that_says_expires_zero_are_not_kept() -> None:
    state = plan.next_state(FEED, FRESH, ok(etag="a", validators_hold=False), NOW)
    assert plan.validators(state, NOW) == {}


# --- waiting ---------------------------------------------------------------------------------


def test_nobody_asks_to_wait() -> None:
    assert plan.next_state(FEED, FRESH, ok(), NOW).next_fetch_at is None


@pytest.mark.parametrize(
    ("attempt", "wait"),
    [
        (ok(fresh_for=1800.0), timedelta(minutes=30)),
        (ok(fresh_for=1800.0, retry_after=7200.0), timedelta(hours=2)),
        (ok(fresh_for=30 * 86400.0), plan.MAX_LOWER_BOUND),
        (ok(fresh_for=30 * 86400.0), timedelta(hours=20)),
        (ok(fresh_for=3600.0, skip_hours=frozenset({6})), timedelta(hours=1, minutes=30)),
        (ok(skip_hours=frozenset({5, 6, 7})), timedelta(hours=2, minutes=30)),
        (ok(skip_hours=frozenset(range(23))), timedelta(hours=17, minutes=30)),
    ],
)
def test_lower_bounds_hold_and_are_capped(attempt: FeedAttempt, wait: timedelta) -> None:
    assert plan.next_state(FEED, FRESH, attempt, NOW).next_fetch_at == NOW + wait


def test_a_daily_run_at_the_same_hour_always_finds_a_healthy_feed_due() -> None:
    attempt = ok(fresh_for=10 * 86400.0, skip_hours=frozenset(range(12)))
    state = plan.next_state(FEED, FRESH, attempt, NOW)
    assert plan.due_feeds([FEED], {"f": state}, NOW + DAY, SETTINGS)


# --- redirects -------------------------------------------------------------------------------


def test_a_permanent_redirect_is_trusted_at_its_second_sighting() -> None:
    target = "http://new.test/feed"
    once = plan.next_state(FEED, FRESH, ok(permanent_url=target), NOW)
    assert (once.url, once.redirect_url, once.redirect_sightings) == (None, target, 1)
    twice = plan.next_state(FEED, once, ok(permanent_url=target), NOW)
    assert (twice.url, twice.redirect_url, twice.redirect_sightings) == (target, None, 0)
    assert twice.listed_url == FEED.url


def test_another_target_or_none_starts_the_count_anew() -> None:
    once = plan.next_state(FEED, FRESH, ok(permanent_url="http://a.test/"), NOW)
    other = plan.next_state(FEED, once, ok(permanent_url="http://b.test/"), NOW)
    assert (other.url, other.redirect_url, other.redirect_sightings) == (None, "http://b.test/", 1)
    none = plan.next_state(FEED, once, ok(), NOW)
    assert (none.url, none.redirect_url, none.redirect_sightings) == (None, None, 0)


def test_a_failing_new_address_is_given_up_for_the_listed_one() -> None:
    state = replace(FRESH, url="http://new.test/feed", failure_weight=2.0, last_success_at=NOW)
    after = plan.next_state(FEED, state, failed("http_4xx"), NOW + DAY)
    assert (after.url, after.listed_url, after.last_success_at) == (None, FEED.url, NOW)
    assert (after.failure_weight, after.next_fetch_at) == (3.0, NOW + DAY + plan.feed_pause(3.0))


def test_a_new_address_that_failed_little_is_kept() -> None:
    state = replace(FRESH, url="http://new.test/feed", failure_weight=1.75)
    assert plan.next_state(FEED, state, failed("http_4xx"), NOW).url == state.url


# --- failures --------------------------------------------------------------------------------


def test_410_retires() -> None:
    state = plan.next_state(FEED, FRESH, failed("gone"), NOW)
    assert (state.retired_at, state.failure_weight) == (NOW, 1.0)


def test_410_at_an_address_that_the_feed_moved_to_sends_back_to_the_listed_one() -> None:
    moved = replace(FRESH, url="http://moved.test/", listed_url=FEED.url)
    state = plan.next_state(FEED, moved, failed("gone"), NOW)
    assert (state.retired_at, state.url, state.listed_url) == (None, None, FEED.url)
    assert state.next_fetch_at is not None
    assert state.next_fetch_at <= NOW + DAY


@pytest.mark.parametrize(
    ("weight", "hours"),
    [(0.0, 0), (0.99, 0), (1.0, 20), (2.0, 44), (3.0, 92), (4.0, 164), (99, 164)],
)
def test_a_failing_feed_rests_a_little_less_than_whole_days(weight: float, hours: int) -> None:
    assert plan.feed_pause(weight) == timedelta(hours=hours)


def test_a_failure_forgets_nothing_that_was_known() -> None:
    known = plan.next_state(FEED, FRESH, ok(etag="a", last_modified="monday"), NOW - DAY)
    state = plan.next_state(FEED, known, failed("http_4xx"), NOW)
    changed = ("last_fetch_at", "failure_weight", "next_fetch_at")
    assert replace(state, **{name: getattr(known, name) for name in changed}) == known


def test_a_failure_of_an_unknown_class_counts_in_full() -> None:
    assert plan.next_state(FEED, FRESH, failed("unheard_of"), NOW).failure_weight == 1.0


@pytest.mark.parametrize("error_class", sorted(set(FETCH_ERROR_WEIGHTS) - {"gone"}))
def test_backoff_grows_and_never_ends(error_class: str) -> None:
    state, at, pauses = FRESH, NOW, []
    for _ in range(60):
        state = plan.next_state(FEED, state, failed(error_class), at)
        pause = (state.next_fetch_at or at) - at
        pauses.append(pause)
        assert pause <= plan.MAX_FEED_PAUSE
        at += max(pause, timedelta(hours=1))
    assert pauses == sorted(pauses)
    assert pauses[-1] == plan.MAX_FEED_PAUSE
    assert plan.due_feeds([FEED], {"f": state}, at + plan.MAX_FEED_PAUSE, SETTINGS)


def test_a_hard_failure_waits_for_the_next_daily_run_and_a_passing_one_does_not_wait() -> None:
    hard = plan.next_state(FEED, FRESH, failed("not_a_feed"), NOW)
    assert hard.next_fetch_at is not None
    assert NOW + timedelta(hours=12) < hard.next_fetch_at < NOW + DAY
    assert plan.next_state(FEED, FRESH, failed("timeout"), NOW).next_fetch_at is None


def test_a_private_address_once_may_be_a_captive_portal_and_does_not_wait() -> None:
    once = plan.next_state(FEED, FRESH, failed("ssrf"), NOW)
    assert once.next_fetch_at is None
    assert plan.next_state(FEED, once, failed("ssrf"), NOW).next_fetch_at is not None


def test_retry_after_of_a_failure_is_kept_and_capped() -> None:
    state = plan.next_state(FEED, FRESH, failed("rate_limited", retry_after=3600.0), NOW)
    assert state.next_fetch_at == NOW + timedelta(hours=1)
    state = plan.next_state(FEED, FRESH, failed("rate_limited", retry_after=9e8), NOW)
    assert state.next_fetch_at == NOW + plan.MAX_FEED_PAUSE


def test_a_success_forgives_everything() -> None:
    bad = replace(FRESH, failure_weight=7.5, next_fetch_at=NOW + 5 * DAY)
    good = plan.next_state(FEED, bad, ok(), NOW)
    assert (good.failure_weight, good.next_fetch_at, good.last_success_at) == (0.0, None, NOW)


# --- outages ---------------------------------------------------------------------------------


def result(name: str, error_class: str | None, weight: float = 0.0) -> FeedResult:
    before = FeedState(name, failure_weight=weight)
    outcome = "failed" if error_class else "ok"
    fetch = FeedFetch(name, NOW, "http://x.test/", outcome, error_class=error_class)
    return FeedResult(
        fetch, plan.next_state(replace(FEED, id=name), before, FeedAttempt(fetch), NOW)
    )


def test_most_healthy_feeds_failing_at_once_is_an_outage() -> None:
    assert plan.is_outage([result(str(n), "dns") for n in range(4)] + [result("ok", None)])


def test_a_few_failures_or_long_dead_feeds_are_no_outage() -> None:
    assert not plan.is_outage([result("a", "dns"), result("b", "dns")])
    dead = [result(str(n), "http_4xx", weight=5.0) for n in range(10)]
    assert not plan.is_outage([*dead, *(result(f"ok{n}", None) for n in range(3))])


def test_an_outage_needs_three_healthy_feeds_and_more_than_half_of_them() -> None:
    down = [result(str(n), "dns") for n in range(3)]
    assert plan.is_outage(down)
    assert plan.is_outage([*down, *(result(f"ok{n}", None) for n in range(2))])
    assert not plan.is_outage([*down, *(result(f"ok{n}", None) for n in range(3))])
    assert plan.is_outage([result(str(n), "unheard_of") for n in range(3)])


def test_an_outage_forgives_neither_what_is_gone_nor_what_went_well() -> None:
    results = [result("gone", "gone"), result("ok", None), result("unasked", "dns")]
    due = [(replace(FEED, id=name), FeedState(name)) for name in ("gone", "ok")]
    assert plan.forgive_outage(results, due) == results


def test_an_outage_counts_against_no_feed() -> None:
    due = [(replace(FEED, id=str(n)), FeedState(str(n), etag="e")) for n in range(4)]
    results = [result(str(n), "connect") for n in range(4)]
    for one in plan.forgive_outage(results, due):
        assert (one.state.failure_weight, one.state.next_fetch_at) == (0.0, None)
        assert (one.state.etag, one.state.last_fetch_at) == ("e", NOW)
        assert one.fetch.outcome == "failed"


def test_feeds_that_failed_a_little_before_make_no_outage() -> None:
    assert not plan.is_outage([result(str(n), "dns", weight=0.5) for n in range(3)])
    assert plan.is_outage([result(str(n), "dns", weight=0.0) for n in range(3)])


# --- more of waiting and of addresses ----------------------------------------------------------


def test_a_short_retry_after_ends_no_rest_of_a_failing_feed() -> None:
    worn = replace(FRESH, failure_weight=1.0)
    state = plan.next_state(FEED, worn, failed("http_4xx", retry_after=60.0), NOW)
    assert state.next_fetch_at == NOW + plan.feed_pause(2.0)


@pytest.mark.parametrize(
    ("attempt", "wait"),
    [
        (ok(fresh_for=7200.0, retry_after=1800.0), timedelta(hours=2)),
        (ok(retry_after=1800.0), timedelta(minutes=30)),
        (ok(skip_hours=frozenset(range(24))), plan.MAX_LOWER_BOUND),
    ],
)
def test_the_longest_wait_asked_for_holds_up_to_the_bound(
    attempt: FeedAttempt, wait: timedelta
) -> None:
    assert plan.next_state(FEED, FRESH, attempt, NOW).next_fetch_at == NOW + wait


def test_the_listed_address_is_asked_without_the_validators_of_the_other() -> None:
    moved = replace(FRESH, url="http://new.test/feed", failure_weight=2.0)
    known = replace(moved, etag="e", last_modified="monday", body_hash="b", last_full_fetch_at=NOW)
    assert plan.validators(known, NOW)
    after = plan.next_state(FEED, known, failed("http_4xx"), NOW)
    assert plan.validators(after, NOW) == {}
    assert (after.etag, after.last_modified, after.body_hash) == (None, None, None)


def test_a_state_from_before_addresses_were_kept_is_kept() -> None:
    old = FeedState("f", etag="e", last_success_at=NOW)
    assert plan.state_for(FEED, old) == replace(old, listed_url=FEED.url)


def test_validators_are_not_sent_where_no_full_fetch_is_known() -> None:
    assert plan.validators(replace(FRESH, etag="e"), NOW) == {}
    assert plan.validators(replace(FRESH, etag="e", last_full_fetch_at=NOW), NOW)


def test_a_304_is_a_success() -> None:
    bad = replace(FRESH, failure_weight=2.0, next_fetch_at=NOW, last_success_at=NOW - 9 * DAY)
    good = plan.next_state(FEED, bad, unchanged(), NOW)
    assert (good.failure_weight, good.next_fetch_at, good.last_success_at) == (0.0, None, NOW)


def test_a_failure_between_two_sightings_of_a_redirect_takes_none_away() -> None:
    target = "http://new.test/feed"
    once = plan.next_state(FEED, FRESH, ok(permanent_url=target), NOW)
    between = plan.next_state(FEED, once, failed("timeout"), NOW)
    assert (between.url, between.redirect_url, between.redirect_sightings) == (None, target, 1)
    assert plan.next_state(FEED, between, unchanged(permanent_url=target), NOW).url == target
