WITH linked AS (
    SELECT article_id, max_by(story_id, linked_at) AS story_id
    FROM story_links
    GROUP BY article_id
)
SELECT
    a.article_id, coalesce(l.story_id, a.article_id) AS story_id, v.language, a.outlet, v.fingerprint, coalesce(v.words, 0) AS words,
    a.first_seen_at
FROM articles AS a
JOIN article_versions AS v ON v.article_id = a.article_id AND v.content_hash = a.content_hash
LEFT JOIN linked AS l ON l.article_id = a.article_id
WHERE a.is_treaty AND a.first_seen_at >= $since
    AND v.fingerprint IS NOT NULL
ORDER BY a.first_seen_at, a.article_id
