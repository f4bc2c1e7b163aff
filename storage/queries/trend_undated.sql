-- Articles about the treaty without a day of publication, by the day they were first seen.
SELECT
    CAST(date_trunc($unit, a.first_seen_date) AS DATE) AS period,
    CASE WHEN $together THEN 'all' ELSE s.language END AS language,
    count(*) AS undated
FROM article_stance AS s
JOIN articles AS a USING (article_id)
WHERE s.published_at IS NULL
    AND ($language IS NULL OR s.language = $language)
    AND ($outlet IS NULL OR lower(s.outlet) = lower($outlet) OR s.feed_id = $outlet)
    AND ($theme IS NULL OR s.article_id IN (
        SELECT article_id FROM theme_facts WHERE theme = $theme
    ))
    AND ($since IS NULL OR a.first_seen_date >= $since)
    AND ($until IS NULL OR a.first_seen_date <= $until)
GROUP BY ALL
