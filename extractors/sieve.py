"""The sieve: a page that holds no sign of a treaty name is never worth extracting.

It may let too much through, never too little: it looks for loose signs in everything a reader or
an extractor could take for text, with tags and spaces removed, so that a name cut by markup shows.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence

from treatywatch.extractors import decoding
from treatywatch.extractors.markup import strip_tags
from treatywatch.news.text import FOLD_TABLE, bare_alefs, normal_form

# Extractors also read JSON-LD, where any letter may be escaped.
_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")
_ESCAPED_SPACE = re.compile(r"\\[nrtbf]")
# The quotation marks that may stand inside a name; spaces go too.
_QUOTES = '"“”«»„'
_FOLDED = {chr(code): meant or "" for code, meant in FOLD_TABLE.items()}
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u061c\u202a-\u202e\u2060-\u2069\ufeff]")
_SURROGATES = re.compile("[\ud800-\udfff]")


class Sieve:
    """Tells whether a page may be about the treaty."""

    def __init__(self, signals: Sequence[str]) -> None:
        self.signals = tuple(dict.fromkeys(_squeezed(each) for each in signals if each.strip()))

    def may_match(self, body: bytes, charset: str | None = None) -> bool:
        """Tell whether a page's bytes may hold a name of the treaty."""
        return self.may_match_markup(decoding.decode(body, charset))

    def may_match_markup(self, markup: str) -> bool:
        """Tell whether HTML may hold a name of the treaty."""
        return self.may_match_text(searched_text(markup))

    def may_match_text(self, text: str) -> bool:
        """Tell whether plain text may hold a name of the treaty."""
        squeezed = _squeezed(text)
        return any(signal in squeezed for signal in self.signals)


def searched_text(markup: str) -> str:
    """Return all that a reader or an extractor could take for text, tags and escapes undone."""
    if "\\" in markup:
        markup = _ESCAPED_SPACE.sub(" ", markup)
        markup = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), markup)
        markup = _SURROGATES.sub("", markup)
    return html.unescape(strip_tags(markup))


def _squeezed(text: str) -> str:
    """Fold text as `news.text.fold` does and take the spaces and quotation marks out.

    Most characters that folding changes are absent from most pages: looking for each is several
    times faster than taking the text through a table.
    """
    # First the invisible ones: a mark behind one must meet its letter before letters are folded.
    visible = normal_form("NFKC", _looked_up(_INVISIBLE.sub("", text)))
    folded = normal_form("NFC", _looked_up(visible).casefold())
    folded = bare_alefs(_looked_up(folded))
    for mark in _QUOTES:
        if mark in folded:
            folded = folded.replace(mark, "")
    return "".join(folded.split())


def _looked_up(text: str) -> str:
    for character, meant in _FOLDED.items():
        if character in text:
            text = text.replace(character, meant)
    return text
