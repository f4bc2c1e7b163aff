-- Text goes, counts and quoted sentences stay: a passage that takes a stance is kept as evidence.

CREATE OR REPLACE TEMP TABLE too_old AS
SELECT v.article_id, v.content_hash
FROM article_versions AS v
JOIN articles AS a USING (article_id)
WHERE v.text IS NOT NULL AND a.last_seen_at < (SELECT text_before FROM limits);

UPDATE article_versions
SET text = NULL, text_dropped_at = l.now
FROM too_old AS o, limits AS l
WHERE article_versions.article_id = o.article_id
    AND article_versions.content_hash = o.content_hash;

UPDATE passages
SET text = NULL
WHERE text IS NOT NULL
    AND cut_id IN (
        SELECT s.cut_id
        FROM article_stances AS s
        JOIN too_old AS o ON o.article_id = s.article_id AND o.content_hash = s.content_hash
    )
    AND (cut_id, position) NOT IN (
        SELECT (t.cut_id, t.position)
        FROM passage_stances AS t
        WHERE t.treaty >= 0.5 AND (t.hope >= 0.5 OR t.concern >= 0.5)
            AND t.article_id IN (SELECT article_id FROM too_old)
    );

UPDATE entries
SET summary = NULL, content = NULL
WHERE status <> 'pending' AND last_seen_at < (SELECT text_before FROM limits)
    AND (summary IS NOT NULL OR content IS NOT NULL);
