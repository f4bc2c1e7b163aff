SELECT
    a.article_id, a.url, a.canonical_url, v.title, v.text, a.feed_id, a.entry_id, a.outlet,
    v.language, a.language_source, a.country, a.kind, v.published_at, v.date_source,
    v.extraction_method, v.content_hash, a.author, a.description, a.site_name, a.image_url,
    v.names, v.fingerprint
FROM articles AS a
JOIN article_versions AS v ON v.article_id = a.article_id AND v.content_hash = a.content_hash
WHERE a.is_treaty AND v.is_treaty AND v.text IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM article_stances AS s
    WHERE s.article_id = v.article_id AND s.content_hash = v.content_hash
        AND s.model_id = $model_id
)
ORDER BY a.first_seen_at, a.article_id
LIMIT $limit
