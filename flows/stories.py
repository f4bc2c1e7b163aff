"""Linking the articles that carry one story, after a run has stored them."""

from __future__ import annotations

from datetime import datetime

from treatywatch.extractors.stories import WINDOW, assign_stories
from treatywatch.storage.reader import Reader
from treatywatch.storage.writer import Writer


def link_stories(reader: Reader, writer: Writer, now: datetime) -> int:
    """Link the treaty articles of the last weeks into stories; return how many changed theirs.

    The whole window is linked anew each time, in an order that does not depend on the order in
    which pages came in, so that a run that was broken off ends in the same stories. Articles from
    before it keep theirs, and copies of them in the window go on belonging to it.
    """
    members = reader.story_members(now - 2 * WINDOW)
    known = [member for member in members if member.first_seen_at < now - WINDOW]
    return writer.write_stories(assign_stories(members[len(known) :], known), now)
