-- Articles whose text changed after we first saw it, with what the change did to the label of a model.
SELECT
    v.article_id, v.version, v.seen_at, s.label, v.title,
    lag(s.label) OVER (PARTITION BY v.article_id, s.model_id ORDER BY v.version) AS label_before,
    s.model_id
FROM article_versions AS v
JOIN article_stances AS s USING (article_id, content_hash)
WHERE v.article_id IN (SELECT article_id FROM article_versions WHERE version > 1)
ORDER BY v.article_id, v.version, s.model_id
