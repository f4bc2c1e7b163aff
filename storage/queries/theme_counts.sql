-- Themes by week and language, for the weeks of some days and the one without a day.
WITH counted AS (
    SELECT d.period, t.*
    FROM theme_facts AS t
    JOIN ({days}) AS d ON d.day = t.published_date AND d.unit = 'week'
    UNION ALL
    SELECT NULL, t.*
    FROM theme_facts AS t
    WHERE t.published_date IS NULL
)
SELECT
    'week' AS unit, period, language, theme,
    CAST(sum(passages) AS BIGINT) AS passages,
    count(*) AS articles,
    count(DISTINCT story_key) AS stories,
    CAST(sum(hope_passages) AS BIGINT) AS hope_passages,
    CAST(sum(concern_passages) AS BIGINT) AS concern_passages
FROM counted
GROUP BY period, language, theme
