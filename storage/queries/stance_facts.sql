-- The current stance of each article of {scope}: the newest sighting's version, scored by the
-- model in use, or by the last one that scored it where that model has not.
WITH model AS (
    SELECT coalesce(max_by(model_id, (chosen_at, model_id)), '') AS model_id FROM model_choices
),
standing AS (
    SELECT g.article_id, max_by(g.content_hash, (g.seen_at, g.content_hash)) AS content_hash
    FROM article_sightings AS g
    WHERE g.article_id IN (SELECT article_id FROM {scope})
    GROUP BY g.article_id
),
scored AS (
    SELECT s.*
    FROM article_stances AS s
    JOIN standing AS g ON g.article_id = s.article_id AND g.content_hash = s.content_hash
    CROSS JOIN model AS m
    QUALIFY row_number() OVER (
        PARTITION BY s.article_id
        ORDER BY s.model_id = m.model_id DESC, s.classified_at DESC, s.model_id, s.cut_id
    ) = 1
),
linked AS (
    SELECT
        l.article_id, max_by(l.story_id, l.linked_at) AS story_id,
        max_by(l.is_duplicate, l.linked_at) AS is_duplicate
    FROM story_links AS l
    WHERE l.article_id IN (SELECT article_id FROM {scope})
    GROUP BY l.article_id
)
SELECT
    a.article_id, a.url, v.title, a.outlet, a.feed_id, v.language, a.country, a.kind,
    v.published_at,
    CAST(v.published_at AT TIME ZONE (
        SELECT value FROM settings WHERE name = 'timezone'
    ) AS DATE) AS published_date,
    a.first_seen_at, s.label, s.hope_score, s.concern_score, s.balance, s.confidence,
    s.n_passages, s.n_hope, s.n_concern, coalesce(l.story_id, a.article_id) AS story_id,
    coalesce(l.is_duplicate, false) AS is_duplicate, v.version, s.model_id, s.is_sure, s.cut_id,
    -- Counting different numbers is many times faster than counting different texts.
    md5_number_lower(coalesce(l.story_id, a.article_id)) AS story_key
FROM scored AS s
JOIN article_versions AS v ON v.article_id = s.article_id AND v.content_hash = s.content_hash
JOIN articles AS a ON a.article_id = s.article_id
LEFT JOIN linked AS l ON l.article_id = s.article_id
WHERE v.is_treaty AND s.label <> 'off_topic'
