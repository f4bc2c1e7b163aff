"""From the database to the page: every figure of a digest equals a recount by SQL.

The base tables are filled by SQL, a year of them; what the views show is derived by the schema's
own statements.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from lxml import html

from treatywatch.config.settings import Settings
from treatywatch.digest.compose import compose
from treatywatch.digest.options import FORMATS, DigestOptions
from treatywatch.digest.render_html import render_html
from treatywatch.digest.write import write_digest
from treatywatch.news.digest import Digest, Measure
from treatywatch.news.records import Feed
from treatywatch.news.stance import ModelInfo
from treatywatch.news.weekly import IsoWeek
from treatywatch.storage.facts import facts_sql
from treatywatch.storage.weekly import read_week
from treatywatch.storage.writer import Writer

LAST = IsoWeek(2027, 1)
FIRST_DAY, LAST_DAY = LAST.shift(-51).monday, LAST.sunday
START = datetime(2026, 1, 1, tzinfo=UTC)
OPTIONS = DigestOptions()

# Everything follows from the number of the article, so a year is the same every time.
FILL = """
CREATE TEMP TABLE made AS
SELECT
    range AS n, 'a' || range AS article_id, 'c' || range AS cut_id,
    ['ar', 'en', 'vi'][1 + range % 3] AS language,
    'Outlet ' || (hash(range, 1) % 60) AS outlet,
    's' || (range - CAST(hash(range, 2) % 3 AS BIGINT)) AS story_id,
    TIMESTAMPTZ '{first} 02:00:00+00'
        + INTERVAL 1 MINUTE * CAST(hash(range, 3) % (60 * 24 * 363) AS BIGINT) AS moment,
    ['hopes', 'concerns', 'mixed', 'neutral'][1 + CAST(hash(range, 4) % 4 AS BIGINT)] AS label,
    hash(range, 5) % 9 <> 0 AS is_sure
FROM range({articles});
DELETE FROM made WHERE moment >= TIMESTAMPTZ '{silent} 00:00:00+07'
    AND moment < TIMESTAMPTZ '{silent} 00:00:00+07' + INTERVAL 7 DAY;
DELETE FROM made WHERE language = 'ar' AND moment >= TIMESTAMPTZ '{no_arabic} 00:00:00+07'
    AND moment < TIMESTAMPTZ '{no_arabic} 00:00:00+07' + INTERVAL 7 DAY;
INSERT INTO articles BY NAME
SELECT article_id, 'https://e.example/' || n AS url, 'https://e.example/' || n AS canonical_url,
    'feed' AS feed_id, 'e' || n AS entry_id, outlet, 'VN' AS country, 'newspaper' AS kind,
    'Title ' || n AS title, language, 'text' AS language_source, moment AS published_at,
    CAST(moment AT TIME ZONE 'Asia/Ho_Chi_Minh' AS DATE) AS published_date, 'page' AS date_source,
    'h' || n AS content_hash, true AS is_treaty, moment AS first_seen_at,
    CAST(moment AT TIME ZONE 'Asia/Ho_Chi_Minh' AS DATE) AS first_seen_date, moment AS last_seen_at,
    moment AS last_checked_at
FROM made;
INSERT INTO article_versions BY NAME
SELECT article_id, 'h' || n AS content_hash, 1 AS version, moment AS seen_at, true AS is_treaty,
    'Title ' || n AS title,
    'Before it. They said in ' || n || ' that the pact helps. After it.' AS text,
    language, moment AS published_at, 'page' AS date_source
FROM made;
INSERT INTO article_sightings BY NAME
SELECT article_id, moment AS seen_at, 'h' || n AS content_hash FROM made;
INSERT INTO story_links BY NAME
SELECT article_id, story_id, false AS is_duplicate, moment AS linked_at FROM made;
INSERT INTO passages BY NAME
SELECT article_id, cut_id, 1 AS position, 'body' AS kind,
    'They said in ' || n || ' that the pact helps.' AS text, 11 AS char_start,
    11 + length('They said in ' || n || ' that the pact helps.') AS char_end, 1 AS sentences,
    true AS countable
FROM made;
INSERT INTO passage_stances BY NAME
SELECT article_id, cut_id, 1 AS position, 'm' AS model_id, 0.9 AS treaty,
    CASE WHEN label IN ('hopes', 'mixed') THEN 0.6 + (n % 40) / 100 ELSE 0.1 END AS hope,
    CASE WHEN label IN ('concerns', 'mixed') THEN 0.6 + (n % 39) / 100 ELSE 0.1 END AS concern,
    CASE label WHEN 'hopes' THEN ['victims'] WHEN 'concerns' THEN ['privacy', 'host']
        WHEN 'mixed' THEN ['capacity', 'vagueness'] END AS themes,
    moment AS classified_at
FROM made;
INSERT INTO article_stances BY NAME
SELECT article_id, 'h' || n AS content_hash, cut_id, 'm' AS model_id, label, 0.9 AS treaty_score,
    0.5 AS hope_score, 0.5 AS concern_score, 0.0 AS balance, 0.8 AS confidence, 1 AS n_passages,
    1 AS n_hope, 0 AS n_concern, is_sure, moment AS classified_at
FROM made;
INSERT INTO feed_fetches BY NAME
SELECT 'r' AS run_id, 'feed' AS feed_id, day AS fetched_at, CAST(day AS DATE) AS fetched_date,
    'https://e.example/feed' AS url, 'ok' AS outcome
FROM range(TIMESTAMPTZ '{first} 03:00:00+00', TIMESTAMPTZ '{last} 04:00:00+00', INTERVAL 1 DAY)
    AS days(day);
"""


def fill(settings: Settings, articles: int) -> None:
    writer = Writer(settings)
    writer.migrate(START)
    writer.register_feeds([Feed("feed", "Feed", "https://e.example/feed", "en")], START)
    writer.register_model(ModelInfo("m", "a model"), START)
    silent, no_arabic = LAST.shift(-10).monday, LAST.shift(-6).monday
    with duckdb.connect(str(settings.db)) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(
            FILL.format(
                articles=articles,
                first=FIRST_DAY,
                last=LAST_DAY,
                silent=silent,
                no_arabic=no_arabic,
            )
        )
        for table in ("stance_facts", "evidence_facts", "stance_counts"):
            connection.execute(f"INSERT INTO {table} BY NAME {facts_sql(table, 'articles')}")


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = Settings(db=tmp_path_factory.mktemp("year") / "year.duckdb")
    fill(settings, 2_600)
    return settings


def recount(settings: Settings, query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(settings.db), read_only=True) as connection:
        return connection.execute(query).fetchall()


def labelled(week: IsoWeek) -> str:
    """Return SQL for articles and their labels from the base tables, cut at midnights of Hanoi."""
    return f"""
        SELECT v.language, s.label, a.outlet, l.story_id
        FROM article_versions v JOIN article_stances s USING (article_id)
        JOIN articles a USING (article_id) JOIN story_links l USING (article_id)
        WHERE v.published_at >= TIMESTAMPTZ '{week.monday} 00:00:00+07'
            AND v.published_at < TIMESTAMPTZ '{week.shift(1).monday} 00:00:00+07'
    """


def measure(digest: Digest, name: str) -> Measure:
    return next(measure for measure in digest.measures if measure.name == name)


@pytest.mark.slow
@pytest.mark.parametrize(
    "week",
    [LAST.shift(-3), LAST.shift(-10), LAST.shift(-6), IsoWeek(2026, 53), IsoWeek(2027, 1)],
    ids=["full", "empty", "without Arabic", "2026-W53", "2027-W01"],
)
def test_the_figures_equal_a_recount(year: Settings, week: IsoWeek) -> None:
    digest = compose(read_week(year, week), OPTIONS)
    ((articles, stories, outlets, hopes, concerns),) = recount(
        year,
        f"SELECT count(*), count(DISTINCT story_id), count(DISTINCT outlet), "
        f"count(*) FILTER (label = 'hopes'), count(*) FILTER (label = 'concerns') "
        f"FROM ({labelled(week)})",
    )
    assert (articles == 0) is (week == LAST.shift(-10))
    found = [measure(digest, n).count for n in ("articles", "stories", "outlets")]
    assert found == [articles, stories, outlets]
    assert [measure(digest, n).count for n in ("hopes", "concerns")] == [hopes, concerns]
    by_language = dict(
        recount(year, f"SELECT language, count(*) FROM ({labelled(week)}) GROUP BY language")
    )
    for framing in digest.framings:
        assert framing.counts.articles == by_language.get(framing.language, 0)
    rows = recount(year, f"SELECT outlet, language, count(*) FROM ({labelled(week)}) GROUP BY ALL")
    most = sorted((articles for _, _, articles in rows), reverse=True)
    assert [row.counts.articles for row in digest.outlets] == most[: len(digest.outlets)]


def test_the_means_of_four_weeks_equal_a_recount(year: Settings) -> None:
    digest = compose(read_week(year, LAST), OPTIONS)
    counts = [
        recount(year, f"SELECT count(*) FROM ({labelled(LAST.shift(-step))})")[0][0]
        for step in range(1, 5)
    ]
    before = {change.against: change.before for change in measure(digest, "articles").changes}
    assert before == {"last_week": counts[0], "recent_weeks": sum(counts) / 4}


def test_every_week_of_a_year_equals_the_view_that_users_ask(year: Settings) -> None:
    digest = compose(read_week(year, LAST, weeks=52), OPTIONS)
    shown = {
        (point.week.monday, point.language): (point.counts.hopes, point.counts.concerns)
        for point in digest.trend
        if point.counts and point.counts.articles
    }
    view = recount(year, "SELECT period, language, hopes, concerns FROM stance_by_week")
    assert shown == {(day, language): (h, c) for day, language, h, c in view}


def test_the_page_shows_the_recount(year: Settings) -> None:
    page = html.document_fromstring(render_html(compose(read_week(year, LAST), OPTIONS), OPTIONS))
    shown = [int(n.text.replace(",", "")) for n in page.xpath("//*[@class='value']")[:3]]
    ((articles, stories, outlets),) = recount(
        year,
        "SELECT count(*), count(DISTINCT story_id), count(DISTINCT outlet) "
        f"FROM ({labelled(LAST)})",
    )
    assert shown == [articles, stories, outlets]


@pytest.mark.slow
def test_a_digest_as_of_a_day_stays_the_same_when_more_is_known(
    tmp_path: Path, year: Settings
) -> None:
    week = LAST.shift(-20)
    as_of = datetime.combine(week.sunday, datetime.min.time(), UTC)
    options = DigestOptions(formats=FORMATS)
    one = write_digest(read_week(year, week, as_of), options, tmp_path / "one")
    two = write_digest(read_week(year, week, as_of), options, tmp_path / "two")
    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in two]
    now = write_digest(read_week(year, week), options, tmp_path / "now")
    assert one[0].read_bytes() != now[0].read_bytes()


@pytest.mark.slow
def test_a_year_of_a_hundred_thousand_articles_takes_seconds(tmp_path: Path) -> None:
    settings = Settings(db=tmp_path / "large.duckdb")
    fill(settings, 104_000)
    started = time.perf_counter()
    week = read_week(settings, LAST, weeks=52)
    read = time.perf_counter()
    paths = write_digest(week, DigestOptions(), tmp_path / "out")
    done = time.perf_counter()
    print(f"read {read - started:.2f} s, compose and render {done - read:.2f} s")  # noqa: T201
    assert sum(count.articles for count in week.counts) > 99_000
    assert done - started < 10
    assert paths[0].stat().st_size < 500_000
