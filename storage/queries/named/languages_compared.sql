-- One row a week, the three languages side by side: share of concerns and the balance.
SELECT
    period,
    max(articles) FILTER (language = 'ar') AS articles_ar,
    max(articles) FILTER (language = 'en') AS articles_en,
    max(articles) FILTER (language = 'vi') AS articles_vi,
    round(max(concern_share) FILTER (language = 'ar'), 2) AS concern_share_ar,
    round(max(concern_share) FILTER (language = 'en'), 2) AS concern_share_en,
    round(max(concern_share) FILTER (language = 'vi'), 2) AS concern_share_vi,
    round(max(mean_balance) FILTER (language = 'ar'), 2) AS balance_ar,
    round(max(mean_balance) FILTER (language = 'en'), 2) AS balance_en,
    round(max(mean_balance) FILTER (language = 'vi'), 2) AS balance_vi
FROM stance_by_week
WHERE period IS NOT NULL
GROUP BY period
ORDER BY period
