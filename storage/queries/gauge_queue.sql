SELECT
    count(*) FILTER (status = 'pending') AS pending,
    count(*) FILTER (status = 'failed') AS failed,
    count(*) AS entries,
    min(first_seen_at) FILTER (status = 'pending') AS oldest_pending_at
FROM entries
