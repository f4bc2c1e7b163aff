-- New entries a feed and day, oldest first, from the feed's first fetch on, to the given day.
WITH watched AS (
    SELECT b.feed_id, min(b.fetched_date) AS first_day
    FROM feed_fetches AS b
    JOIN feeds AS f USING (feed_id)
    WHERE f.enabled AND f.delisted_at IS NULL
    GROUP BY b.feed_id
),
days AS (
    SELECT
        feed_id,
        CAST(unnest(generate_series(
            greatest(first_day, CAST($today AS DATE) - CAST($days AS INTEGER) + 1),
            CAST($today AS DATE),
            INTERVAL 1 DAY
        )) AS DATE) AS day
    FROM watched
),
seen AS (
    SELECT feed_id, first_seen_date AS day, count(*) AS entries
    FROM entries
    WHERE first_seen_date > CAST($today AS DATE) - CAST($days AS INTEGER)
    GROUP BY ALL
)
SELECT d.feed_id, list(coalesce(s.entries, 0) ORDER BY d.day) AS entries
FROM days AS d
LEFT JOIN seen AS s USING (feed_id, day)
GROUP BY d.feed_id
ORDER BY d.feed_id
