-- Pages that failed in the week and have become no article since, by their last failure.
WITH failed AS (
    SELECT entry_id, arg_max(error_class, failed_at) AS error_class
    FROM page_failures
    WHERE failed_date BETWEEN $monday AND $sunday
        AND NOT starts_with(feed_id, 'backfill:')
        -- An article that stands in several feeds has an entry in each.
        AND entry_id NOT IN (SELECT entry_id FROM entries WHERE article_id IS NOT NULL)
    GROUP BY entry_id
)
SELECT error_class, count(*) AS pages
FROM failed
GROUP BY error_class
ORDER BY error_class;
