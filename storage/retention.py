"""Forget what the operator does not want kept."""

from __future__ import annotations

from datetime import datetime, timedelta

from treatywatch.config.settings import Settings
from treatywatch.storage.database import Connection
from treatywatch.storage.rows import scalar
from treatywatch.storage.sqlfiles import statements

FINGERPRINT_DAYS = 120
"""Stories are linked over days; a fingerprint older than this only takes space."""


def drop_old_text(connection: Connection, settings: Settings, now: datetime) -> int:
    """Drop text past its time, inside the caller's transaction; return how many versions."""
    connection.execute(
        "UPDATE article_versions SET fingerprint = NULL "
        "WHERE fingerprint IS NOT NULL AND seen_at < ?",
        [now - timedelta(days=FINGERPRINT_DAYS)],
    )
    if not settings.storage.keep_text_days:
        return 0
    before = now - timedelta(days=settings.storage.keep_text_days)
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE limits AS "
        "SELECT CAST(? AS TIMESTAMPTZ) AS now, CAST(? AS TIMESTAMPTZ) AS text_before",
        [now, before],
    )
    for statement in statements("queries/drop_old_text"):
        connection.execute(statement)
    return int(scalar(connection, "SELECT count(*) FROM too_old"))
