CREATE OR REPLACE TEMP TABLE interrupted AS
SELECT r.run_id
FROM runs AS r
WHERE r.state = 'running'
    AND coalesce(r.process, '') IN (SELECT process FROM staged_dead);

UPDATE runs
SET state = 'interrupted', finished_at = b.now
FROM batch AS b
WHERE runs.run_id IN (SELECT run_id FROM interrupted);
