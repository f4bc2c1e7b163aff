-- The same for one outlet: of the feeds that bring it, how many answered.
WITH theirs AS (
    SELECT feed_id FROM feeds WHERE feed_id = $outlet OR lower(name) = lower($outlet)
    UNION
    SELECT feed_id FROM stance_facts WHERE lower(outlet) = lower($outlet)
),
days AS (
    SELECT
        CAST(date_trunc($unit, day) AS DATE) AS period,
        CASE WHEN $together THEN 'all' ELSE language END AS language,
        avg(CAST(is_ok AS INTEGER)) AS feeds_ok_share, count(DISTINCT feed_id) AS feeds
    FROM feed_days
    JOIN theirs USING (feed_id)
    WHERE ($language IS NULL OR language = $language)
        AND ($since IS NULL OR day >= $since)
        AND ($until IS NULL OR day <= $until)
    GROUP BY ALL
),
failures AS (
    SELECT
        CAST(date_trunc($unit, p.failed_date) AS DATE) AS period,
        CASE WHEN $together THEN 'all' ELSE f.language END AS language,
        count(DISTINCT (p.failed_date, p.entry_id)) AS pages_failed
    FROM page_failures AS p
    JOIN theirs USING (feed_id)
    JOIN feeds AS f USING (feed_id)
    WHERE ($since IS NULL OR p.failed_date >= $since)
        AND ($until IS NULL OR p.failed_date <= $until)
    GROUP BY ALL
)
SELECT
    d.period, d.language, d.feeds_ok_share, d.feeds, coalesce(f.pages_failed, 0) AS pages_failed
FROM days AS d
LEFT JOIN failures AS f USING (period, language)
