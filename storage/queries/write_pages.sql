-- One batch of pages: articles, their versions, what became of the entries.

CREATE OR REPLACE TEMP TABLE known AS
SELECT a.article_id, a.content_hash, a.is_treaty, a.feed_id, a.extraction_method
FROM articles AS a
WHERE a.article_id IN (SELECT article_id FROM staged_articles);

-- What a feed says itself stands in for a page that could not be read. It is the word of that feed
-- alone: it never takes the place of what was read from the page, nor of another feed's article.
CREATE OR REPLACE TEMP TABLE stand_ins AS
SELECT s.article_id, s.entry_id
FROM staged_articles AS s
LEFT JOIN known AS k ON k.article_id = s.article_id
LEFT JOIN (
    SELECT
        article_id,
        arg_min(feed_id, entry_id) AS feed_id,
        bool_or(extraction_method = 'page') AS has_page
    FROM staged_articles
    GROUP BY article_id
) AS b ON b.article_id = s.article_id
WHERE s.extraction_method IN ('feed_content', 'feed_summary')
    AND (
        b.has_page
        OR coalesce(k.extraction_method = 'page', FALSE)
        OR s.feed_id <> coalesce(k.feed_id, b.feed_id)
    );

DELETE FROM staged_articles
WHERE (article_id, entry_id) IN (SELECT (article_id, entry_id) FROM stand_ins)
    AND extraction_method IN ('feed_content', 'feed_summary');

DELETE FROM staged_article_stances
WHERE article_id IN (SELECT article_id FROM stand_ins)
    AND (article_id, content_hash) NOT IN (
        SELECT (article_id, content_hash) FROM staged_articles
    );

DELETE FROM staged_stories
WHERE article_id IN (SELECT article_id FROM stand_ins)
    AND article_id NOT IN (SELECT article_id FROM staged_articles);

-- A page that reads otherwise at every look (a ticker, a counter) would be edited without end:
-- 24 versions are kept of any 24 hours, further ones count as seen and unchanged.
CREATE OR REPLACE TEMP TABLE known_versions AS
SELECT article_id, content_hash, seen_at
FROM article_versions
WHERE article_id IN (SELECT article_id FROM staged_articles);

CREATE OR REPLACE TEMP TABLE noise AS
SELECT s.article_id, s.content_hash
FROM staged_articles AS s
JOIN known_versions AS v
    ON v.article_id = s.article_id
    AND v.seen_at > s.seen_at - INTERVAL 24 HOURS AND v.seen_at <= s.seen_at
WHERE (s.article_id, s.content_hash) NOT IN (
    SELECT (article_id, content_hash) FROM known_versions
)
GROUP BY s.article_id, s.content_hash
HAVING count(DISTINCT v.content_hash) >= 24;

DELETE FROM staged_articles
WHERE (article_id, content_hash) IN (SELECT (article_id, content_hash) FROM noise);

DELETE FROM staged_article_stances
WHERE (article_id, content_hash) IN (SELECT (article_id, content_hash) FROM noise);

-- Two entries can lead to one article: the first by id names it, the last by hash gives its text.
CREATE OR REPLACE TEMP TABLE staged_first AS
SELECT * FROM staged_articles
QUALIFY row_number() OVER (PARTITION BY article_id ORDER BY entry_id) = 1;

CREATE OR REPLACE TEMP TABLE staged_last AS
SELECT * FROM staged_articles
QUALIFY row_number() OVER (PARTITION BY article_id ORDER BY content_hash DESC, entry_id) = 1;

MERGE INTO articles AS a
USING staged_last AS s
ON a.article_id = s.article_id
WHEN MATCHED AND (s.seen_at, s.content_hash) >= (a.last_seen_at, a.content_hash) THEN UPDATE SET
    title = s.title,
    language = s.language,
    language_source = s.language_source,
    published_at = s.published_at,
    published_date = s.published_date,
    date_source = s.date_source,
    extraction_method = s.extraction_method,
    author = s.author,
    description = s.description,
    site_name = s.site_name,
    image_url = s.image_url,
    look_alike = s.look_alike,
    content_hash = s.content_hash,
    is_treaty = s.is_treaty;

MERGE INTO articles AS a
USING staged_first AS s
ON a.article_id = s.article_id
WHEN MATCHED AND (s.seen_at, s.entry_id) < (a.first_seen_at, a.entry_id) THEN UPDATE SET
    url = s.url,
    canonical_url = s.canonical_url,
    feed_id = s.feed_id,
    entry_id = s.entry_id,
    outlet = s.outlet,
    country = s.country,
    kind = s.kind;

UPDATE articles
SET
    first_seen_at = least(articles.first_seen_at, s.seen_at),
    first_seen_date = least(articles.first_seen_date, s.seen_date),
    last_seen_at = greatest(articles.last_seen_at, s.seen_at),
    last_checked_at = greatest(articles.last_checked_at, s.seen_at)
FROM staged_last AS s
WHERE articles.article_id = s.article_id;

INSERT INTO articles BY NAME
SELECT
    l.* EXCLUDE (
        url, canonical_url, feed_id, entry_id, outlet, country, kind, seen_at, seen_date, text,
        words, names, fingerprint
    ),
    f.url, f.canonical_url, f.feed_id, f.entry_id, f.outlet, f.country, f.kind,
    l.seen_at AS first_seen_at, l.seen_date AS first_seen_date,
    l.seen_at AS last_seen_at, l.seen_at AS last_checked_at
FROM staged_last AS l
JOIN staged_first AS f USING (article_id)
WHERE l.article_id NOT IN (SELECT article_id FROM known);

-- The stored side of every comparison is first cut down to the articles of the batch: else a
-- join would hold whole tables in memory to find a hundred rows.
CREATE OR REPLACE TEMP TABLE known_sightings AS
SELECT article_id, seen_at, content_hash
FROM article_sightings
WHERE article_id IN (SELECT article_id FROM staged_articles);

-- Versions are kept of articles about the treaty, and of those that once were.
CREATE OR REPLACE TEMP TABLE staged_versions AS
SELECT
    article_id, content_hash, 0 AS version, seen_at, is_treaty, title,
    CASE WHEN is_treaty THEN text END AS text, language, published_at, date_source,
    extraction_method, words, names, fingerprint
FROM staged_articles
WHERE is_treaty OR article_id IN (SELECT article_id FROM known_sightings)
QUALIFY row_number() OVER (
    PARTITION BY article_id, content_hash ORDER BY is_treaty DESC, entry_id
) = 1;

MERGE INTO article_versions AS v
USING staged_versions AS s
ON v.article_id = s.article_id AND v.content_hash = s.content_hash
WHEN MATCHED AND (s.seen_at < v.seen_at OR (s.is_treaty AND NOT v.is_treaty)) THEN UPDATE SET
    seen_at = least(s.seen_at, v.seen_at),
    is_treaty = s.is_treaty OR v.is_treaty,
    title = s.title,
    text = coalesce(s.text, v.text),
    language = s.language,
    published_at = s.published_at,
    date_source = s.date_source,
    extraction_method = s.extraction_method,
    words = s.words,
    names = s.names,
    fingerprint = s.fingerprint
WHEN NOT MATCHED THEN INSERT BY NAME;

UPDATE article_versions
SET version = r.version
FROM (
    SELECT
        article_id, content_hash,
        CAST(
            row_number() OVER (PARTITION BY article_id ORDER BY seen_at, content_hash) AS INTEGER
        ) AS version
    FROM article_versions
    WHERE article_id IN (SELECT article_id FROM staged_versions)
) AS r
WHERE article_versions.article_id = r.article_id
    AND article_versions.content_hash = r.content_hash
    AND article_versions.version <> r.version;

INSERT INTO article_sightings
SELECT s.article_id, s.seen_at, s.content_hash
FROM staged_versions AS s
WHERE NOT EXISTS (
    SELECT 1 FROM known_sightings AS g
    WHERE g.article_id = s.article_id AND g.seen_at = s.seen_at
        AND g.content_hash = s.content_hash
);

-- A look that found nothing new, or nothing, carries no article and was a look all the same.
UPDATE articles
SET last_checked_at = greatest(articles.last_checked_at, o.checked_at)
FROM (
    SELECT entry_id, max(checked_at) AS checked_at
    FROM staged_outcomes
    GROUP BY entry_id
) AS o
WHERE articles.entry_id = o.entry_id;

-- A failure counts once, however often its batch is written.
CREATE OR REPLACE TEMP TABLE new_failures AS
SELECT o.*
FROM staged_outcomes AS o
WHERE o.outcome = 'failed' AND (o.entry_id, o.tried_at) NOT IN (
    SELECT (p.entry_id, p.failed_at)
    FROM page_failures AS p
    WHERE p.entry_id IN (SELECT entry_id FROM staged_outcomes)
)
QUALIFY row_number() OVER (PARTITION BY o.entry_id, o.tried_at ORDER BY o.error_class) = 1;

INSERT INTO page_failures BY NAME
SELECT
    b.run_id, o.entry_id, o.feed_id, o.url, o.tried_at AS failed_at,
    CAST(o.tried_at AT TIME ZONE b.zone AS DATE) AS failed_date,
    o.stage, o.error_class, o.error_message, o.http_status
FROM new_failures AS o
CROSS JOIN batch AS b;

UPDATE entries
SET
    attempts = entries.attempts + 1,
    status = CASE
        WHEN entries.status <> 'pending' THEN entries.status
        WHEN o.is_final OR entries.attempts + 1 >= b.max_attempts THEN 'failed'
        ELSE 'pending'
    END,
    next_try_at = CASE
        WHEN entries.status <> 'pending' OR o.is_final
            OR entries.attempts + 1 >= b.max_attempts THEN NULL
        ELSE coalesce(
            o.next_try_at,
            o.tried_at + to_hours(CAST(least(6 * pow(2, entries.attempts), 168) AS BIGINT))
        )
    END,
    last_attempt_at = greatest(entries.last_attempt_at, o.tried_at),
    last_error_class = o.error_class
FROM new_failures AS o, batch AS b
WHERE entries.entry_id = o.entry_id;

CREATE OR REPLACE TEMP TABLE final_outcomes AS
SELECT * FROM staged_outcomes
WHERE outcome <> 'failed'
QUALIFY row_number() OVER (PARTITION BY entry_id ORDER BY tried_at DESC, outcome) = 1;

-- Before the times below move on. Apart, because to write long texts again, even unchanged, costs
-- more than all else here.
UPDATE entries
SET summary = NULL, content = NULL
FROM final_outcomes AS o
WHERE entries.entry_id = o.entry_id AND o.outcome = 'off_topic'
    AND (entries.last_attempt_at IS NULL OR o.tried_at >= entries.last_attempt_at);

UPDATE entries
SET
    status = 'done',
    attempts = 0,
    next_try_at = NULL,
    last_attempt_at = o.tried_at,
    last_error_class = NULL,
    article_id = coalesce(o.article_id, entries.article_id)
FROM final_outcomes AS o
WHERE entries.entry_id = o.entry_id
    AND (entries.last_attempt_at IS NULL OR o.tried_at >= entries.last_attempt_at);
