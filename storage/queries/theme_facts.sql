-- Each theme of each article of {scope}, with the passages that voice it.
SELECT
    e.article_id, any_value(f.story_key) AS story_key, e.language, e.published_date, e.theme,
    CAST(count(*) AS INTEGER) AS passages,
    CAST(count(*) FILTER (e.hope >= 0.5) AS INTEGER) AS hope_passages,
    CAST(count(*) FILTER (e.concern >= 0.5) AS INTEGER) AS concern_passages
FROM (
    SELECT article_id, language, published_date, hope, concern, unnest(list_distinct(themes)) AS theme
    FROM {evidence}
    WHERE article_id IN (SELECT article_id FROM {scope})
) AS e
JOIN stance_facts AS f USING (article_id)
GROUP BY e.article_id, e.language, e.published_date, e.theme
