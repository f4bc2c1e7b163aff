-- The documents of one segment that hold every word, by BM25 with the weights of the whole index.
WITH wanted AS (
    SELECT d.termid, w.weight
    FROM dictionary AS d
    JOIN (
        SELECT unnest(CAST($terms AS VARCHAR[])) AS term,
            unnest(CAST($weights AS DOUBLE[])) AS weight
    ) AS w USING (term)
),
scored AS (
    SELECT
        p.doc_id,
        sum(w.weight * (p.times * 2.2) / (
            p.times + 1.2 * (0.25 + 0.75 * l.words / $average_words)
        ) * CASE WHEN p.is_in_title THEN 1.5 ELSE 1 END) AS score
    FROM postings AS p
    JOIN wanted AS w USING (termid)
    JOIN lengths AS l USING (doc_id)
    GROUP BY p.doc_id
    HAVING count(*) = len(CAST($terms AS VARCHAR[]))
)
SELECT d.article_id, d.content_hash, s.score
FROM scored AS s
JOIN docs AS d USING (doc_id)
WHERE ($language IS NULL OR d.language = $language)
    AND list_bool_and([true] || list_transform(
        CAST($phrases AS VARCHAR[]),
        lambda phrase: contains(
            ' ' || regexp_replace(d.title || ' . ' || d.body, '[^\p{L}\p{N}]+', ' ', 'g') || ' ',
            phrase
        )
    ))
ORDER BY s.score DESC, d.article_id
LIMIT $most
