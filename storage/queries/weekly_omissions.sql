-- What the week's figures leave out. Pages and entries count by the day they were met.
WITH met AS (
    SELECT entry_id, status, article_id
    FROM entries
    WHERE first_seen_date BETWEEN $monday AND $sunday
        AND NOT starts_with(feed_id, 'backfill:')
)
SELECT
    (
        SELECT count(*)
        FROM article_stance AS s
        JOIN articles AS a USING (article_id)
        WHERE s.published_date IS NULL AND a.first_seen_date BETWEEN $monday AND $sunday
    ) AS undated,
    (
        SELECT count(*)
        FROM article_stance
        WHERE published_date BETWEEN $monday AND $sunday AND NOT is_sure
    ) AS not_sure,
    (
        SELECT count(*)
        FROM articles AS a
        WHERE a.published_date BETWEEN $monday AND $sunday AND a.is_treaty
            AND a.article_id IN (SELECT article_id FROM article_stances)
            AND a.article_id NOT IN (SELECT article_id FROM article_stance)
    ) AS refused,
    (
        SELECT count(*)
        FROM articles
        WHERE published_date BETWEEN $monday AND $sunday AND NOT is_treaty
            AND coalesce(look_alike, '') <> ''
    ) AS lookalikes,
    (
        SELECT count(*)
        FROM articles
        WHERE published_date BETWEEN $monday AND $sunday
            AND NOT list_contains($languages, language)
    ) AS other_languages,
    (
        SELECT count(*)
        FROM met
        WHERE status <> 'skipped' AND article_id IS NULL
            AND entry_id NOT IN (SELECT entry_id FROM articles)
            AND entry_id NOT IN (SELECT entry_id FROM page_failures)
    ) AS waiting_pages,
    (SELECT count(*) FROM met WHERE status = 'skipped') AS skipped_entries;
