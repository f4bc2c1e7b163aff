"""Volume alarms: quiet and doubled feeds, against their own weeks."""

from __future__ import annotations

import pytest

from treatywatch.extractors.volume import Volume, volume_notice, volume_of


@pytest.mark.parametrize(
    ("before", "recent", "state"),
    [
        ([10] * 28, [10, 9, 11], "normal"),
        ([10] * 28, [0, 0, 0], "quiet"),
        ([10] * 28, [1, 0, 1], "quiet"),
        ([10] * 28, [25, 22, 24], "doubled"),
        ([10] * 28, [14, 15, 13], "normal"),
        ([0, 1, 0, 0, 1, 0, 0] * 4, [0, 0, 0], "normal"),
        ([1] * 28, [0, 0, 0], "quiet"),
        ([10] * 5, [0, 0, 0], "unknown"),
        ([], [], "unknown"),
        ([0] * 28, [5, 5, 5], "normal"),
    ],
)
def test_states(before: list[int], recent: list[int], state: str) -> None:
    assert volume_of([*before, *recent]).state == state


def test_only_the_last_weeks_count() -> None:
    assert volume_of([100] * 60 + [10] * 28 + [10] * 3).state == "normal"


def test_notices_come_once_and_say_when_it_is_over() -> None:
    quiet, well = Volume("quiet", 10.0, 0.0), Volume("normal", 10.0, 9.5)
    assert volume_notice("normal", quiet, "Paper") == (
        "Paper went quiet: 0.0 entries a day against 10.0 before."
    )
    assert volume_notice("quiet", quiet, "Paper") is None
    assert "well again" in (volume_notice("quiet", well, "Paper") or "")
    assert volume_notice("unknown", well, "Paper") is None
