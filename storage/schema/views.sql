-- The views users write SQL against. Every name is unqualified on purpose: a reader as of a past
-- day lays temporary views of the same names over the base tables and asks the same questions.

CREATE OR REPLACE VIEW article_stance AS
SELECT
    article_id, url, title, outlet, feed_id, language, country, kind, published_at,
    published_date, first_seen_at, label, hope_score, concern_score, balance, confidence,
    n_passages, n_hope, n_concern, story_id, is_duplicate, version, model_id, is_sure
FROM stance_facts;

CREATE OR REPLACE VIEW stance_evidence AS
SELECT
    article_id, position, outlet, language, published_date, text, char_start, char_end,
    treaty, hope, concern, themes, kind, model_id
FROM evidence_facts;

-- One row a feed and day on which it should have been fetched, from its first attempt until it
-- left the list. A day without any run counts against every feed: nobody watched.
CREATE OR REPLACE VIEW feed_days AS
WITH attempts AS (
    SELECT
        feed_id, fetched_date AS day, count(*) AS fetches,
        bool_or(outcome <> 'failed') AS is_ok, sum(entries_kept) AS entries_kept
    FROM feed_fetches
    GROUP BY feed_id, fetched_date
),
watched AS (
    SELECT
        a.feed_id, any_value(f.language) AS language, min(a.day) AS first_day,
        CASE
            WHEN any_value(f.delisted_at) IS NULL THEN max(max(a.day)) OVER ()
            ELSE greatest(
                max(a.day),
                CAST(any_value(f.delisted_at) AT TIME ZONE 'UTC' AS DATE) - 1
            )
        END AS last_day
    FROM attempts AS a
    JOIN feeds AS f USING (feed_id)
    GROUP BY a.feed_id
),
expected AS (
    SELECT
        feed_id, language,
        CAST(unnest(generate_series(first_day, last_day, INTERVAL 1 DAY)) AS DATE) AS day
    FROM watched
)
SELECT
    e.feed_id, e.language, e.day,
    coalesce(a.is_ok, false) AS is_ok,
    coalesce(a.fetches, 0) AS fetches,
    coalesce(a.entries_kept, 0) AS entries_kept
FROM expected AS e
LEFT JOIN attempts AS a USING (feed_id, day);

CREATE OR REPLACE VIEW stance_by_day AS
WITH feeds_up AS (
    SELECT day AS period, language, feeds_ok / feeds_expected AS share
    FROM watch_facts
)
SELECT
    s.period, s.language, s.articles, s.stories, s.outlets, s.hopes, s.concerns, s.mixed,
    s.neutral, s.hopes / s.articles AS hope_share, s.concerns / s.articles AS concern_share,
    CAST(s.balance AS DOUBLE) / s.articles AS mean_balance, f.share AS feeds_ok_share
FROM stance_counts AS s
LEFT JOIN feeds_up AS f USING (period, language)
WHERE s.unit = 'day';

CREATE OR REPLACE VIEW stance_by_week AS
WITH feeds_up AS (
    SELECT
        CAST(date_trunc('week', day) AS DATE) AS period, language,
        sum(feeds_ok) / sum(feeds_expected) AS share
    FROM watch_facts
    GROUP BY ALL
)
SELECT
    s.period, s.language, s.articles, s.stories, s.outlets, s.hopes, s.concerns, s.mixed,
    s.neutral, s.hopes / s.articles AS hope_share, s.concerns / s.articles AS concern_share,
    CAST(s.balance AS DOUBLE) / s.articles AS mean_balance, f.share AS feeds_ok_share
FROM stance_counts AS s
LEFT JOIN feeds_up AS f USING (period, language)
WHERE s.unit = 'week';

CREATE OR REPLACE VIEW stance_by_month AS
WITH feeds_up AS (
    SELECT
        CAST(date_trunc('month', day) AS DATE) AS period, language,
        sum(feeds_ok) / sum(feeds_expected) AS share
    FROM watch_facts
    GROUP BY ALL
)
SELECT
    s.period, s.language, s.articles, s.stories, s.outlets, s.hopes, s.concerns, s.mixed,
    s.neutral, s.hopes / s.articles AS hope_share, s.concerns / s.articles AS concern_share,
    CAST(s.balance AS DOUBLE) / s.articles AS mean_balance, f.share AS feeds_ok_share
FROM stance_counts AS s
LEFT JOIN feeds_up AS f USING (period, language)
WHERE s.unit = 'month';

CREATE OR REPLACE VIEW stance_by_outlet AS
SELECT
    outlet, language, any_value(country) AS country,
    count(*) AS articles,
    count(DISTINCT story_key) AS stories,
    count(*) FILTER (label = 'hopes') AS hopes,
    count(*) FILTER (label = 'concerns') AS concerns,
    count(*) FILTER (label = 'mixed') AS mixed,
    count(*) FILTER (label = 'neutral') AS neutral,
    count(*) FILTER (label = 'hopes') / count(*) AS hope_share,
    count(*) FILTER (label = 'concerns') / count(*) AS concern_share,
    avg(CASE WHEN label = 'neutral' THEN 0 ELSE balance END) AS mean_balance,
    min(published_date) AS first_date,
    max(published_date) AS last_date
FROM stance_facts
GROUP BY outlet, language;

CREATE OR REPLACE VIEW theme_by_week AS
SELECT
    period, language, theme, passages, articles, stories, hope_passages, concern_passages
FROM theme_counts
WHERE unit = 'week';

-- The days of silence run to the newest fetch of all, not to the clock of the reader.
CREATE OR REPLACE VIEW feed_health AS
WITH latest AS (SELECT max(fetched_at) AS fetched_at FROM feed_fetches),
fetches AS (
    SELECT
        b.feed_id,
        count(*) AS fetches,
        count(*) FILTER (b.outcome <> 'failed') AS fetches_ok,
        max(b.fetched_at) AS last_fetch_at,
        max(b.fetched_at) FILTER (b.outcome <> 'failed') AS last_success_at,
        arg_max(b.outcome, b.fetched_at) AS last_outcome,
        arg_max(b.error_class, b.fetched_at) FILTER (b.outcome = 'failed') AS last_error_class,
        arg_max(b.error_message, b.fetched_at) FILTER (b.outcome = 'failed') AS last_error,
        arg_max(b.http_status, b.fetched_at) AS last_http_status,
        median(b.seconds) AS median_seconds,
        count(*) FILTER (b.fetched_at > l.fetched_at - INTERVAL 7 DAY) AS fetches_7d,
        count(*) FILTER (
            b.fetched_at > l.fetched_at - INTERVAL 7 DAY AND b.outcome <> 'failed'
        ) AS fetches_ok_7d
    FROM feed_fetches AS b, latest AS l
    GROUP BY b.feed_id
),
kept AS (
    SELECT
        e.feed_id, count(*) AS entries, max(e.first_seen_at) AS last_new_entry_at,
        count(*) FILTER (e.status = 'failed') AS entries_failed
    FROM entries AS e
    GROUP BY e.feed_id
)
SELECT
    f.feed_id, f.name, f.language, f.country, f.url, f.enabled, f.current_url, f.retired_at,
    f.delisted_at,
    CASE
        WHEN f.retired_at IS NOT NULL THEN 'retired'
        WHEN NOT f.enabled OR f.delisted_at IS NOT NULL THEN 'off'
        WHEN b.last_fetch_at IS NULL THEN 'new'
        WHEN b.last_outcome <> 'failed' THEN 'ok'
        WHEN coalesce(f.failure_weight, 0) >= 3 THEN 'dead'
        ELSE 'failing'
    END AS state,
    b.last_fetch_at, b.last_success_at, b.last_outcome, b.last_http_status,
    b.last_error_class, b.last_error, coalesce(f.failure_weight, 0) AS failure_weight,
    f.next_fetch_at,
    coalesce(b.fetches, 0) AS fetches, coalesce(b.fetches_ok, 0) AS fetches_ok,
    b.fetches_ok / nullif(b.fetches, 0) AS ok_share,
    b.fetches_ok_7d / nullif(b.fetches_7d, 0) AS ok_share_7d,
    coalesce(k.entries, 0) AS entries, coalesce(k.entries_failed, 0) AS entries_failed,
    k.last_new_entry_at,
    date_diff('hour', b.last_success_at, l.fetched_at) / 24 AS days_silent,
    b.median_seconds
FROM feeds AS f
CROSS JOIN latest AS l
LEFT JOIN fetches AS b USING (feed_id)
LEFT JOIN kept AS k USING (feed_id)
WHERE NOT starts_with(f.feed_id, 'backfill:');

-- By the day on which things were seen, not published: what the watch itself did that day, so
-- without what a backfill brought.
CREATE OR REPLACE VIEW coverage_by_day AS
WITH feed_side AS (
    SELECT day AS period, language, feeds_expected, feeds_ok
    FROM watch_facts
),
entry_side AS (
    SELECT e.first_seen_date AS period, f.language, count(*) AS entries_new
    FROM entries AS e
    JOIN feeds AS f USING (feed_id)
    WHERE NOT starts_with(feed_id, 'backfill:')
    GROUP BY ALL
),
article_side AS (
    SELECT
        first_seen_date AS period, language, count(*) AS articles,
        count(*) FILTER (is_treaty) AS treaty_articles,
        count(*) FILTER (published_at IS NULL) AS undated
    FROM articles
    WHERE NOT starts_with(feed_id, 'backfill:')
    GROUP BY ALL
),
failure_side AS (
    SELECT p.failed_date AS period, f.language, count(DISTINCT p.entry_id) AS pages_failed
    FROM page_failures AS p
    JOIN feeds AS f USING (feed_id)
    WHERE NOT starts_with(feed_id, 'backfill:')
    GROUP BY ALL
)
SELECT
    period, language,
    coalesce(feeds_expected, 0) AS feeds_expected,
    coalesce(feeds_ok, 0) AS feeds_ok,
    feeds_ok / nullif(feeds_expected, 0) AS feeds_ok_share,
    coalesce(entries_new, 0) AS entries_new,
    coalesce(articles, 0) AS articles,
    coalesce(treaty_articles, 0) AS treaty_articles,
    coalesce(undated, 0) AS undated,
    coalesce(pages_failed, 0) AS pages_failed
FROM feed_side
FULL JOIN entry_side USING (period, language)
FULL JOIN article_side USING (period, language)
FULL JOIN failure_side USING (period, language);
