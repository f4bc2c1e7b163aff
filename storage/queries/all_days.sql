-- Every day on which an article was published, once for each period it lies in.
SELECT
    u.unit, CAST(date_trunc(u.unit, d.published_date) AS DATE) AS period, d.published_date AS day
FROM (SELECT DISTINCT published_date FROM stance_facts WHERE published_date IS NOT NULL) AS d,
    (VALUES ('day'), ('week'), ('month')) AS u (unit)
