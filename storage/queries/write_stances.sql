-- Scored articles: the cutting once, the scores once a model. A cutting is known by its article
-- stances, written in the same transaction, so that the two big tables are never searched.

CREATE OR REPLACE TEMP TABLE known_stances AS
SELECT cut_id, model_id, classified_at
FROM article_stances
WHERE article_id IN (SELECT article_id FROM staged_article_stances);

CREATE OR REPLACE TEMP TABLE new_cuts AS
SELECT DISTINCT cut_id
FROM staged_article_stances
WHERE cut_id NOT IN (SELECT cut_id FROM known_stances);

-- Scores of one model for one cutting are what they are: the earliest writing stands.
CREATE OR REPLACE TEMP TABLE new_scores AS
SELECT DISTINCT s.cut_id, s.model_id
FROM staged_article_stances AS s
WHERE NOT EXISTS (
    SELECT 1 FROM known_stances AS t
    WHERE t.cut_id = s.cut_id AND t.model_id = s.model_id
        AND t.classified_at <= s.classified_at
);

CREATE OR REPLACE TEMP TABLE fresh_passages AS
SELECT DISTINCT ON (cut_id, position) *
FROM staged_passages
WHERE cut_id IN (SELECT cut_id FROM new_scores)
ORDER BY cut_id, position;

CREATE OR REPLACE TEMP TABLE fresh_stances AS
SELECT DISTINCT ON (s.cut_id, s.model_id, s.position) s.*
FROM staged_passage_stances AS s
JOIN new_scores AS n ON n.cut_id = s.cut_id AND n.model_id = s.model_id
ORDER BY s.cut_id, s.model_id, s.position;

-- Scores written before with a later time give way; mostly there are none.
CREATE OR REPLACE TEMP TABLE outdone AS
SELECT n.cut_id, n.model_id
FROM new_scores AS n
JOIN known_stances AS t ON t.cut_id = n.cut_id AND t.model_id = n.model_id;

DELETE FROM passage_stances
WHERE (cut_id, model_id) IN (SELECT (cut_id, model_id) FROM outdone);

DELETE FROM article_stances
WHERE (cut_id, model_id) IN (SELECT (cut_id, model_id) FROM outdone);

INSERT INTO passages BY NAME
SELECT * FROM fresh_passages
WHERE cut_id IN (SELECT cut_id FROM new_cuts);

INSERT INTO passage_stances BY NAME
SELECT * FROM fresh_stances;

INSERT INTO article_stances BY NAME
SELECT DISTINCT ON (s.cut_id, s.model_id) s.*
FROM staged_article_stances AS s
JOIN new_scores AS n ON n.cut_id = s.cut_id AND n.model_id = s.model_id
ORDER BY s.cut_id, s.model_id;
