"""Text rules that hold everywhere: normalise once at the boundary, fold only to compare."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from typing import Literal

# Tashkeel, superscript alef and tatweel carry no identity in news text.
_TASHKEEL = "".join(chr(c) for c in range(0x064B, 0x0653)) + "\u0670\u0640"
_NO_TASHKEEL = dict.fromkeys(map(ord, _TASHKEEL))
_VOCALISED = 0.1  # of the characters; in the press one or two in a hundred are marks
_BIDI = (
    "\u200b\u200c\u200d\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e"
    "\u2066\u2067\u2068\u2069\ufeff\u00ad"
)
FOLD_TABLE = str.maketrans(
    {
        **dict.fromkeys(_TASHKEEL + _BIDI, None),
        **dict.fromkeys("أإآٱ", "ا"),
        "ى": "ي",
        "ة": "ه",
        "ـ": None,
        **{chr(0x0660 + d): str(d) for d in range(10)},
        **{chr(0x06F0 + d): str(d) for d in range(10)},
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-"),
        **dict.fromkeys("\u2018\u2019\u02bc\u0060\u00b4", "'"),
    }
)
"""What `fold` makes of a character: another, or nothing (None)."""
_SPACES = re.compile(r"\s+")
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_HAMZA_AND_MADDA = "\u0653\u0654\u0655"
_ALEF_AND_SIGNS = re.compile(r"ا[^\w\s]+")
# Of marks on one letter. Vocalised Arabic has four at most, and so has any orthography.
_MOST_MARKS = 30
_STEP = _MOST_MARKS + 1
# They become marks only when they are taken apart.
_MARKS_IN_ONE = re.compile("[\u0f73\u0f75\u0f81\uff9e\uff9f]")
_HIDDEN = dict.fromkeys([*range(32), 127, *range(128, 160)], "\ufffd")
_HIDDEN |= dict.fromkeys(map(ord, "\t\n\r"), " ")
_HIDDEN |= dict.fromkeys(
    [*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C], ""
)


def normalise(text: str) -> str:
    """Return text in NFC with no-break spaces as spaces; the form in which text is stored."""
    return normal_form("NFC", text).replace("\u00a0", " ")


def normal_form(form: Literal["NFC", "NFD", "NFKC", "NFKD"], text: str) -> str:
    """Return text in a normal form of Unicode; of a heap of marks the first thirty are kept.

    Marks are sorted in quadratic time, and Python lets nothing else run meanwhile: 160,000 of them
    take half a minute.
    """
    return unicodedata.normalize(form, _without_heaps(text))


def _without_heaps(text: str) -> str:
    # A heap too high covers one of these at least, so ordinary text is hardly looked at.
    sample = "" if text.isascii() else text[::_STEP]
    if not any(map(unicodedata.combining, sample)) and not _MARKS_IN_ONE.search(sample):
        return text
    kept: list[str] = []
    done = 0
    for at in range(0, len(text), _STEP):
        if at < done or not _is_mark(text[at]):
            continue
        start, end = _heap_around(text, at)
        if end - start > _MOST_MARKS:
            kept.append(text[done : start + _MOST_MARKS])
            done = end
    return "".join([*kept, text[done:]])


def _heap_around(text: str, at: int) -> tuple[int, int]:
    start, end = at, at + 1
    while start and _is_mark(text[start - 1]):
        start -= 1
    while end < len(text) and _is_mark(text[end]):
        end += 1
    return start, end


def _is_mark(character: str) -> bool:
    return bool(unicodedata.combining(character) or _MARKS_IN_ONE.match(character))


def unvocalised(text: str) -> str:
    """Return the text without Arabic vowel marks if it is written with them throughout."""
    marks = sum(map(text.count, _TASHKEEL)) if not text.isascii() else 0
    return text.translate(_NO_TASHKEEL) if marks > len(text) * _VOCALISED else text


def fold(text: str) -> str:
    """Fold text for comparing: NFKC, case, Arabic letters and marks, digits, bidi marks, spaces.

    Vietnamese tones are kept: without them different words would become one.
    """
    # What is invisible goes first: a mark behind it belongs to the letter before it.
    visible = normal_form("NFKC", text.translate(FOLD_TABLE))
    folded = normal_form("NFC", visible.translate(FOLD_TABLE).casefold())
    return _SPACES.sub(" ", bare_alefs(folded.translate(FOLD_TABLE))).strip()


def bare_alefs(text: str) -> str:
    """Drop each hamza and madda that alefs still carry: normalising composes only one of many."""
    if not any(mark in text for mark in _HAMZA_AND_MADDA):
        return text
    return _ALEF_AND_SIGNS.sub(lambda found: _without_hamza(found[0]), text)


def _without_hamza(signs: str) -> str:
    end = next((i for i in range(1, len(signs)) if not unicodedata.combining(signs[i])), len(signs))
    return "".join(c for c in signs[:end] if c not in _HAMZA_AND_MADDA) + signs[end:]


def fold_for_search(text: str) -> str:
    """Fold further, as a reader types in a search box: no tones, no accents, đ as d."""
    decomposed = normal_form("NFD", fold(text))
    bare = "".join(c for c in decomposed if not unicodedata.combining(c))
    return _SPACES.sub(" ", unicodedata.normalize("NFC", bare).replace("đ", "d")).strip()


def fit_to_show(text: object) -> str:
    """Return strangers' text fit for a terminal: no control characters, no bidi tricks."""
    return str(text).translate(_HIDDEN)


def is_formula(text: str) -> bool:
    """Tell whether a spreadsheet would run a cell of this text as a formula."""
    return text.lstrip(" ").startswith(_FORMULA_STARTS)


def stable_id(*parts: str) -> str:
    """Return 24 hexadecimal digits that depend on the parts alone."""
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:24]
