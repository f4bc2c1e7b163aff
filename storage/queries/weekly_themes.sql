-- Articles by week, language and theme. A theme belongs to its side in the treaty file; one that
-- is not there goes with the stronger answer of its passage.
WITH themed AS (
    SELECT
        CAST(date_trunc('week', published_date) AS DATE) AS period, language, article_id,
        unnest(themes) AS theme, hope, concern
    FROM evidence_facts
    WHERE published_date BETWEEN $first AND $sunday
),
sided AS (
    SELECT
        period, language, article_id, theme,
        CASE
            WHEN list_contains($hope_themes, theme) THEN 'hope'
            WHEN list_contains($concern_themes, theme) THEN 'concern'
            WHEN hope >= concern THEN 'hope'
            ELSE 'concern'
        END AS side
    FROM themed
)
SELECT period, language, side, theme, count(DISTINCT article_id) AS articles
FROM sided
GROUP BY ALL
ORDER BY ALL;
