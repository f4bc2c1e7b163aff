-- The models that labelled the week's articles.
SELECT s.model_id, count(*) AS articles, coalesce(any_value(m.description), '') AS description
FROM article_stance AS s
LEFT JOIN models AS m USING (model_id)
WHERE s.published_date BETWEEN $monday AND $sunday
GROUP BY s.model_id
ORDER BY s.model_id;
