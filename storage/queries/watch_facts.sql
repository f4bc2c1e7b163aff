-- Of the feeds that should have been fetched on a day, how many answered, from {since} on; what
-- `feed_days` says feed by feed, counted without going through all the days before.
WITH answered AS (
    SELECT DISTINCT feed_id, fetched_date AS day
    FROM feed_fetches
    WHERE outcome <> 'failed' AND fetched_date >= {since}
),
watched AS (
    SELECT
        a.feed_id, any_value(f.language) AS language, min(a.fetched_date) AS first_day,
        CASE
            WHEN any_value(f.delisted_at) IS NULL THEN max(max(a.fetched_date)) OVER ()
            ELSE greatest(
                max(a.fetched_date),
                CAST(any_value(f.delisted_at) AT TIME ZONE 'UTC' AS DATE) - 1
            )
        END AS last_day
    FROM feed_fetches AS a
    JOIN feeds AS f USING (feed_id)
    GROUP BY a.feed_id
),
expected AS (
    SELECT
        feed_id, language,
        CAST(unnest(generate_series(
            greatest(first_day, {since}), last_day, INTERVAL 1 DAY
        )) AS DATE) AS day
    FROM watched
)
SELECT
    e.day, e.language, CAST(count(*) AS INTEGER) AS feeds_expected,
    CAST(count(a.feed_id) AS INTEGER) AS feeds_ok
FROM expected AS e
LEFT JOIN answered AS a USING (feed_id, day)
GROUP BY e.day, e.language
