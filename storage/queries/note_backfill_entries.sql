-- Entries of a backfill: kept once, pending until their page is written in the same run.
INSERT INTO entries BY NAME
SELECT
    s.*, 0 AS attempts, n.now AS next_try_at,
    n.now AS first_seen_at, CAST(n.now AT TIME ZONE n.zone AS DATE) AS first_seen_date,
    n.now AS last_seen_at
FROM staged_entries AS s
CROSS JOIN noted AS n
WHERE s.entry_id NOT IN (SELECT entry_id FROM entries)
QUALIFY row_number() OVER (PARTITION BY s.entry_id) = 1;
