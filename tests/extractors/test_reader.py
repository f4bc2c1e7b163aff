"""Pages become articles, metadata, nothing new, or a failure that says why."""

from __future__ import annotations

import json
import os
import time
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from treatywatch.config.settings import ExtractSettings
from treatywatch.extractors import articles
from treatywatch.extractors.heads import without_site_name
from treatywatch.extractors.reader import (
    LostJob,
    PageReader,
    ReadingJob,
    read_lost,
    read_one,
    read_page,
)
from treatywatch.extractors.sieve import Sieve
from treatywatch.extractors.workers import Mishap, Workers
from treatywatch.news.errors import ExtractionError
from treatywatch.news.records import Article, Failure, Page, PageOutcome, PendingPage

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
URL = "http://paper.test/news/harbour-storm-closes-ferry-routes"
PROSE = "The storm closed the harbour on Thursday and ferries stayed in port until the evening. "
SIEVE = Sieve(["cyber"])


def page(markup: str, kind: str = "text/html", url: str = URL) -> Page:
    return Page(url, url, 200, kind, None, markup.encode(), NOW)


def markup(body: str = "", head: str = "", words: str = "") -> str:
    paragraphs = "".join(f"<p>{PROSE}{n}</p>" for n in range(6))
    return (
        f"<html><head><title>Storm closes harbour | The Paper</title>{head}</head>"
        f"<body><article><h1>Storm closes harbour</h1>{paragraphs}<p>{words}</p>{body}</article>"
        "</body></html>"
    )


def read(pending: PendingPage, fetched: Page | Failure, sieve: Sieve | None = None) -> PageOutcome:
    return read_page(ReadingJob(pending, fetched, sieve, 200))


def article_of(outcome: PageOutcome) -> Article:
    assert outcome.article is not None
    return outcome.article


def fetch_failure(error_class: str) -> Failure:
    return Failure("page", URL, error_class, "said no", NOW)


# --- what a page becomes ---------------------------------------------------------------------


def test_an_article(pending: PendingPage) -> None:
    head = (
        '<meta property="og:site_name" content="The Paper"><meta name="author" content="A. Writer">'
        '<meta property="article:published_time" content="2026-11-20T10:00:00+07:00">'
        '<link rel="canonical" href="/news/harbour"><meta property="og:image" content="/i.jpg">'
    )
    outcome = read(pending, page(markup(head=head, words="A cyber word.")), SIEVE)
    article = article_of(outcome)
    assert (outcome.kind, outcome.http_status) == ("article", 200)
    assert article.title == "Storm closes harbour"
    assert article.text.split("\n")[0] == PROSE + "0"
    assert (article.author, article.site_name) == ("A. Writer", "The Paper")
    assert article.canonical_url == "http://paper.test/news/harbour"
    assert article.image_url == "http://paper.test/i.jpg"
    assert article.published_at == datetime(2026, 11, 20, 3, tzinfo=UTC)
    assert (article.date_source, article.extraction_method) == ("page", "page")
    assert (article.language, article.language_source) == ("en", "text")
    assert len(article.fingerprint) == 128


def test_the_date_of_metadata_follows_the_feeds(pending: PendingPage) -> None:
    entry = replace(pending.entry, published_at=datetime(2025, 10, 5, 8, tzinfo=UTC))
    head = '<meta property="article:published_time" content="05/10/2025 08:30">'
    outcome = read(replace(pending, entry=entry), page(markup(head=head)), SIEVE)
    assert outcome.kind == "off_topic"
    assert article_of(outcome).published_at == datetime(2025, 10, 5, 8, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("title", "site", "expected"),
    [
        ("Storm closes harbour - The Paper", "The Paper", "Storm closes harbour"),
        ("Storm closes harbour | Paper", "The Paper", "Storm closes harbour"),
        ("Storm | Paper News", "Paper", "Storm"),
        ("Storm - paper.example", "Paper", "Storm"),
        ("Ký công ước - Nhân Dân", "Báo Nhân Dân (Tiếng Việt)", "Ký công ước"),
        ("Lào - Việt Nam", "Thế giới và Việt Nam (Báo Quốc tế)", "Lào - Việt Nam"),
        ("Ngày hội - Vì người lao động", "Lao Động", "Ngày hội - Vì người lao động"),
        (
            "أبو الغيط : على الدول العربية الانضمام",
            "العربية",
            "أبو الغيط : على الدول العربية الانضمام",
        ),
        ("İstanbul summit - Anadolu", "Anadolu", "İstanbul summit"),
        ("Paper", "Paper", "Paper"),
        ("Storm - Paper", "", "Storm - Paper"),
    ],
)
def test_only_the_outlets_name_is_cut_off_a_title(title: str, site: str, expected: str) -> None:
    assert without_site_name(title, site) == expected


def test_a_page_without_signs_is_kept_as_metadata(pending: PendingPage) -> None:
    outcome = read(pending, page(markup()), SIEVE)
    article = article_of(outcome)
    assert outcome.kind == "off_topic"
    assert (article.text, article.fingerprint, article.extraction_method) == ("", (), "none")
    assert (article.title, article.language) == ("Storm closes harbour", "en")


def test_signs_in_the_feed_alone_are_enough_to_read_the_page(pending: PendingPage) -> None:
    told = replace(pending, entry=replace(pending.entry, summary="About cyber things"))
    assert read(told, page(markup()), SIEVE).kind == "article"


def test_the_same_article_read_again_is_unchanged(pending: PendingPage) -> None:
    first = article_of(read(pending, page(markup("<div>12 comments</div>"))))
    known = replace(pending, article_id=first.article_id, content_hash=first.content_hash)
    again = read(known, page(markup("<div>97 comments</div>")))
    assert (again.kind, again.article) == ("unchanged", None)


def test_an_edited_article_keeps_its_identity_also_at_a_new_address(pending: PendingPage) -> None:
    first = article_of(read(pending, page(markup())))
    known = replace(pending, article_id=first.article_id, content_hash=first.content_hash)
    edited = article_of(read(known, page(markup(words="A new sentence."), url=URL + "-2")))
    assert edited.article_id == first.article_id
    assert edited.content_hash != first.content_hash


def test_of_a_known_article_an_error_page_is_no_edit(pending: PendingPage) -> None:
    """The sieve would call it off topic, and the article would leave the past."""
    sieve = Sieve(["cyber"])
    first = article_of(read(pending, page(markup())))
    known = replace(pending, article_id=first.article_id, content_hash=first.content_hash)
    gone = "<html><head><title>Sorry</title></head><body><p>Page not found</p></body></html>"
    assert read(known, page(gone), sieve).kind == "failed"


def test_an_article_may_be_named_by_the_query_alone(pending: PendingPage) -> None:
    blog = "https://blog.example/?p=1234"
    assert read(pending, page(markup(), url=blog)).kind == "article"
    front = read(pending, page(markup(), url="https://blog.example/?utm_source=rss"))
    assert front.failure is not None
    assert front.failure.error_class == "listing"


# --- dates -----------------------------------------------------------------------------------


def test_articles_that_are_only_listed_lend_no_date(pending: PendingPage) -> None:
    listed = {"@type": "NewsArticle", "datePublished": "2024-01-05"}
    others = {"@type": "ItemList", "itemListElement": [{"@type": "ListItem", "item": listed}]}
    head = (
        f'<script type="application/ld+json">{json.dumps(others)}</script>'
        '<meta property="article:published_time" content="2026-11-20T10:00:00Z">'
    )
    article = article_of(read(pending, page(markup(head=head))))
    assert article.published_at == datetime(2026, 11, 20, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("declared", "in_feed", "source"),
    [
        ("2026-11-20T10:00:00Z", None, "page"),
        ("2026-11-20T10:00:00Z", NOW - timedelta(days=9), "page"),
        ("", NOW - timedelta(days=9), "feed"),
        ("2031-01-01T00:00:00Z", NOW - timedelta(days=9), "feed"),
        ("1901-01-01", NOW - timedelta(days=9), "feed"),
        ("soon", None, "none"),
        ("2031-01-01", NOW + timedelta(days=400), "none"),
    ],
)
def test_dates_say_where_they_come_from_and_are_never_invented(
    pending: PendingPage, declared: str, in_feed: datetime | None, source: str
) -> None:
    dated = replace(pending, entry=replace(pending.entry, published_at=in_feed))
    head = f'<meta property="article:published_time" content="{declared}">'
    article = article_of(read(dated, page(markup(head=head))))
    assert article.date_source == source
    assert (article.published_at is None) == (source == "none")


def test_json_ld_is_read_for_date_author_and_title(pending: PendingPage) -> None:
    head = (
        '<script type="application/ld+json">{"@graph": [{"@type": "NewsArticle", "headline": '
        '"Storm &amp; harbour", "datePublished": "2026-11-19", "author": [{"name": "B. Writer"}]}]}'
        "</script>"
    )
    article = article_of(read(pending, page(markup(head=head))))
    assert article.published_at == datetime(2026, 11, 19, 12, tzinfo=UTC)
    assert article.author == "B. Writer"


# --- what is no article ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "error_class"),
    [
        ("Just a moment... Checking your browser before accessing", "bot_wall"),
        ("تحقق من أنك إنسان للمتابعة إلى الموقع المطلوب من فضلك الآن", "bot_wall"),
        ("Vui lòng xác minh bạn không phải là robot để tiếp tục truy cập trang", "bot_wall"),
        ("We and our partners use cookies to store data. Accept all cookies?", "consent"),
        (
            "نستخدم ملفات تعريف الارتباط لتحسين تجربتك في الموقع ويمكنك قبولها أو رفضها",
            "consent",
        ),
        (
            "Trang này sử dụng cookie. Chấp nhận tất cả cookie để tiếp tục đọc báo nhé",
            "consent",
        ),
        (
            "This article is for subscribers only. Subscribe to continue reading it",
            "paywall",
        ),
        ("هذا المحتوى متاح للمشتركين فقط، اشترك الآن لمتابعة القراءة من فضلك", "paywall"),
        (
            "Bài viết này dành cho thuê bao. Đăng nhập để đọc tiếp toàn bộ bài viết",
            "paywall",
        ),
        ("Too short to be an article of any kind.", "too_short"),
        ("", "empty"),
    ],
)
def test_walls_in_three_languages_are_recorded_as_such(
    pending: PendingPage, words: str, error_class: str
) -> None:
    body = f"<p>{words}</p>" if words else "<div></div>"
    outcome = read(pending, page(f"<html><head><title>X</title></head><body>{body}</body></html>"))
    assert outcome.kind == "failed"
    assert outcome.failure is not None
    assert outcome.failure.error_class == error_class
    if error_class not in ("empty", "too_short"):
        unread = read(pending, page(f"<html><body><main>{body}</main></body></html>"), SIEVE)
        assert unread.failure is not None
        assert unread.failure.error_class == error_class


def test_an_article_about_walls_is_an_article(pending: PendingPage) -> None:
    words = "Readers must prove that you are not a robot, and accept all cookies, experts complain."
    assert read(pending, page(markup(words=words) * 1)).kind == "article"


def test_a_short_notice_that_declares_itself_beside_a_cookie_banner_is_no_wall(
    pending: PendingPage,
) -> None:
    markup = (
        '<html><head><script type="application/ld+json">{"@type": "NewsArticle"}</script></head>'
        "<body><p>Ferries cancelled until noon.</p><p>We use cookies. Accept all cookies</p>"
    )
    assert read(pending, page(markup), SIEVE).kind == "off_topic"


def test_teasers_and_furniture_are_taken_out(pending: PendingPage) -> None:
    body = (
        "<p>Read more: UN cyber treaty signed in Hanoi</p><p>Xem thêm: Công ước Hà Nội</p>"
        "<p>اقرأ أيضا: معاهدة هانوي</p><p>© 2026 The Paper. All rights reserved.</p>"
    )
    text = article_of(read(pending, page(markup(body)))).text
    for gone in ("treaty", "Công ước", "معاهدة", "rights reserved"):
        assert gone not in text


def test_the_front_page_is_refused(pending: PendingPage) -> None:
    outcome = read(pending, page(markup(), url="http://paper.test/"))
    assert outcome.failure is not None
    assert outcome.failure.error_class == "listing"


# --- fallbacks -------------------------------------------------------------------------------


def test_the_feeds_content_stands_in_for_a_page_that_is_gone(pending: PendingPage) -> None:
    entry = replace(pending.entry, content=f"<p>{PROSE * 4}</p>")
    outcome = read(replace(pending, entry=entry), fetch_failure("http_4xx"))
    assert outcome.kind == "article"
    assert article_of(outcome).extraction_method == "feed_content"
    assert outcome.failure is not None
    assert outcome.failure.error_class == "http_4xx"


def test_the_feeds_content_stands_in_for_a_shell_that_names_no_treaty(pending: PendingPage) -> None:
    entry = replace(pending.entry, content=f"<p>{PROSE * 4} A cyber word.</p>")
    shell = "<html><body><div id='app'></div><script src='/app.js'></script></body></html>"
    outcome = read(replace(pending, entry=entry), page(shell), SIEVE)
    assert outcome.kind == "article"
    assert article_of(outcome).extraction_method == "feed_content"


def test_then_the_summary(pending: PendingPage) -> None:
    entry = replace(pending.entry, summary=PROSE)
    outcome = read(replace(pending, entry=entry), fetch_failure("robots"))
    assert article_of(outcome).extraction_method == "feed_summary"


def test_a_passing_fault_is_waited_out_before_a_summary_stands_in(pending: PendingPage) -> None:
    entry = replace(pending.entry, summary=PROSE)
    first = replace(pending, entry=entry)
    assert read(first, fetch_failure("timeout")).kind == "failed"
    assert read(replace(first, attempts=1), fetch_failure("timeout")).kind == "article"
    assert read(replace(first, attempts=1), fetch_failure("rate_limited")).kind == "failed"
    assert read(replace(first, attempts=4), fetch_failure("rate_limited")).kind == "article"


def test_a_stored_article_is_never_replaced_by_a_summary(pending: PendingPage) -> None:
    entry = replace(pending.entry, summary=PROSE)
    known = replace(pending, entry=entry, article_id="a", content_hash="c")
    assert read(known, fetch_failure("http_4xx")).kind == "failed"


def test_without_anything_in_the_feed_the_failure_stands(pending: PendingPage) -> None:
    outcome = read(pending, fetch_failure("http_4xx"))
    assert (outcome.kind, outcome.article) == ("failed", None)


# --- workers ---------------------------------------------------------------------------------


def hang(seconds: float) -> float:
    time.sleep(seconds)
    return seconds


def die(code: int) -> int:
    if code:
        os._exit(code)
    return code


def eat(megabytes: int) -> int:
    return len(bytes(megabytes * 1024 * 1024))


def fail(number: int) -> float:
    return 1 / number


SMALL = ExtractSettings(workers=1, page_seconds=1, worker_memory_mb=1500)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("function", "jobs", "kinds"),
    [
        (hang, [0, 30, 0.1], [None, "timeout", None]),
        (die, [0, 3, 0, 0], [None, "crashed", None, None]),
        (eat, [1, 3000, 2], [None, "memory", None]),
        (fail, [1, 0, 2], [None, "crashed", None]),
    ],
)
def test_a_worker_that_is_lost_costs_its_own_job_alone(
    function: object, jobs: list[float], kinds: list[str | None]
) -> None:
    workers = Workers(SMALL)
    try:
        found = list(workers.run(function, jobs))  # type: ignore[arg-type]
    finally:
        workers.close()
    assert [each.kind if isinstance(each, Mishap) else None for each in found] == kinds


@pytest.mark.slow
def test_one_job_that_hangs_is_refused_in_one_sentence() -> None:
    with closing(Workers(SMALL)) as workers:
        assert workers.run_one(hang, 0, "http://a.test/") == 0
        with pytest.raises(ExtractionError, match=r"^http://a\.test/: reading it took too long$"):
            workers.run_one(hang, 30, "http://a.test/")


def test_workers_are_shared_and_end_with_their_last_user() -> None:
    one, other = Workers(SMALL), Workers(SMALL)
    assert list(one.run(hang, [0])) == list(other.run(hang, [0])) == [0]
    one.close()
    assert list(other.run(hang, [0])) == [0]
    other.close()
    other.close()


def test_a_reader_without_workers_reads_here(pending: PendingPage) -> None:
    with PageReader(ExtractSettings(workers=0)) as here:
        (outcome,) = here.read([(pending, page(markup()))], SIEVE)
    assert outcome.kind == "off_topic"


def test_the_sieve_can_be_switched_off(pending: PendingPage) -> None:
    with PageReader(ExtractSettings(workers=0, sieve=False)) as here:
        (outcome,) = here.read([(pending, page(markup()))], SIEVE)
    assert outcome.kind == "article"


def test_one_page_is_read_however_short_or_refused_by_name(pending: PendingPage) -> None:
    here = ExtractSettings(workers=0, sieve=True)
    short = page("<html><body><article><p>Ferries are late.</p></article></body></html>")
    assert read_one(here, pending, short).text == "Ferries are late."
    with pytest.raises(ExtractionError, match="an empty answer") as raised:
        read_one(here, pending, page(" "))
    assert raised.value.error_class == "empty"


def test_a_feeds_text_that_no_parser_survives_leaves_the_failure_and_a_word_in_the_log(
    pending: PendingPage, caplog: pytest.LogCaptureFixture
) -> None:
    entry = replace(pending.entry, content=b"not text")  # type: ignore[arg-type]
    with PageReader(ExtractSettings(workers=0)) as here:
        (outcome,) = here.read([(replace(pending, entry=entry), page("%PDF-"))], SIEVE)
    assert outcome.failure is not None
    assert (outcome.kind, outcome.failure.error_class) == ("failed", "crashed")
    assert outcome.http_status == 200
    assert "TypeError" in caplog.text


def test_a_page_whose_worker_died_falls_back_to_the_feed(pending: PendingPage) -> None:
    entry = replace(pending.entry, content=f"<p>{PROSE * 4}</p>")
    job = ReadingJob(replace(pending, entry=entry), page("x"), None, 200)
    outcome = read_lost(LostJob(job, Mishap("timeout", "too long")))
    assert outcome.kind == "article"
    assert outcome.failure is not None
    assert outcome.failure.error_class == "timeout"


class Endless(str):
    """A text that takes for ever to read."""

    __slots__ = ()

    def __getitem__(self, part: object) -> str:
        time.sleep(10)
        return PROSE * 4


@pytest.mark.slow
def test_a_feeds_text_that_hangs_its_worker_hangs_no_run(pending: PendingPage) -> None:
    told = replace(pending, entry=replace(pending.entry, content=Endless("x")))
    with PageReader(SMALL) as workers:
        slow, quick = workers.read([(told, page("%PDF-")), (pending, page(markup()))], SIEVE)
    assert slow.failure is not None
    assert (slow.kind, slow.failure.error_class) == ("failed", "timeout")
    assert quick.kind == "off_topic"


# --- whose words they are --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("feed_url", "link", "outlet"),
    [
        ("https://b.test/rss", "https://wire.test/world/never-published", "B"),
        ("https://b.test/rss", "https://b.test/copied", "B"),
        ("https://news.google.com/rss/search?q=x", "https://news.google.com/articles/x", "Wire"),
    ],
)
def test_a_feed_speaks_for_no_other_newsroom(
    pending: PendingPage, feed_url: str, link: str, outlet: str
) -> None:
    entry = replace(pending.entry, url=link, content=f"<p>{PROSE * 4}</p>", outlet="Wire")
    feed = replace(pending.feed, name="B", url=feed_url)
    told = replace(pending, entry=entry, feed=feed)
    article = article_of(read(told, fetch_failure("gone")))
    assert (article.outlet, article.extraction_method) == (outlet, "feed_content")


def test_a_page_that_was_read_has_the_newsroom_that_the_feed_names(pending: PendingPage) -> None:
    told = replace(pending, entry=replace(pending.entry, outlet="Wire"))
    assert article_of(read(told, page(markup()))).outlet == "Wire"


def test_content_hashes_ignore_what_nobody_edited() -> None:
    one = articles.content_hash("Title", "Updated 10 minutes ago\nBody.\n1,204 views")
    other = articles.content_hash("title", "Updated 3 hours ago\nBody.\n9 views")
    assert one == other
    assert articles.content_hash("Title", "Body changed.") != one
