-- The newest articles about the treaty, with their stance.
-- $language: ar, en or vi; all when left out
-- $most: how many rows; 50 when left out
SELECT published_date, language, outlet, label, round(balance, 2) AS balance, title, url
FROM article_stance
WHERE $language IS NULL OR language = $language
ORDER BY published_at DESC NULLS LAST, article_id
LIMIT CAST(coalesce($most, 50) AS INTEGER)
