-- Feeds of all languages together are added up day by day before the most of a period is taken.
WITH days AS (
    SELECT
        period, CASE WHEN $together THEN 'all' ELSE language END AS language,
        sum(feeds_ok) AS feeds_ok, sum(feeds_expected) AS feeds_expected,
        sum(pages_failed) AS pages_failed
    FROM coverage_by_day
    WHERE period IS NOT NULL
        AND ($language IS NULL OR language = $language)
        AND ($since IS NULL OR period >= $since)
        AND ($until IS NULL OR period <= $until)
    GROUP BY ALL
)
SELECT
    CAST(date_trunc($unit, period) AS DATE) AS period, language,
    sum(feeds_ok) / nullif(sum(feeds_expected), 0) AS feeds_ok_share,
    CAST(max(feeds_expected) AS BIGINT) AS feeds,
    CAST(sum(pages_failed) AS BIGINT) AS pages_failed
FROM days
GROUP BY ALL
