-- Weeks in which less than eight in ten feeds answered: `trends` claims no change there.
-- A week of which nothing is known, because nothing was fetched, stands here too.
WITH watched AS (
    SELECT
        CAST(date_trunc('week', period) AS DATE) AS period, language,
        sum(feeds_ok) / sum(feeds_expected) AS share
    FROM coverage_by_day
    WHERE feeds_expected > 0
    GROUP BY ALL
)
SELECT period, language, coalesce(articles, 0) AS articles, round(share, 2) AS feeds_ok_share
FROM watched
LEFT JOIN stance_by_week USING (period, language)
WHERE share < 0.8
ORDER BY period DESC, language
