-- Which hopes and concerns are voiced most, by stories, so that wire copies count once.
-- $since: first week, as 2026-01-05; all when left out
SELECT
    theme, language, sum(stories) AS stories, sum(articles) AS articles,
    sum(hope_passages) AS hope_passages, sum(concern_passages) AS concern_passages
FROM theme_by_week
WHERE $since IS NULL OR period >= CAST($since AS DATE)
GROUP BY theme, language
ORDER BY stories DESC, theme, language
