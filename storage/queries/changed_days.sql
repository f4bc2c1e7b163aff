-- The days of every period in which a changed article lies or lay.
CREATE OR REPLACE TEMP TABLE changed_days AS
SELECT unit, period, CAST(unnest(generate_series(period, next - 1, INTERVAL 1 DAY)) AS DATE) AS day
FROM (
    SELECT DISTINCT
        u.unit, CAST(date_trunc(u.unit, d.published_date) AS DATE) AS period,
        CAST(date_trunc(u.unit, d.published_date) + u.length AS DATE) AS next
    FROM (
        SELECT published_date FROM former_facts
        UNION
        SELECT published_date FROM fresh_facts
    ) AS d,
        (
            VALUES ('day', INTERVAL 1 DAY), ('week', INTERVAL 7 DAY), ('month', INTERVAL 1 MONTH)
        ) AS u (unit, length)
    WHERE d.published_date IS NOT NULL
);

DELETE FROM stance_counts
WHERE period IS NULL OR (unit, period) IN (SELECT unit, period FROM changed_days);

DELETE FROM theme_counts
WHERE period IS NULL OR (unit, period) IN (SELECT unit, period FROM changed_days);
