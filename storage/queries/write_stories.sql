-- Which articles carry one story. The first seen of a story is its original, the rest repeat it;
-- of those that one run found, the first published.

CREATE OR REPLACE TEMP TABLE near_stories AS
SELECT story_id FROM staged_stories
UNION
SELECT story_id FROM story_links
WHERE article_id IN (SELECT article_id FROM staged_stories);

CREATE OR REPLACE TEMP TABLE near_articles AS
SELECT article_id FROM staged_stories
UNION
SELECT article_id FROM story_links WHERE story_id IN (SELECT story_id FROM near_stories);

CREATE OR REPLACE TEMP TABLE current_links AS
SELECT
    article_id, max_by(story_id, linked_at) AS story_id,
    max_by(is_duplicate, linked_at) AS is_duplicate
FROM story_links
WHERE article_id IN (SELECT article_id FROM near_articles)
GROUP BY article_id;

CREATE OR REPLACE TEMP TABLE wanted_links AS
WITH stories AS (
    SELECT story_id FROM staged_stories
    UNION
    SELECT l.story_id FROM current_links AS l JOIN staged_stories AS s USING (article_id)
),
members AS (
    SELECT article_id, story_id FROM staged_stories
    UNION ALL
    SELECT l.article_id, l.story_id
    FROM current_links AS l
    WHERE l.story_id IN (SELECT story_id FROM stories)
        AND l.article_id NOT IN (SELECT article_id FROM staged_stories)
)
SELECT
    m.article_id, m.story_id,
    row_number() OVER (
        PARTITION BY m.story_id ORDER BY a.first_seen_at, a.published_at NULLS LAST, m.article_id
    ) > 1 AS is_duplicate
FROM members AS m
JOIN articles AS a ON a.article_id = m.article_id;

CREATE OR REPLACE TEMP TABLE new_links AS
SELECT w.*
FROM wanted_links AS w
LEFT JOIN current_links AS l USING (article_id)
WHERE l.article_id IS NULL OR l.story_id <> w.story_id OR l.is_duplicate <> w.is_duplicate;

DELETE FROM story_links
WHERE linked_at = (SELECT now FROM batch)
    AND article_id IN (SELECT article_id FROM new_links);

INSERT INTO story_links BY NAME
SELECT n.*, b.now AS linked_at
FROM new_links AS n
CROSS JOIN batch AS b;
