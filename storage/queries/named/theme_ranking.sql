-- Which hopes and concerns are voiced most, by stories, so that wire copies count once.
-- $since: first week, as 2026-01-05; all when left out
SELECT
    theme, language, count(DISTINCT story_key) AS stories, count(*) AS articles,
    sum(hope_passages) AS hope_passages, sum(concern_passages) AS concern_passages
FROM theme_facts
WHERE $since IS NULL OR date_trunc('week', published_date) >= CAST($since AS DATE)
GROUP BY theme, language
ORDER BY stories DESC, theme, language
