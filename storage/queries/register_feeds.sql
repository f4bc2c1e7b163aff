-- The feed list as it stands now. A feed that left the list stays, marked: its articles remain.

CREATE OR REPLACE TEMP TABLE moved AS
SELECT f.feed_id
FROM feeds AS f
LEFT JOIN staged_feeds AS s USING (feed_id)
WHERE (f.delisted_at IS NULL) <> (s.feed_id IS NOT NULL) OR f.language <> s.language;

MERGE INTO feeds AS f
USING staged_feeds AS s
ON f.feed_id = s.feed_id
WHEN MATCHED AND (
    f.url <> s.url OR f.name <> s.name OR f.homepage <> s.homepage OR f.language <> s.language
    OR f.country <> s.country OR f.kind <> s.kind OR f.enabled <> s.enabled
    OR f.delisted_at IS NOT NULL
) THEN UPDATE SET
    name = s.name,
    homepage = s.homepage,
    language = s.language,
    country = s.country,
    kind = s.kind,
    enabled = s.enabled,
    delisted_at = NULL,
    -- A new address makes what we learnt of the old one worthless.
    current_url = CASE WHEN f.url = s.url THEN f.current_url END,
    redirect_url = CASE WHEN f.url = s.url THEN f.redirect_url END,
    redirect_sightings = CASE WHEN f.url = s.url THEN f.redirect_sightings ELSE 0 END,
    etag = CASE WHEN f.url = s.url THEN f.etag END,
    last_modified = CASE WHEN f.url = s.url THEN f.last_modified END,
    body_hash = CASE WHEN f.url = s.url THEN f.body_hash END,
    next_fetch_at = CASE WHEN f.url = s.url THEN f.next_fetch_at END,
    failure_weight = CASE WHEN f.url = s.url THEN f.failure_weight ELSE 0 END,
    retired_at = CASE WHEN f.url = s.url THEN f.retired_at END,
    url = s.url;

INSERT INTO feeds BY NAME
SELECT s.*, b.now AS listed_at, 0 AS redirect_sightings, 0.0 AS failure_weight
FROM staged_feeds AS s
CROSS JOIN batch AS b
WHERE s.feed_id NOT IN (SELECT feed_id FROM feeds);

UPDATE feeds
SET delisted_at = b.now
FROM batch AS b
WHERE feeds.delisted_at IS NULL
    AND feeds.feed_id NOT IN (SELECT feed_id FROM staged_feeds);
