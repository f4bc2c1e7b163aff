"""The only room that knows Prefect: the daily run, the weekly digest, backfill."""
