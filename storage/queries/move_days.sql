-- The zone changed: every stored day is counted again from its time.

UPDATE articles
SET
    published_date = CAST(published_at AT TIME ZONE z.value AS DATE),
    first_seen_date = CAST(first_seen_at AT TIME ZONE z.value AS DATE)
FROM settings AS z
WHERE z.name = 'timezone';

UPDATE entries
SET first_seen_date = CAST(first_seen_at AT TIME ZONE z.value AS DATE)
FROM settings AS z
WHERE z.name = 'timezone';

UPDATE feed_fetches
SET fetched_date = CAST(fetched_at AT TIME ZONE z.value AS DATE)
FROM settings AS z
WHERE z.name = 'timezone';

UPDATE page_failures
SET failed_date = CAST(failed_at AT TIME ZONE z.value AS DATE)
FROM settings AS z
WHERE z.name = 'timezone';
