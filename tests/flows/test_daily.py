"""The daily flow as it really runs: Prefect, HTTP on loopback, DuckDB, the model."""

from __future__ import annotations

import json
import re
from pathlib import Path

import duckdb
import pytest
from support.rows import rows_of

from treatywatch.config.feeds import write_list
from treatywatch.config.load import load_settings
from treatywatch.config.settings import Settings
from treatywatch.flows.daily import nothing_fetched
from treatywatch.flows.launch import launch_daily
from treatywatch.news.errors import NothingFetchedError, UsageError
from treatywatch.samples.expectations import expectations
from treatywatch.samples.server import SampleServer
from treatywatch.storage import snapshots


@pytest.mark.parametrize(
    ("failures", "words"),
    [
        ({"ssrf": 2}, "2 feeds of .* log in first; .* set allow_loopback = true; then run again"),
        ({"dns": 1, "ssrf": 1}, "2 feeds of .*check the network and run again, nothing is lost"),
    ],
)
def test_when_every_feed_failed_their_causes_decide_what_to_do(
    failures: dict[str, int], words: str
) -> None:
    assert re.search(words, nothing_fetched(failures, Settings()))


@pytest.mark.slow
def test_two_runs_over_the_sample_newsroom(
    sample_server: SampleServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TREATYWATCH_EXTRACT__WORKERS", "1")  # as a user's run reads its pages
    settings = load_settings(db=tmp_path / "t.duckdb", feeds=tmp_path / "feeds.yaml")
    expected = expectations()
    treaty = {page["path"] for page in expected["pages"] if page["treaty"]}

    first = launch_daily(settings)
    assert first.state == "completed"
    assert first.feeds_failed == 1
    assert first.treaty_articles == len(treaty)
    copy = snapshots.latest(settings)
    assert copy is not None
    for database in (settings.db, copy):
        with duckdb.connect(str(database), read_only=True) as connection:
            stored = connection.execute("SELECT state, stage_seconds FROM runs").fetchall()
        assert stored == [("completed", dict(first.stage_seconds))]
    with duckdb.connect(str(settings.db), read_only=True) as connection:
        found = connection.execute("SELECT url FROM articles WHERE is_treaty").fetchall()
        cuts = connection.execute(
            "SELECT v.text, v.title, p.kind, p.text, p.char_start, p.char_end FROM passages p "
            "JOIN article_versions v USING (article_id)"
        ).fetchall()
        known = connection.execute("SELECT count(*) FROM models").fetchone()
    assert {url.removeprefix(sample_server.url) for (url,) in found} == treaty
    assert known == (1,)
    for text, title, kind, passage, start, end in cuts:
        assert (title if kind == "title" else text)[start:end] == passage

    before = rows_of(settings.db)
    again = launch_daily(settings)
    assert (again.entries_new, again.articles_new, again.articles_edited) == (0, 0, 0)
    assert rows_of(settings.db) == before

    sample_server.edition = 2
    second = launch_daily(settings)
    assert (second.entries_new, second.articles_new, second.articles_edited) == (0, 0, 1)
    after = rows_of(settings.db)
    assert len(after["versions"]) == len(before["versions"]) + 1
    assert len(after["articles"]) == len(before["articles"])


@pytest.mark.slow
def test_the_newsroom_of_real_articles(newsroom: Path, newsroom_url: str, tmp_path: Path) -> None:
    feeds = [
        {"id": lang, "name": lang, "url": f"{newsroom_url}/feeds/{lang}.xml", "language": lang}
        for lang in ("ar", "en", "vi")
    ]
    write_list(tmp_path / "feeds.yaml", feeds)
    settings = load_settings(db=tmp_path / "t.duckdb", feeds=tmp_path / "feeds.yaml")
    expected = json.loads((newsroom / "expected.json").read_text(encoding="utf-8"))

    launch_daily(settings)
    before = rows_of(settings.db)
    report = launch_daily(settings)

    assert (report.entries_new, report.articles_new) == (0, 0)
    assert rows_of(settings.db) == before
    with duckdb.connect(str(settings.db), read_only=True) as connection:
        labels = dict(connection.execute("SELECT url, label FROM article_stance").fetchall())
        evidence = connection.execute(
            "SELECT a.url, e.hope, e.concern, e.text, e.char_start, e.char_end, "
            "  CASE WHEN e.kind = 'title' THEN v.title ELSE v.text END "
            "FROM stance_evidence e JOIN article_stance a USING (article_id) "
            "JOIN article_versions v ON v.article_id = a.article_id AND v.version = a.version"
        ).fetchall()
    assert labels == {f"{newsroom_url}/{a['page']}": a["label"] for a in expected["treaty"]}
    for *_, text, start, end, whole in evidence:
        assert whole[start:end] == text
    for url in labels:
        mine = [(hope, concern) for of, hope, concern, *_ in evidence if of == url]
        assert max(hope for hope, _ in mine) >= 0.5, url
        assert max(concern for _, concern in mine) >= 0.5, url


@pytest.mark.slow
def test_no_feed_reachable_is_one_clear_sentence(loopback: None, tmp_path: Path) -> None:
    feeds = [{"id": "x", "name": "X", "url": "http://127.0.0.1:9/feed", "language": "en"}]
    write_list(tmp_path / "feeds.yaml", feeds)
    settings = load_settings(db=tmp_path / "t.duckdb", feeds=tmp_path / "feeds.yaml")
    with pytest.raises(NothingFetchedError, match=r"none of the 1 feeds of .*feeds\.yaml"):
        launch_daily(settings)
    with duckdb.connect(str(settings.db), read_only=True) as connection:
        assert connection.execute("SELECT state FROM runs").fetchall() == [("failed",)]
        fetches = connection.execute("SELECT outcome, error_class FROM feed_fetches").fetchall()
    assert fetches == [("failed", "connect")]


@pytest.mark.slow
def test_an_unknown_feed_is_named(sample_server: SampleServer, tmp_path: Path) -> None:
    settings = load_settings(db=tmp_path / "t.duckdb", feeds=tmp_path / "feeds.yaml")
    with pytest.raises(UsageError, match="no feed has the id 'nowhere'"):
        launch_daily(settings, only=["nowhere"])
