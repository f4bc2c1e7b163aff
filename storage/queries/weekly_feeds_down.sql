-- Feeds that were tried in the week and never answered well.
WITH tried AS (
    SELECT
        feed_id, count(*) AS tries,
        arg_max(error_class, fetched_at) FILTER (outcome = 'failed') AS error_class
    FROM feed_fetches
    WHERE fetched_date BETWEEN $monday AND $sunday
    GROUP BY feed_id
    HAVING bool_and(outcome = 'failed')
),
last_success AS (
    SELECT feed_id, max(fetched_at) AS last_success_at
    FROM feed_fetches
    WHERE outcome <> 'failed' AND fetched_date <= $sunday
    GROUP BY feed_id
)
SELECT
    t.feed_id, coalesce(f.name, t.feed_id) AS name, coalesce(f.language, '') AS language,
    t.tries, coalesce(t.error_class, '') AS error_class, l.last_success_at
FROM tried AS t
LEFT JOIN feeds AS f USING (feed_id)
LEFT JOIN last_success AS l USING (feed_id)
ORDER BY t.feed_id;
