"""Stories as the days go by, in a real database."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.storage.conftest import NOON, Newsroom, Story
from treatywatch.config.settings import Settings
from treatywatch.extractors.stories import fingerprint
from treatywatch.flows.stories import link_stories
from treatywatch.news.records import Article
from treatywatch.storage.reader import Reader

DAY = timedelta(days=1)
WIRE = " ".join(random.Random(1).choices([f"word{n}" for n in range(900)], k=200))


@dataclass(frozen=True)
class Wire(Story):
    """An article with the fingerprint that its text has."""

    text: str = WIRE

    @property
    def article(self) -> Article:
        return replace(super().article, fingerprint=fingerprint(self.text))


@pytest.mark.slow
def test_a_story_holds_together_when_its_first_article_grows_old(tmp_path: Path) -> None:
    room = Newsroom(Settings(db=tmp_path / "t.duckdb"))
    reader = Reader(room.settings)
    room.publish(Wire("first"))
    link_stories(reader, room.writer, NOON)
    room.publish(Wire("copy"), at=NOON + DAY)
    for age in (1, 15, 30, 31, 45, 59):
        link_stories(reader, room.writer, NOON + age * DAY)
    room.publish(Wire("late"), at=NOON + 70 * DAY)
    link_stories(reader, room.writer, NOON + 70 * DAY)

    rows = room.ask("SELECT article_id, story_id, is_duplicate FROM article_stance ORDER BY 1")
    (copy, shared, copied), (first, story, is_copy), (late, own, is_late_copy) = rows
    assert (copy, first, late) == ("a-copy", "a-first", "a-late")
    assert shared == story != own
    assert (copied, is_copy, is_late_copy) == (True, False, False)
