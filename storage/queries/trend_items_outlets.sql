-- The label an outlet gave most often; mixed where two are given as often.
SELECT
    period, language,
    CASE
        WHEN count(*) FILTER (times = most) > 1 THEN 'mixed'
        ELSE min(label) FILTER (times = most)
    END AS label,
    sum(balance) / sum(times) AS balance
FROM (
    SELECT
        period, language, outlet, label, count(*) AS times, sum(balance) AS balance,
        max(count(*)) OVER (PARTITION BY period, language, outlet) AS most
    FROM filtered
    GROUP BY period, language, outlet, label
)
GROUP BY period, language, outlet
