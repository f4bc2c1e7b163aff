-- Stories carried by most outlets, with the first title seen.
SELECT
    story_id, count(*) AS articles, count(DISTINCT outlet) AS outlets,
    string_agg(DISTINCT language, ', ' ORDER BY language) AS languages,
    min_by(title, (is_duplicate, first_seen_at, article_id)) AS first_title,
    min(published_date) AS first_date, max(published_date) AS last_date
FROM article_stance
GROUP BY story_id
HAVING count(*) > 1
ORDER BY outlets DESC, articles DESC, story_id
LIMIT 50
