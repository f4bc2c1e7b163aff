-- What went wrong with pages in the last thirty days of watching, by feed and kind of error.
SELECT feed_id, stage, error_class, count(*) AS failures, max(failed_at) AS last_at
FROM page_failures
WHERE failed_at > (SELECT max(failed_at) FROM page_failures) - INTERVAL 30 DAY
GROUP BY ALL
ORDER BY failures DESC, feed_id, stage, error_class
