-- The articles about the treaty published in the week.
SELECT
    article_id, url, title, outlet, language, published_at, published_date, label, hope_score,
    concern_score, balance, confidence, is_sure, story_id, is_duplicate, feed_id,
    coalesce(country, '') AS country, model_id
FROM article_stance
WHERE published_date BETWEEN $monday AND $sunday
ORDER BY article_id;
