-- Articles by period of publication, counted as {count}. An article without a day is in none.
WITH filtered AS (
    SELECT
        CAST(date_trunc($unit, published_date) AS DATE) AS period,
        CASE WHEN $together THEN 'all' ELSE language END AS language,
        article_id, story_key, outlet, label, is_duplicate, first_seen_at,
        CASE WHEN label = 'neutral' THEN 0.0 ELSE balance END AS balance
    FROM stance_facts
    WHERE published_date IS NOT NULL
        AND ($language IS NULL OR language = $language)
        AND ($outlet IS NULL OR lower(outlet) = lower($outlet) OR feed_id = $outlet)
        AND ($since IS NULL OR published_date >= $since)
        AND ($until IS NULL OR published_date <= $until)
        AND ($theme IS NULL OR article_id IN (
            SELECT article_id FROM theme_facts WHERE theme = $theme
        ))
),
items AS (
    {items}
),
counted AS (
    SELECT
        period, language,
        count(*) AS n,
        count(*) FILTER (label = 'hopes') AS hopes,
        count(*) FILTER (label = 'concerns') AS concerns,
        count(*) FILTER (label = 'mixed') AS mixed,
        count(*) FILTER (label = 'neutral') AS neutral,
        avg(balance) AS balance,
        var_samp(balance) AS variance
    FROM items
    GROUP BY period, language
),
sizes AS (
    {sizes}
)
SELECT c.*, s.articles, s.stories, s.outlets
FROM counted AS c
JOIN sizes AS s USING (period, language)
ORDER BY period, language
