-- Weeks in which less than eight in ten feeds answered: `trends` claims no change there.
SELECT period, language, articles, round(feeds_ok_share, 2) AS feeds_ok_share
FROM stance_by_week
WHERE feeds_ok_share < 0.8
ORDER BY period DESC, language
