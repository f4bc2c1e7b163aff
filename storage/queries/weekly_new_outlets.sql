-- Outlets whose first dated article about the treaty was published in the week.
SELECT
    outlet, arg_min(language, (published_date, article_id)) AS language,
    arg_min(article_id, (published_date, article_id)) AS article_id
FROM article_stance
WHERE published_date <= $sunday
GROUP BY outlet
HAVING min(published_date) >= $monday
ORDER BY outlet;
