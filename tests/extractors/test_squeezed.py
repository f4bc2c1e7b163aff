"""The quick folding of the sieve is that of the text rules, for every character there is."""

from __future__ import annotations

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treatywatch.extractors.sieve import _INVISIBLE, _squeezed
from treatywatch.news.text import fold

_MARKS = "\u0653\u0654\u0655\u0323\u06ea"
ODD = "اأإآٱىةـًٌٍَُِّْ٠۹–—’‘ʼ`´“”«»„\"' \u00a0\u2003\u200b\u00ad\ufeffﻻﷺÀàộộ̂cyberCYBER-\n\t\x1c"


def plainly(text: str) -> str:
    """Fold and squeeze in the words of the rule."""
    folded = fold(_INVISIBLE.sub("", text))
    return "".join(c for c in folded if c not in ' "“”«»„')


@pytest.mark.slow
def test_every_character_is_squeezed_as_the_rule_says() -> None:
    characters = map(chr, range(sys.maxunicode + 1))
    # Folding leaves alone what is no character yet, or one by private agreement only.
    known = (c for c in characters if unicodedata.category(c) not in {"Cn", "Co", "Cs"})
    different = [hex(ord(c)) for c in known if _squeezed(c) != plainly(c)]
    assert different == []


@given(
    st.text(st.sampled_from(_MARKS + ODD) | st.characters(exclude_categories=["Cs"]), max_size=40)
)
def test_every_text_is_squeezed_as_the_rule_says(text: str) -> None:
    assert _squeezed(text) == plainly(text)
