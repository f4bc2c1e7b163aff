-- Outlets by their mean balance, from concern to hope, where they wrote enough to say.
-- $least: fewest articles an outlet needs; 5 when left out
SELECT outlet, language, country, articles, stories, round(mean_balance, 2) AS mean_balance,
    round(hope_share, 2) AS hope_share, round(concern_share, 2) AS concern_share
FROM stance_by_outlet
WHERE articles >= CAST(coalesce($least, 5) AS INTEGER)
ORDER BY mean_balance, outlet
