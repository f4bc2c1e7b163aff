SELECT
    (SELECT value FROM settings WHERE name = 'timezone') AS timezone,
    (SELECT max_by(model_id, (chosen_at, model_id)) FROM model_choices) AS model_id,
    (SELECT count(*) FROM feeds WHERE enabled AND delisted_at IS NULL) AS feeds,
    (SELECT count(*) FROM entries) AS entries,
    (SELECT count(*) FROM entries WHERE status = 'pending') AS entries_pending,
    (SELECT count(*) FROM entries WHERE status = 'failed') AS entries_failed,
    (SELECT count(*) FROM articles) AS articles,
    (SELECT count(*) FROM article_stance) AS treaty_articles,
    (SELECT count(*) FROM article_stance WHERE published_at IS NULL) AS undated,
    (SELECT max(first_seen_at) FROM articles) AS newest_article_at
