-- Articles by period and language, for the periods of some days and the one without a day. The join
-- is on the day, so that only the days asked for are read. A neutral article has a balance of 0 here.
WITH counted AS (
    SELECT d.unit, d.period, f.language, f.story_key, f.outlet, f.label, f.balance
    FROM stance_facts AS f
    JOIN ({days}) AS d ON d.day = f.published_date
    UNION ALL
    SELECT u.unit, NULL, f.language, f.story_key, f.outlet, f.label, f.balance
    FROM stance_facts AS f, (VALUES ('day'), ('week'), ('month')) AS u (unit)
    WHERE f.published_date IS NULL
)
SELECT
    unit, period, language,
    count(*) AS articles,
    count(DISTINCT story_key) AS stories,
    count(DISTINCT outlet) AS outlets,
    count(*) FILTER (label = 'hopes') AS hopes,
    count(*) FILTER (label = 'concerns') AS concerns,
    count(*) FILTER (label = 'mixed') AS mixed,
    count(*) FILTER (label = 'neutral') AS neutral,
    coalesce(sum(CAST(balance AS DECIMAL(18, 12))) FILTER (label <> 'neutral'), 0) AS balance
FROM counted
GROUP BY unit, period, language
