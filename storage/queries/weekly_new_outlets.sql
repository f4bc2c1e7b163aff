-- Outlets whose first dated article about the treaty was published in the week, though a feed that
-- brought one was read before it: an outlet that is new in the list is no news of the press.
SELECT
    outlet, arg_min(language, (published_date, article_id)) AS language,
    arg_min(article_id, (published_date, article_id)) AS article_id
FROM article_stance
WHERE published_date <= $sunday
GROUP BY outlet
HAVING min(published_date) >= $monday
    AND bool_or(feed_id IN (SELECT feed_id FROM feed_fetches WHERE fetched_date < $monday))
ORDER BY outlet;
