WITH due AS (
    SELECT
        e.entry_id, e.feed_id, e.url, e.guid, e.title, e.summary, e.content, e.author, e.outlet,
        e.published_at, e.updated_at, e.entry_hash, e.status, e.attempts, e.article_id,
        a.content_hash, e.first_seen_at, 0 AS is_recheck
    FROM entries AS e
    LEFT JOIN articles AS a ON a.article_id = e.article_id
    WHERE e.status = 'pending' AND coalesce(e.next_try_at, $now) <= $now

    UNION ALL

    -- An article about the treaty is looked at again once past each age.
    SELECT
        e.entry_id, e.feed_id, e.url, e.guid, e.title, e.summary, e.content, e.author, e.outlet,
        e.published_at, e.updated_at, e.entry_hash, e.status, e.attempts, e.article_id,
        a.content_hash, e.first_seen_at, 1 AS is_recheck
    FROM articles AS a
    JOIN entries AS e ON e.entry_id = a.entry_id
    WHERE a.is_treaty AND e.status = 'done' AND len(list_filter(
        CAST($rechecks AS INTEGER[]),
        lambda days: a.first_seen_at + to_days(days) <= $now
            AND a.last_checked_at < a.first_seen_at + to_days(days)
    )) > 0
)
SELECT * EXCLUDE (first_seen_at, is_recheck)
FROM due
WHERE feed_id IN (SELECT unnest(CAST($feeds AS VARCHAR[])))
ORDER BY
    row_number() OVER (
        PARTITION BY feed_id
        ORDER BY is_recheck, attempts, coalesce(published_at, first_seen_at) DESC, entry_id
    ),
    feed_id
LIMIT $limit
