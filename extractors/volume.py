"""Volume alarms: a feed that went quiet or doubled, against its own last weeks. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

BASELINE_DAYS = 28
RECENT_DAYS = 3
# A feed with fewer entries than this a day is quiet on many honest days.
_MIN_DAILY = 1.0
_QUIET_SHARE = 0.2
_DOUBLED = 2.0
# Below this surprise (in standard deviations of a Poisson count) a change is chance.
_SURPRISE = 3.0
VolumeState = Literal["normal", "quiet", "doubled", "unknown"]


@dataclass(frozen=True, slots=True)
class Volume:
    """How much a feed brings now against before, in entries a day."""

    state: VolumeState
    usual: float
    recent: float


def volume_of(entries_by_day: Sequence[int]) -> Volume:
    """Judge a feed by its entries a day, oldest first, today last.

    The days before the last three, at most 28, are its measure; fewer than seven tell nothing.
    """
    recent_days = entries_by_day[-RECENT_DAYS:]
    before = entries_by_day[-RECENT_DAYS - BASELINE_DAYS : -RECENT_DAYS]
    recent = sum(recent_days) / max(1, len(recent_days))
    if len(before) < 7:
        return Volume("unknown", 0.0, recent)
    usual = sum(before) / len(before)
    return Volume(_state(usual, recent), usual, recent)


def _state(usual: float, recent: float) -> VolumeState:
    expected, seen = usual * RECENT_DAYS, recent * RECENT_DAYS
    surprise = abs(seen - expected) / math.sqrt(max(expected, 1.0))
    if usual < _MIN_DAILY or (surprise < _SURPRISE and seen):
        return "normal"
    if recent <= _QUIET_SHARE * usual and expected >= _SURPRISE:
        return "quiet"
    return "doubled" if recent >= _DOUBLED * usual else "normal"


def volume_notice(before: VolumeState, now: Volume, name: str) -> str | None:
    """Return the sentence to tell when a feed's volume changed its state; None when it did not."""
    if now.state == before or now.state == "unknown":
        return None
    figures = f"{now.recent:.1f} entries a day against {now.usual:.1f} before"
    if now.state == "quiet":
        return f"{name} went quiet: {figures}."
    if now.state == "doubled":
        return f"{name} brings unusually much: {figures}."
    return f"{name} is well again: {figures}." if before in ("quiet", "doubled") else None
