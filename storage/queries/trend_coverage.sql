SELECT
    CAST(date_trunc($unit, period) AS DATE) AS period,
    CASE WHEN $together THEN 'all' ELSE language END AS language,
    sum(feeds_ok) / nullif(sum(feeds_expected), 0) AS feeds_ok_share,
    max(feeds_expected) AS feeds,
    CAST(sum(pages_failed) AS BIGINT) AS pages_failed
FROM coverage_by_day
WHERE period IS NOT NULL
    AND ($language IS NULL OR language = $language)
    AND ($since IS NULL OR period >= $since)
    AND ($until IS NULL OR period <= $until)
GROUP BY ALL
