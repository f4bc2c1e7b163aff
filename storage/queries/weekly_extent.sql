-- How far the knowledge reaches, back and forth.
SELECT
    (SELECT min(published_date) FROM articles) AS first_date,
    (SELECT min(fetched_date) FROM feed_fetches) AS watched_since,
    greatest(
        (SELECT max(fetched_at) FROM feed_fetches),
        (SELECT max(seen_at) FROM article_sightings),
        (SELECT max(classified_at) FROM article_stances),
        (SELECT max(failed_at) FROM page_failures),
        (SELECT max(first_seen_at) FROM entries)
    ) AS data_until,
    (SELECT any_value(value) FROM settings WHERE name = 'timezone') AS zone;
