"""The database that storage.py asks: ten years of invented articles, and one more day of them."""

from __future__ import annotations

import random
import time
from datetime import UTC, datetime, timedelta

from treatywatch.config.settings import Settings
from treatywatch.flows.page_store import BATCHES_AT_ONCE
from treatywatch.flows.spread import batched
from treatywatch.news.records import (
    Article,
    FeedEntry,
    FeedFetch,
    FeedResult,
    FeedState,
    PageOutcome,
)
from treatywatch.news.stance import ArticleStance, Passage, PassageStance, ScoredArticle
from treatywatch.storage.database import open_database, transaction
from treatywatch.storage.facts import rebuild_facts
from treatywatch.storage.writer import Writer

END = datetime(2026, 11, 20, 3, tzinfo=UTC)
DAYS = 3650
PASSAGES = 10

LOAD = """
INSERT INTO feeds BY NAME
SELECT 'feed' || i AS feed_id, 'Outlet ' || i AS name, 'https://feed' || i || '.example/rss' AS url,
    ['ar', 'en', 'vi'][1 + i % 3] AS language, 'XX' AS country, 'newspaper' AS kind,
    true AS enabled, $start AS listed_at, 0.0 AS failure_weight, 0 AS redirect_sightings
FROM range(90) AS t (i);

INSERT INTO feed_fetches BY NAME
SELECT 'run' || day AS run_id, 'feed' || f AS feed_id, moment AS fetched_at, 'u' AS url,
    CAST(moment AT TIME ZONE 'UTC' AS DATE) AS fetched_date,
    CASE WHEN hash(day, f) % 20 = 0 THEN 'failed' ELSE 'ok' END AS outcome,
    20 AS entries_seen, 20 AS entries_kept, 0.3 AS seconds
FROM (SELECT day, f, $start + to_days(CAST(day AS INTEGER)) AS moment
    FROM range($days) AS t (day), range(90) AS u (f));

CREATE TEMP TABLE drawn AS
SELECT
    i, md5('a' || i)[:24] AS article_id, md5('h' || i)[:24] AS content_hash,
    md5('c' || i)[:24] AS cut_id, md5('s' || (i - CAST(hash(i) % 5 AS INTEGER))) [:24] AS story_id,
    CAST(hash(i, 'f') % 90 AS INTEGER) AS feed,
    $start + to_microseconds(CAST($days * 86400e6 * (i / $articles) AS BIGINT)) AS moment,
    CAST(hash(i, 'l') % 100 AS INTEGER) AS draw
FROM range($articles) AS t (i);

INSERT INTO entries BY NAME
SELECT 'e' || article_id AS entry_id, 'feed' || feed AS feed_id,
    'https://feed' || feed || '.example/' || i AS url, 'h' AS entry_hash, 'done' AS status,
    0 AS attempts, article_id, moment AS first_seen_at, CAST(moment AS DATE) AS first_seen_date,
    moment AS last_seen_at
FROM drawn;

INSERT INTO articles BY NAME
SELECT article_id, 'https://feed' || feed || '.example/' || i AS url, url AS canonical_url,
    'feed' || feed AS feed_id, 'e' || article_id AS entry_id, 'Outlet ' || feed AS outlet,
    'XX' AS country, 'newspaper' AS kind, 'The treaty, report number ' || i AS title,
    ['ar', 'en', 'vi'][1 + feed % 3] AS language, moment - INTERVAL 1 HOUR AS published_at,
    CAST(moment - INTERVAL 1 HOUR AS DATE) AS published_date, 'page' AS date_source, content_hash,
    true AS is_treaty, moment AS first_seen_at, CAST(moment AS DATE) AS first_seen_date,
    moment AS last_seen_at, moment AS last_checked_at
FROM drawn;

INSERT INTO article_versions BY NAME
SELECT article_id, content_hash, 1 AS version, moment AS seen_at, true AS is_treaty,
    'The treaty, report number ' || i AS title,
    array_to_string(list_transform(range({passages}), lambda p: {sentence}), chr(10)) AS text,
    ['ar', 'en', 'vi'][1 + feed % 3] AS language, moment - INTERVAL 1 HOUR AS published_at,
    'page' AS date_source, 180 AS words
FROM drawn;

INSERT INTO article_sightings SELECT article_id, moment, content_hash FROM drawn;

INSERT INTO story_links BY NAME
SELECT article_id, story_id, false AS is_duplicate, moment AS linked_at FROM drawn;

INSERT INTO passages BY NAME
SELECT article_id, cut_id, CAST(p + 1 AS INTEGER) AS position, 'body' AS kind,
    {sentence} AS text, 0 AS char_start, 80 AS char_end, 1 AS sentences, true AS countable
FROM drawn, range({passages}) AS t (p)
ORDER BY i, p;

INSERT INTO passage_stances BY NAME
SELECT article_id, cut_id, CAST(p + 1 AS INTEGER) AS position, 'bench' AS model_id,
    0.9 AS treaty, (hash(i, p, 'h') % 1000) / 1560 AS hope,
    (hash(i, p, 'c') % 1000) / 1560 AS concern,
    [(
        CASE WHEN hash(i, p, 'h') % 1000 >= 780
            THEN ['cooperation', 'evidence', 'victims', 'capacity']
            ELSE ['surveillance', 'privacy', 'expression', 'vagueness']
        END
    )[1 + CAST(hash(i, p) % 4 AS INTEGER)]] AS themes,
    moment AS classified_at
FROM drawn, range({passages}) AS t (p)
ORDER BY i, p;

INSERT INTO article_stances BY NAME
SELECT article_id, content_hash, cut_id, 'bench' AS model_id,
    ['hopes', 'concerns', 'mixed', 'neutral'][1 + draw % 4] AS label, 0.9 AS treaty_score,
    draw / 100 AS hope_score, 1 - draw / 100 AS concern_score, draw / 50 - 1 AS balance,
    0.8 AS confidence, {passages} AS n_passages, 3 AS n_hope, 3 AS n_concern, true AS is_sure,
    moment AS classified_at
FROM drawn;

INSERT INTO models VALUES ('bench', 'synthetic', '', $start);

INSERT INTO model_choices VALUES ('bench', $start);
""".replace("{passages}", str(PASSAGES)).replace(
    "{sentence}",
    "'The states of report ' || i || ' weighed the treaty and its safeguards again, point ' || p",
)


def load(settings: Settings, articles: int) -> dict[str, float]:
    """Fill a new database; return the rates."""
    Writer(settings).migrate(END - timedelta(days=DAYS))
    values = {"start": END - timedelta(days=DAYS), "days": DAYS, "articles": articles}
    started = time.monotonic()
    with open_database(settings, read_only=False) as connection, transaction(connection):
        for statement in LOAD.split(";\n"):
            used = {name: value for name, value in values.items() if f"${name}" in statement}
            if statement.strip():
                connection.execute(statement, used or None)
    loaded = time.monotonic()
    with open_database(settings, read_only=False) as connection:
        with transaction(connection):
            rebuild_facts(connection)
        connection.execute("CHECKPOINT")
    derived = time.monotonic()
    return {
        "load_s": round(loaded - started, 1),
        "articles_per_s": round(articles / (loaded - started)),
        "passages_per_s": round(articles * PASSAGES / (loaded - started)),
        "derive_views_s": round(derived - loaded, 1),
    }


def append(settings: Settings) -> float:
    """Time a day's 1,000 articles, written as a run writes its batches of 100 pages."""
    writer = Writer(settings)
    now = END + timedelta(days=1, seconds=random.Random(time.time_ns()).randrange(80_000))
    batches = [make_batch(now, number) for number in range(10)]
    started = time.monotonic()
    for first in range(0, 10, 4):
        writer.write_feeds("bench", [made[0] for made in batches[first : first + 4]], now)
    for made in batched(batches, BATCHES_AT_ONCE):
        outcomes = [outcome for _, outcomes, _ in made for outcome in outcomes]
        scored = [article for _, _, scored in made for article in scored]
        writer.write_pages("bench", outcomes, scored, now)
    return round(time.monotonic() - started, 2)


Made = tuple[FeedResult, list[PageOutcome], list[ScoredArticle]]


def make_batch(now: datetime, number: int) -> Made:
    """Return 100 new articles with their entries."""
    stamp = f"{now.timestamp():.0f}-{number}"
    articles = [_article(now, f"{stamp}-{i}", number) for i in range(100)]
    entries = tuple(
        FeedEntry(a.article.entry_id, a.article.feed_id, a.article.url, a.article.url,
                  a.article.title, "h")
        for a in articles
    )  # fmt: skip
    feed_id = f"feed{number}"
    fetch = FeedFetch(feed_id, now, "u", "ok", entries_seen=100, entries_kept=100)
    outcomes = [
        PageOutcome(a.article.entry_id, feed_id, "article", now, article=a.article)
        for a in articles
    ]
    return FeedResult(fetch, FeedState(feed_id, last_fetch_at=now), entries), outcomes, articles


def _article(now: datetime, key: str, number: int) -> ScoredArticle:
    sentences = [f"The states of {key} weighed the treaty again, point {p}." for p in range(10)]
    text = "\n".join(sentences)
    article = Article(
        article_id=f"n{key}", url=f"https://x.example/{key}", canonical_url=f"https://x.example/{key}",
        title=f"Report {key}", text=text, feed_id=f"feed{number}", entry_id=f"e{key}",
        outlet=f"Outlet {number}", language=["ar", "en", "vi"][number % 3],
        language_source="text", country="XX", kind="newspaper", published_at=now,
        date_source="page", extraction_method="page", content_hash=f"h{key}",
        fingerprint=tuple(range(128)),
    )  # fmt: skip
    passages, at = [], 0
    for position, sentence in enumerate(sentences, start=1):
        passages.append(Passage(position, "body", sentence, at, at + len(sentence)))
        at += len(sentence) + 1
    stances = tuple(PassageStance(p.position, 0.9, 0.7, 0.2, ("privacy",)) for p in passages)
    stance = ArticleStance("hopes", 0.9, 0.7, 0.2, 0.55, 0.8, 10, 10, 0)
    return ScoredArticle(article, tuple(passages), stances, stance, "bench", f"s{key}")
