-- The hope and concern passages of the articles in `stance_facts` of {scope}; what is furniture of
-- the page weighs in no label and is no evidence.
SELECT
    f.article_id, t.position, f.outlet, f.language, f.published_date, p.text, p.char_start,
    p.char_end, t.treaty, t.hope, t.concern, t.themes, p.kind, f.model_id
FROM stance_facts AS f
JOIN {passage_stances} AS t ON t.cut_id = f.cut_id AND t.model_id = f.model_id
JOIN {passages} AS p ON p.cut_id = t.cut_id AND p.position = t.position
WHERE f.article_id IN (SELECT article_id FROM {scope})
    AND p.countable AND t.treaty >= 0.5 AND (t.hope >= 0.5 OR t.concern >= 0.5)
