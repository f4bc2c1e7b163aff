"""The backfill as it really runs: what it finds, what it leaves alone, how it goes on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from support.rows import rows_of
from support.warc import Archive

from treatywatch.config.load import load_settings
from treatywatch.config.settings import Settings
from treatywatch.flows.backfill_launch import launch_backfill
from treatywatch.flows.backfill_sources import order_of
from treatywatch.flows.launch import launch_daily
from treatywatch.news.errors import NothingFetchedError
from treatywatch.news.runs import RunReport
from treatywatch.samples.expectations import expectations
from treatywatch.samples.records import SamplePage
from treatywatch.samples.server import SampleServer

pytestmark = pytest.mark.slow
NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)


def take_in(
    settings: Settings, *places: Path | str, since: str | None = None, **how: Any
) -> RunReport:
    days = (since, how.pop("until", None))
    order = order_of([str(place) for place in places], days, settings.zone, **how)
    return launch_backfill(settings, order)


def ask(database: Path, query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(database), read_only=True) as connection:
        return connection.execute(query).fetchall()


def articles_of(database: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Return all rows but the entries, to which the failures of a backfill add theirs."""
    return {name: rows for name, rows in rows_of(database).items() if name != "entries"}


# A consent wall may be gone the next time, so it is asked again.
WALL = "/packet-ledger/2426/un-cybercrime-treaty-what-engineers-should-know"


def pages_of(server: SampleServer) -> Iterator[tuple[str, bytes]]:
    for page in expectations()["pages"]:
        answer = server.page(page["path"])
        if answer.status == 200:
            yield f"{server.url}{page['path']}", answer.body


def treaty_paths(server: SampleServer) -> set[str]:
    """Return the pages about the treaty that answer."""
    served = {url.removeprefix(server.url) for url, _ in pages_of(server)}
    return {p["path"] for p in expectations()["pages"] if p["treaty"]} & served


@pytest.fixture
def archive(sample_server: SampleServer, tmp_path: Path) -> Path:
    """Write the sample newsroom as a WARC file."""
    warc = Archive()
    for url, body in pages_of(sample_server):
        warc.add(url, body, date=f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}")
    path = tmp_path / "newsroom.warc.gz"
    path.write_bytes(warc.raw)
    return path


@pytest.fixture
def settings(sample_server: SampleServer, tmp_path: Path) -> Settings:
    return load_settings(db=tmp_path / "t.duckdb", feeds=tmp_path / "feeds.yaml")


FOUND = (
    "SELECT a.article_id, a.title, a.language, a.published_at, a.content_hash, s.label "
    "FROM articles AS a JOIN article_stance AS s USING (article_id) "
    "WHERE a.is_treaty AND a.date_source = 'page' ORDER BY ALL"
)


@pytest.mark.timeout(600)
def test_an_archive_gives_what_the_daily_run_finds(
    sample_server: SampleServer, archive: Path, settings: Settings, tmp_path: Path
) -> None:
    report = take_in(settings, archive)
    paths = treaty_paths(sample_server)
    urls = ask(settings.db, "SELECT url FROM articles")
    assert {url.removeprefix(sample_server.url) for (url,) in urls} == paths
    assert report.state == "completed"
    assert report.kind == "backfill"
    stored = "SELECT entries_seen, entries_new, stage_seconds FROM runs"
    counted = (report.entries_seen, report.entries_new, dict(report.stage_seconds))
    assert ask(settings.db, stored) == [counted]
    assert report.treaty_articles == len(paths)

    # a second time nothing is read, and nothing changes
    before = rows_of(settings.db)
    assert take_in(settings, archive).entries_seen == 0
    again = take_in(settings, archive, again=True)
    assert again.entries_seen == report.entries_seen
    assert again.treaty_articles == 0
    assert rows_of(settings.db) == before

    # what the watch itself did shows no trace of it
    assert ask(settings.db, "FROM coverage_by_day") == []
    assert ask(settings.db, "FROM feed_health") == []
    weeks = ask(settings.db, "SELECT sum(articles), count(feeds_ok_share) FROM stance_by_week")
    assert weeks == [(len(paths), 0)]

    daily = load_settings(db=tmp_path / "daily.duckdb", feeds=tmp_path / "feeds.yaml")
    launch_daily(daily)
    mine, theirs = set(ask(settings.db, FOUND)), set(ask(daily.db, FOUND))
    # where the daily run took the date from the feed, the page alone may tell another
    assert mine >= {row for row in theirs if row[0] in {known[0] for known in mine}}
    assert len(theirs) > 0.5 * len(paths)


@pytest.mark.timeout(600)
def test_what_the_daily_run_stored_stands(
    sample_server: SampleServer, archive: Path, settings: Settings
) -> None:
    launch_daily(settings)
    before = articles_of(settings.db)
    report = take_in(settings, archive)
    assert report.treaty_articles == 0
    assert articles_of(settings.db) == before
    health = ask(settings.db, "SELECT count(*), count(*) FILTER (state = 'off') FROM feed_health")
    assert health == [(len(expectations()["feeds"]), 0)]
    assert launch_daily(settings).state == "completed"
    assert articles_of(settings.db) == before


@pytest.mark.timeout(600)
def test_live_addresses_are_fetched_once(
    sample_server: SampleServer,
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    treaty = treaty_paths(sample_server)
    asked: Counter[str] = Counter()
    broken = {"now": True}
    real = sample_server.page

    def page(path: str) -> SamplePage:
        asked[path] += 1
        if path == "/flaky" and broken["now"]:
            return SamplePage(503, {"Content-Type": "text/plain"}, b"busy")
        if path == "/flaky":
            return real(sorted(treaty)[0])
        return real(path)

    monkeypatch.setattr(sample_server, "page", page)
    urls = [url for url, _ in pages_of(sample_server)]
    asked.clear()
    lines = [*urls, urls[0], f"{sample_server.url}/none", f"{sample_server.url}/flaky", "nonsense"]
    (tmp_path / "urls.txt").write_text("\n".join(lines))

    report = take_in(settings, tmp_path / "urls.txt")
    assert report.treaty_articles == len(treaty)
    assert report.failures["malformed"] == 1
    assert report.failures["http_4xx"] == 1
    paths = {url.removeprefix(sample_server.url) for url in urls}
    assert {path: asked[path] for path in paths if asked[path] != 1} == {}
    first = asked.copy()
    status = ask(settings.db, "SELECT url, status FROM entries")
    assert dict(status)[f"{sample_server.url}/flaky"] == "pending"

    broken["now"] = False
    second = take_in(settings, tmp_path / "urls.txt")
    more = asked - first
    assert {path for path in more if path != "/robots.txt"} == {"/flaky", "/none", WALL}
    assert second.pages_fetched >= 1
    offtopic = ask(settings.db, "SELECT count(*) FROM articles WHERE NOT is_treaty")
    assert offtopic == [(0,)]


@pytest.mark.timeout(600)
def test_a_sitemap_leads_to_the_days_asked_for(
    sample_server: SampleServer, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = sorted(treaty_paths(sample_server))
    body = "".join(f"<url><loc>{sample_server.url}{path}</loc></url>" for path in paths)
    real = sample_server.page

    def page(path: str) -> SamplePage:
        if path == "/sitemap.xml":
            head = {"Content-Type": "application/xml"}
            return SamplePage(200, head, f"<urlset>{body}</urlset>".encode())
        return real(path)

    monkeypatch.setattr(sample_server, "page", page)
    whole = load_settings(db=settings.db.with_name("whole.duckdb"), feeds=settings.feeds)
    take_in(whole, f"{sample_server.url}/sitemap.xml")
    days = ask(
        whole.db, "SELECT DISTINCT published_date FROM article_stance WHERE published_date NOTNULL"
    )
    middle = str(sorted(day for (day,) in days)[len(days) // 2])
    take_in(settings, f"{sample_server.url}/sitemap.xml", since=middle, until=middle)
    query = "SELECT article_id FROM article_stance {} ORDER BY ALL"
    wanted = f"WHERE published_date IS NULL OR published_date = DATE '{middle}'"
    assert ask(settings.db, query.format("")) == ask(whole.db, query.format(wanted))
    outside = ask(settings.db, "SELECT outside FROM backfill_progress")
    assert outside == [(len(paths) - len(ask(settings.db, query.format(""))),)]


@pytest.mark.timeout(600)
def test_a_folder_of_saved_pages_and_a_damaged_archive(
    sample_server: SampleServer, archive: Path, settings: Settings, tmp_path: Path
) -> None:
    paths = sorted(treaty_paths(sample_server))[:3]
    saved = tmp_path / "saved"
    saved.mkdir()
    for number, path in enumerate(paths):
        (saved / f"{number}.html").write_bytes(sample_server.page(path).body)
    raw = bytearray(archive.read_bytes())
    raw[200:260] = b"\x00" * 60
    archive.write_bytes(bytes(raw))
    report = take_in(settings, saved, archive)
    assert report.failures["malformed"] == 1
    found = dict(ask(settings.db, "SELECT url, outlet FROM articles"))
    assert len(found) >= len(treaty_paths(sample_server)) - 1
    damage = "SELECT url FROM page_failures WHERE error_class = 'malformed'"
    [(where,)] = ask(settings.db, damage)
    assert where == "newsroom.warc.gz, record at byte 0:0"
    assert all(found.values())


@pytest.mark.timeout(600)
def test_nothing_fetched_is_told(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "urls.txt").write_text("http://127.0.0.1:9/a\nhttp://127.0.0.1:9/b\n")
    with pytest.raises(NothingFetchedError, match="2 times over"):
        take_in(settings, tmp_path / "urls.txt")
    assert ask(settings.db, "SELECT state FROM runs") == [("failed",)]
