-- The text is folded already, by the same rules as a query; the index must not fold it otherwise.
PRAGMA create_fts_index(
    'docs', 'doc_id', 'title', 'body',
    stemmer = 'none', stopwords = 'none', ignore = '[^\p{L}\p{N}]+',
    strip_accents = 0, lower = 0, overwrite = 1
);

CREATE TABLE dictionary AS
SELECT term, termid, df
FROM fts_main_docs.dict
ORDER BY term;

-- Sorted by term, so that a search reads the few blocks of its words.
CREATE TABLE postings AS
SELECT
    t.termid, CAST(d.name AS INTEGER) AS doc_id, CAST(count(*) AS INTEGER) AS times,
    bool_or(f.field = 'title') AS is_in_title
FROM fts_main_docs.terms AS t
JOIN fts_main_docs.docs AS d USING (docid)
JOIN fts_main_docs.fields AS f USING (fieldid)
GROUP BY t.termid, d.name
ORDER BY t.termid, doc_id;

CREATE TABLE lengths AS
SELECT CAST(name AS INTEGER) AS doc_id, CAST(len AS INTEGER) AS words
FROM fts_main_docs.docs
ORDER BY doc_id;

DROP SCHEMA fts_main_docs CASCADE;

CHECKPOINT;
