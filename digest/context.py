"""The sentence before and the sentence after a passage, cut from the text around it."""

from __future__ import annotations

import re

# A full stop after a lone capital ("U.N.") or inside a number ends no sentence.
_SENTENCE_END = re.compile(r"(?<!\b[A-ZĐ])[.!?؟…۔]+[\"'”’»)\]]*\s+|\n+")


def sentence_before(window: str, is_cut: bool) -> str:
    """Return the last sentence of the text that precedes a passage.

    `is_cut` says that the window starts inside the article, so its first sentence may be half.
    """
    pieces = _sentences(window)
    if not pieces:
        return ""
    return f"…{pieces[-1]}" if is_cut and len(pieces) == 1 else pieces[-1]


def sentence_after(window: str, is_cut: bool) -> str:
    """Return the first sentence of the text that follows a passage."""
    pieces = _sentences(window)
    if not pieces:
        return ""
    return f"{pieces[0]}…" if is_cut and len(pieces) == 1 else pieces[0]


def _sentences(window: str) -> list[str]:
    pieces: list[str] = []
    start = 0
    for match in _SENTENCE_END.finditer(window):
        pieces.append(window[start : match.end()].strip())
        start = match.end()
    pieces.append(window[start:].strip())
    return [piece for piece in pieces if piece]
