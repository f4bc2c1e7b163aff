SELECT
    period, language, count(*) AS articles, count(DISTINCT story_key) AS stories,
    count(DISTINCT outlet) AS outlets
FROM filtered
GROUP BY period, language
