-- Articles about the treaty whose day of publication is not known; no trend by day counts them.
SELECT first_seen_at, language, outlet, label, title, url
FROM article_stance
WHERE published_at IS NULL
ORDER BY first_seen_at DESC, article_id
