DELETE FROM runs
WHERE run_id IN (SELECT run_id FROM staged_runs WHERE state <> 'running');

INSERT INTO runs BY NAME
SELECT s.*
FROM staged_runs AS s
WHERE s.run_id NOT IN (SELECT run_id FROM runs);
