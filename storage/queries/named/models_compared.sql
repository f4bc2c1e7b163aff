-- Articles that two models label differently.
SELECT
    a.article_id, a.content_hash, a.model_id AS model_one, a.label AS label_one,
    b.model_id AS model_two, b.label AS label_two
FROM article_stances AS a
JOIN article_stances AS b
    ON b.article_id = a.article_id AND b.content_hash = a.content_hash AND b.model_id > a.model_id
WHERE a.label <> b.label
ORDER BY ALL
