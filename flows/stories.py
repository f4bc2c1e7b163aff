"""Linking the articles that carry one story, after a run has stored them."""

from __future__ import annotations

from datetime import datetime, timedelta

from treatywatch.extractors.stories import assign_stories
from treatywatch.storage.reader import Reader
from treatywatch.storage.writer import Writer

WINDOW = timedelta(days=30)  # wire copy that surfaces later is news of its own


def link_stories(reader: Reader, writer: Writer, now: datetime) -> int:
    """Link the treaty articles of the last weeks into stories; return how many changed theirs.

    The whole window is linked anew each time, in an order that does not depend on the order in
    which pages came in, so that a run that was broken off ends in the same stories.
    """
    members = reader.story_members(now - WINDOW)
    return writer.write_stories(assign_stories(members, ()), now)
