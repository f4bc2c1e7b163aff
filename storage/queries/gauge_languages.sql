-- Of each language that is watched: how many feeds, since when, and when one last brought
-- something new.
SELECT
    f.language,
    count(DISTINCT f.feed_id) AS feeds,
    min(b.watched_since) AS watched_since,
    max(e.last_new_entry_at) AS last_new_entry_at
FROM feeds AS f
LEFT JOIN (
    SELECT feed_id, min(fetched_at) AS watched_since FROM feed_fetches GROUP BY feed_id
) AS b USING (feed_id)
LEFT JOIN (
    SELECT feed_id, max(first_seen_at) AS last_new_entry_at FROM entries GROUP BY feed_id
) AS e USING (feed_id)
WHERE f.enabled AND f.delisted_at IS NULL
GROUP BY f.language
ORDER BY f.language
