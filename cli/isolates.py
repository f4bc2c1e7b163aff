"""Table cells that run right to left: each line of one keeps its direction to itself."""

from __future__ import annotations

from typing import Any

from rich.containers import Lines
from rich.text import Text

from treatywatch.cli.output import ISOLATE, POP, runs_right_to_left


class RightToLeft(Text):
    """A text whose lines, once it is broken into them, are each isolated.

    An isolate ends with its line. One that is opened on the first line and closed on the last
    would turn round all that stands beside the first, and leave those between as they come.
    """

    def wrap(self, *arguments: Any, **options: Any) -> Lines:
        """Break the text into lines and isolate each; the blanks that fill it stay outside."""
        lines = super().wrap(*arguments, **options)
        for line in lines:
            text = line.plain.rstrip()
            line.plain = f"{ISOLATE}{text}{POP}{line.plain[len(text) :]}"
        return lines


def as_cell(text: str) -> Text:
    """Return a text as a table cell."""
    return RightToLeft(text) if runs_right_to_left(text) else Text(text)
