-- As counted when written, which holds for whole periods and all that is in them.
SELECT period, language, articles, stories, outlets
FROM stance_counts
WHERE unit = $unit AND period IS NOT NULL AND ($language IS NULL OR language = $language)
