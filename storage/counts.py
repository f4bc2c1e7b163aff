"""What a batch changed, as the writer tells it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Counts:
    """What a batch changed, by name; nothing when it was spooled."""

    values: Mapping[str, int] = field(default_factory=dict)
    spooled: bool = False

    def get(self, name: str) -> int:
        """Return one count."""
        return self.values.get(name, 0)


@dataclass(frozen=True, slots=True)
class FeedWriteCounts:
    """What a batch of feeds brought. `spooled`: kept in a file, the counts not known yet."""

    entries_new: int = 0
    spooled: bool = False


@dataclass(frozen=True, slots=True)
class PageWriteCounts:
    """What a batch of pages brought. `labels` counts the articles of this batch by label."""

    articles: int = 0
    new: int = 0
    edited: int = 0
    unchanged: int = 0
    treaty: int = 0
    labels: Mapping[str, int] = field(default_factory=dict)
    spooled: bool = False
