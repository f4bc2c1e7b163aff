-- Each week of the trend over all languages: stories and outlets may be in several of them.
WITH weeks AS (
    SELECT CAST(unnest(generate_series($first, $monday, INTERVAL 7 DAY)) AS DATE) AS period
),
stance AS (
    SELECT
        CAST(date_trunc('week', published_date) AS DATE) AS period,
        count(DISTINCT story_id) AS stories, count(DISTINCT outlet) AS outlets
    FROM article_stance
    WHERE published_date BETWEEN $first AND $sunday
    GROUP BY ALL
),
seen AS (
    SELECT CAST(date_trunc('week', published_date) AS DATE) AS period, count(*) AS seen
    FROM articles
    WHERE published_date BETWEEN $first AND $sunday
    GROUP BY ALL
),
watched AS (
    SELECT
        CAST(date_trunc('week', day) AS DATE) AS period,
        count(DISTINCT feed_id) AS feeds, avg(CAST(is_ok AS INTEGER)) AS feeds_ok_share
    FROM feed_days
    WHERE day BETWEEN $first AND $sunday
    GROUP BY ALL
)
SELECT
    w.period, coalesce(s.stories, 0) AS stories, coalesce(s.outlets, 0) AS outlets,
    coalesce(n.seen, 0) AS seen, coalesce(f.feeds, 0) AS feeds, f.feeds_ok_share
FROM weeks AS w
LEFT JOIN stance AS s USING (period)
LEFT JOIN seen AS n USING (period)
LEFT JOIN watched AS f USING (period)
ORDER BY w.period;
