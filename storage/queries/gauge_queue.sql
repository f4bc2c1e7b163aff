-- A page of a feed that was switched off or left the list waits for nobody: its age says nothing.
SELECT
    count(*) FILTER (e.status = 'pending') AS pending,
    count(*) FILTER (e.status = 'failed') AS failed,
    count(*) AS entries,
    min(e.first_seen_at) FILTER (
        e.status = 'pending' AND f.enabled AND f.delisted_at IS NULL
    ) AS oldest_pending_at
FROM entries AS e
LEFT JOIN feeds AS f USING (feed_id)
