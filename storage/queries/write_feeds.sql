-- One batch of fetched feeds: the log, what to remember of each feed, the entries.

INSERT INTO feed_fetches BY NAME
SELECT s.*, CAST(s.fetched_at AT TIME ZONE b.zone AS DATE) AS fetched_date
FROM staged_feed_fetches AS s
CROSS JOIN batch AS b
WHERE (s.feed_id, s.fetched_at) NOT IN (
    SELECT (f.feed_id, f.fetched_at)
    FROM feed_fetches AS f
    WHERE f.fetched_at >= (SELECT min(fetched_at) FROM staged_feed_fetches)
);

-- An older batch written late must not undo what a newer one remembered.
MERGE INTO feeds AS f
USING (
    SELECT * FROM staged_feeds
    QUALIFY row_number() OVER (PARTITION BY feed_id ORDER BY last_fetch_at DESC NULLS LAST) = 1
) AS s
ON f.feed_id = s.feed_id
WHEN MATCHED AND (f.last_fetch_at IS NULL OR s.last_fetch_at >= f.last_fetch_at) THEN UPDATE SET
    current_url = s.current_url,
    redirect_url = s.redirect_url,
    redirect_sightings = s.redirect_sightings,
    etag = s.etag,
    last_modified = s.last_modified,
    body_hash = s.body_hash,
    last_fetch_at = s.last_fetch_at,
    last_success_at = s.last_success_at,
    last_full_fetch_at = s.last_full_fetch_at,
    next_fetch_at = s.next_fetch_at,
    failure_weight = s.failure_weight,
    retired_at = s.retired_at,
    listed_url = s.listed_url;

CREATE OR REPLACE TEMP TABLE incoming AS
SELECT
    s.*, b.now,
    e.entry_id IS NULL AS is_new,
    e.entry_id IS NOT NULL AND b.now >= e.last_seen_at AND (
        e.entry_hash <> s.entry_hash OR (e.status = 'skipped' AND s.status = 'pending')
    ) AS is_changed
FROM staged_entries AS s
CROSS JOIN batch AS b
LEFT JOIN entries AS e ON e.entry_id = s.entry_id
QUALIFY row_number() OVER (PARTITION BY s.entry_id ORDER BY s.entry_hash) = 1;

MERGE INTO entries AS e
USING (SELECT * FROM incoming WHERE is_changed) AS s
ON e.entry_id = s.entry_id
WHEN MATCHED THEN UPDATE SET
    url = s.url,
    guid = s.guid,
    title = s.title,
    summary = s.summary,
    content = s.content,
    author = s.author,
    outlet = s.outlet,
    published_at = s.published_at,
    updated_at = s.updated_at,
    entry_hash = s.entry_hash,
    status = CASE WHEN s.status = 'pending' THEN 'pending' ELSE e.status END,
    attempts = CASE WHEN s.status = 'pending' THEN 0 ELSE e.attempts END,
    next_try_at = CASE WHEN s.status = 'pending' THEN s.now ELSE e.next_try_at END;

UPDATE entries
SET
    first_seen_at = least(entries.first_seen_at, s.now),
    first_seen_date = least(entries.first_seen_date, CAST(s.now AT TIME ZONE b.zone AS DATE)),
    last_seen_at = greatest(entries.last_seen_at, s.now)
FROM incoming AS s, batch AS b
WHERE entries.entry_id = s.entry_id AND NOT s.is_new
    AND (s.now > entries.last_seen_at OR s.now < entries.first_seen_at);

INSERT INTO entries BY NAME
SELECT
    s.* EXCLUDE (now, is_new, is_changed),
    0 AS attempts, s.now AS next_try_at,
    s.now AS first_seen_at, CAST(s.now AT TIME ZONE b.zone AS DATE) AS first_seen_date,
    s.now AS last_seen_at
FROM incoming AS s
CROSS JOIN batch AS b
WHERE s.is_new;
