-- Each week of the trend by language, as the view that users ask says it.
SELECT period, language, articles, stories, outlets, hopes, concerns, mixed, neutral
FROM stance_by_week
WHERE period BETWEEN $first AND $monday
ORDER BY period, language;
