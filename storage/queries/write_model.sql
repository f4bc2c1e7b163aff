MERGE INTO models AS m
USING staged_models AS s
ON m.model_id = s.model_id
WHEN MATCHED AND s.first_used_at < m.first_used_at THEN UPDATE SET
    first_used_at = s.first_used_at
WHEN NOT MATCHED THEN INSERT BY NAME;
