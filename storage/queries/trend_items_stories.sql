SELECT
    period, language,
    min_by(label, (is_duplicate, first_seen_at, article_id)) AS label,
    avg(balance) AS balance
FROM filtered
GROUP BY period, language, story_key
