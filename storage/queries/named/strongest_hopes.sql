-- The sentences that state a hope most clearly, with where they stood.
-- $since: first day, as 2026-01-01; all when left out
-- $language: ar, en or vi; all when left out
SELECT e.published_date, e.language, e.outlet, round(e.hope, 2) AS hope, e.themes, e.text, s.url
FROM stance_evidence AS e
JOIN article_stance AS s USING (article_id)
WHERE e.hope >= 0.5 AND NOT s.is_duplicate
    AND ($language IS NULL OR e.language = $language)
    AND ($since IS NULL OR e.published_date >= CAST($since AS DATE))
ORDER BY e.hope DESC, e.article_id, e.position
LIMIT 50
