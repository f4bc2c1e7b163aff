-- What a found version is, where it is still the current one.
SELECT
    s.article_id, v.content_hash, s.title, s.outlet, s.language, s.published_date, s.label, s.url,
    coalesce(v.text, '') AS text, s.is_duplicate, s.story_id
FROM article_stance AS s
JOIN articles AS a USING (article_id)
JOIN article_versions AS v ON v.article_id = a.article_id AND v.content_hash = a.content_hash
WHERE s.article_id IN (SELECT unnest(CAST($articles AS VARCHAR[])))
