-- Rules of the data. Each query returns the rows that break its rule.

-- check entry_twice: An entry stands once.
SELECT entry_id FROM entries GROUP BY entry_id HAVING count(*) > 1;

-- check article_twice: An article stands once.
SELECT article_id FROM articles GROUP BY article_id HAVING count(*) > 1;

-- check feed_twice: A feed stands once.
SELECT feed_id FROM feeds GROUP BY feed_id HAVING count(*) > 1;

-- check version_twice: A version stands once.
SELECT article_id, content_hash
FROM article_versions GROUP BY ALL HAVING count(*) > 1;

-- check version_numbers: The versions of an article are numbered from 1 in the order seen.
SELECT article_id, max(version) AS last, count(*) AS versions
FROM article_versions GROUP BY article_id
HAVING max(version) <> count(*) OR min(version) <> 1;

-- check passage_twice: A passage stands once in its cutting.
SELECT cut_id, position FROM passages GROUP BY ALL HAVING count(*) > 1;

-- check score_twice: A model scores a passage once.
SELECT cut_id, position, model_id FROM passage_stances GROUP BY ALL HAVING count(*) > 1;

-- check stance_twice: A model scores a cutting once.
SELECT cut_id, model_id FROM article_stances GROUP BY ALL HAVING count(*) > 1;

-- check version_orphan: A version belongs to an article.
SELECT article_id, content_hash FROM article_versions
WHERE article_id NOT IN (SELECT article_id FROM articles);

-- check sighting_orphan: A sighting is of a version.
SELECT s.article_id, s.content_hash FROM article_sightings AS s
ANTI JOIN article_versions AS v
    ON v.article_id = s.article_id AND v.content_hash = s.content_hash;

-- check version_unseen: A version was seen at least once.
SELECT v.article_id, v.content_hash FROM article_versions AS v
ANTI JOIN article_sightings AS s
    ON v.article_id = s.article_id AND v.content_hash = s.content_hash;

-- check treaty_without_version: An article about the treaty has its current version.
SELECT a.article_id, a.content_hash FROM articles AS a
ANTI JOIN article_versions AS v
    ON v.article_id = a.article_id AND v.content_hash = a.content_hash
WHERE a.is_treaty;

-- check stance_orphan: A stance is of a version.
SELECT s.article_id, s.content_hash FROM article_stances AS s
ANTI JOIN article_versions AS v
    ON v.article_id = s.article_id AND v.content_hash = s.content_hash;

-- check passage_orphan: A passage belongs to a cutting that was scored.
SELECT article_id, cut_id, position FROM passages
WHERE cut_id NOT IN (SELECT cut_id FROM article_stances);

-- check score_orphan: A score is of a passage.
SELECT s.article_id, s.cut_id, s.position FROM passage_stances AS s
ANTI JOIN passages AS p ON p.cut_id = s.cut_id AND p.position = s.position;

-- check link_orphan: A story link is of an article.
SELECT article_id, story_id FROM story_links
WHERE article_id NOT IN (SELECT article_id FROM articles);

-- check model_orphan: A score is of a known model.
SELECT DISTINCT model_id FROM article_stances
WHERE model_id NOT IN (SELECT model_id FROM models);

-- check entry_orphan: An entry belongs to a known feed.
SELECT entry_id, feed_id FROM entries
WHERE feed_id NOT IN (SELECT feed_id FROM feeds);

-- check done_without_article: An entry that is done says which article it became.
SELECT entry_id FROM entries AS e
WHERE e.status = 'done' AND (
    e.article_id IS NULL OR e.article_id NOT IN (SELECT article_id FROM articles)
);

-- check passage_offsets: The offsets of a passage cut exactly its text.
SELECT p.article_id, p.cut_id, p.position, p.char_start, p.char_end
FROM passages AS p
JOIN (
    SELECT DISTINCT cut_id, article_id, content_hash FROM article_stances
) AS s USING (cut_id)
JOIN article_versions AS v
    ON v.article_id = s.article_id AND v.content_hash = s.content_hash
WHERE p.text IS NOT NULL AND (v.text IS NOT NULL OR p.kind = 'title')
    AND (
        p.char_start < 0 OR p.char_end < p.char_start
        OR substring(
            CASE WHEN p.kind = 'title' THEN v.title ELSE v.text END,
            p.char_start + 1, p.char_end - p.char_start
        ) <> p.text
    );

-- check name_offsets: The offsets of a name of the treaty cut exactly what matched.
SELECT v.article_id, v.content_hash, n.name.matched AS matched
FROM article_versions AS v, unnest(v.names) AS n (name)
WHERE (v.text IS NOT NULL OR n.name.field = 'title')
    AND substring(
        CASE WHEN n.name.field = 'title' THEN v.title ELSE v.text END,
        n.name.char_start + 1, n.name.char_end - n.name.char_start
    ) <> n.name.matched;

-- check text_of_others: Text is kept of articles about the treaty alone.
SELECT article_id, content_hash FROM article_versions
WHERE NOT is_treaty AND text IS NOT NULL;

-- check label_known: A label is one of the five.
SELECT article_id, label FROM article_stances
WHERE label NOT IN ('hopes', 'concerns', 'mixed', 'neutral', 'off_topic');

-- check scores_in_range: Scores lie in [0, 1], the balance in [-1, 1].
SELECT article_id, cut_id, hope_score, concern_score, balance FROM article_stances
WHERE NOT (
    hope_score BETWEEN 0 AND 1 AND concern_score BETWEEN 0 AND 1 AND balance BETWEEN -1 AND 1
    AND treaty_score BETWEEN 0 AND 1 AND confidence BETWEEN 0 AND 1
);

-- check days_of_times: Stored days are those of their times in the configured zone.
SELECT a.article_id, a.published_at, a.published_date, a.first_seen_date
FROM articles AS a, settings AS z
WHERE z.name = 'timezone' AND (
    a.published_date IS DISTINCT FROM CAST(a.published_at AT TIME ZONE z.value AS DATE)
    OR a.first_seen_date <> CAST(a.first_seen_at AT TIME ZONE z.value AS DATE)
);

-- check seen_in_order: Nothing was last seen before it was first seen.
SELECT article_id, first_seen_at, last_seen_at FROM articles WHERE last_seen_at < first_seen_at
UNION ALL
SELECT entry_id, first_seen_at, last_seen_at FROM entries WHERE last_seen_at < first_seen_at;

-- check views_add_up: The periods of stance_by_day hold every article once.
SELECT d.articles AS by_day, s.articles AS by_article
FROM (SELECT coalesce(sum(articles), 0) AS articles FROM stance_by_day) AS d,
    (SELECT count(*) AS articles FROM article_stance) AS s
WHERE d.articles <> s.articles;
