"""What a run did. Frozen, times timezone-aware UTC, as in `records`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Literal

RunState = Literal["running", "completed", "failed", "interrupted"]

_LONGEST = timedelta(days=7)
TIME_LIMITS: Mapping[str, timedelta] = MappingProxyType(
    {
        "daily": timedelta(hours=6),
        "weekly-digest": timedelta(hours=1),
        "reclassify": timedelta(hours=24),
        "backfill": _LONGEST,
    }
)
"""How long a run of each kind may take; its flow is ended then."""


def time_limit(kind: str) -> timedelta:
    """Return how long a run of a kind may take; for one that is not known, the longest."""
    return TIME_LIMITS.get(kind, _LONGEST)


@dataclass(frozen=True, slots=True)
class RunReport:
    """What a run did, as it is stored and shown."""

    run_id: str
    kind: str  # daily, backfill, reclassify
    state: RunState
    started_at: datetime
    finished_at: datetime | None = None
    feeds_due: int = 0
    feeds_ok: int = 0
    feeds_failed: int = 0
    entries_seen: int = 0
    entries_new: int = 0
    pages_fetched: int = 0
    pages_failed: int = 0
    articles: int = 0
    articles_new: int = 0
    articles_edited: int = 0
    treaty_articles: int = 0
    batches_spooled: int = 0  # to wait for the database, not counted above; told, not stored
    is_outage: bool = False
    failures: Mapping[str, int] = field(default_factory=dict)  # error class -> count
    labels: Mapping[str, int] = field(default_factory=dict)  # label -> treaty articles
    stage_seconds: Mapping[str, float] = field(default_factory=dict)
