"""The only room that knows DuckDB: schema, writers, readers, exports."""
