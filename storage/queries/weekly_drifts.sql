-- Articles whose wording at the end of the week is not the one from before it (or the first one,
-- for articles new in the week), with the stance of both wordings.
WITH model AS (
    SELECT coalesce(max_by(model_id, (chosen_at, model_id)), '') AS model_id FROM model_choices
),
edited AS (
    SELECT
        article_id,
        max_by(content_hash, (seen_at, content_hash)) AS content_hash,
        coalesce(
            max_by(content_hash, (seen_at, content_hash)) FILTER (seen_at < $start),
            min_by(content_hash, (seen_at, content_hash))
        ) AS hash_before,
        max(seen_at) AS edited_at
    FROM article_sightings
    WHERE seen_at < $end
    GROUP BY article_id
    HAVING content_hash <> hash_before AND edited_at >= $start
),
scored AS (
    SELECT
        s.article_id, s.content_hash,
        CASE WHEN s.label <> 'off_topic' THEN s.label END AS label,
        CASE WHEN s.label <> 'off_topic' THEN s.balance END AS balance
    FROM article_stances AS s
    CROSS JOIN model AS m
    WHERE s.article_id IN (SELECT article_id FROM edited)
    QUALIFY row_number() OVER (
        PARTITION BY s.article_id, s.content_hash
        ORDER BY s.model_id = m.model_id DESC, s.classified_at DESC, s.model_id, s.cut_id
    ) = 1
)
SELECT
    e.article_id, a.url, v.title, b.title AS title_before, a.outlet, v.language, e.edited_at,
    o.label AS label_before, n.label AS label, o.balance AS balance_before, n.balance
FROM edited AS e
JOIN articles AS a USING (article_id)
JOIN article_versions AS v ON v.article_id = e.article_id AND v.content_hash = e.content_hash
JOIN article_versions AS b ON b.article_id = e.article_id AND b.content_hash = e.hash_before
LEFT JOIN scored AS n ON n.article_id = e.article_id AND n.content_hash = e.content_hash
LEFT JOIN scored AS o ON o.article_id = e.article_id AND o.content_hash = e.hash_before
WHERE n.label IS NOT NULL OR o.label IS NOT NULL
ORDER BY e.article_id;
