-- Articles whose wording at the end of the week is not the one from before it (or the first one,
-- for articles new in the week), with the stance of both wordings by one model: where two models
-- read them, no stance is known to have moved, and both labels are the newer reading's.
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
        s.article_id, s.content_hash, s.model_id, s.classified_at,
        CASE WHEN s.label <> 'off_topic' THEN s.label END AS label,
        CASE WHEN s.label <> 'off_topic' THEN s.balance END AS balance
    FROM article_stances AS s
    WHERE s.article_id IN (SELECT article_id FROM edited)
    QUALIFY row_number() OVER (
        PARTITION BY s.article_id, s.content_hash, s.model_id
        ORDER BY s.classified_at DESC, s.cut_id
    ) = 1
),
readings AS (
    SELECT
        e.article_id, s.model_id, count(*) AS wordings, max(s.classified_at) AS at,
        max_by(s.label, s.classified_at) AS label, max_by(s.balance, s.classified_at) AS balance
    FROM edited AS e
    JOIN scored AS s
        ON s.article_id = e.article_id AND s.content_hash IN (e.content_hash, e.hash_before)
    GROUP BY e.article_id, s.model_id
),
reading AS (
    SELECT r.*
    FROM readings AS r
    CROSS JOIN model AS m
    QUALIFY row_number() OVER (
        PARTITION BY r.article_id
        ORDER BY r.wordings DESC, r.model_id = m.model_id DESC, r.at DESC, r.model_id
    ) = 1
),
stances AS (
    SELECT
        e.article_id,
        CASE WHEN r.wordings = 2 THEN o.label ELSE r.label END AS label_before,
        CASE WHEN r.wordings = 2 THEN n.label ELSE r.label END AS label,
        CASE WHEN r.wordings = 2 THEN o.balance ELSE r.balance END AS balance_before,
        CASE WHEN r.wordings = 2 THEN n.balance ELSE r.balance END AS balance
    FROM edited AS e
    JOIN reading AS r USING (article_id)
    LEFT JOIN scored AS n
        ON n.article_id = e.article_id AND n.content_hash = e.content_hash
        AND n.model_id = r.model_id
    LEFT JOIN scored AS o
        ON o.article_id = e.article_id AND o.content_hash = e.hash_before
        AND o.model_id = r.model_id
)
SELECT
    e.article_id, a.url, v.title, b.title AS title_before, a.outlet, v.language, e.edited_at,
    s.label_before, s.label, s.balance_before, s.balance
FROM edited AS e
JOIN articles AS a USING (article_id)
JOIN article_versions AS v ON v.article_id = e.article_id AND v.content_hash = e.content_hash
JOIN article_versions AS b ON b.article_id = e.article_id AND b.content_hash = e.hash_before
JOIN stances AS s ON s.article_id = e.article_id
WHERE s.label IS NOT NULL OR s.label_before IS NOT NULL
ORDER BY e.article_id;
