"""The words of a search: how a query is read, and where a text says it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from treatywatch.news.errors import UsageError
from treatywatch.news.text import fold_for_search

MAX_TERMS = 32
_QUOTES = str.maketrans({"“": '"', "”": '"', "«": '"', "»": '"', "„": '"'})
_PART = re.compile(r'"([^"]*)"|([^\s"]+)')
# A word as it stands in a text, its marks included; folding drops the marks.
_WORD = re.compile(r"(?:\w|[\u0300-\u036f\u0610-\u061a\u064b-\u065f\u0670\u0640])+")
_FOLDED_WORD = re.compile(r"[^\W_]+")
_SNIPPET_WORDS = 32


@dataclass(frozen=True, slots=True)
class Words:
    """A query: every term must occur, every phrase word by word. All folded."""

    terms: tuple[str, ...]
    phrases: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Token:
    """A folded word with its place in the text it came from."""

    word: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Snippet:
    """A stretch of a text and the places of the hits in it. Offsets are code points."""

    text: str
    start: int  # of the stretch, in the whole text
    marks: tuple[tuple[int, int], ...] = ()


def parse_words(text: str) -> Words:
    """Read a query: words that must all occur, and phrases in quotation marks.

    Raises:
        UsageError: there is no word in it, or too many.
    """
    phrases: list[tuple[str, ...]] = []
    terms: dict[str, None] = {}
    for match in _PART.finditer(text.translate(_QUOTES)):
        words = tuple(folded_words(match[1] if match[1] is not None else match[2]))
        if len(words) > 1:
            phrases.append(words)
        terms.update(dict.fromkeys(words))
    if not terms:
        raise UsageError(f"'{text}': no word to search for; give letters or digits.")
    if len(terms) > MAX_TERMS:
        raise UsageError(f"more than {MAX_TERMS} words to search for; leave some out.")
    return Words(tuple(terms), tuple(phrases))


def folded_words(text: str) -> list[str]:
    """Return the words of a text as the index knows them."""
    return _FOLDED_WORD.findall(fold_for_search(text))


def tokens(text: str) -> Iterator[Token]:
    """Yield the folded words of a text with their places in it."""
    for match in _WORD.finditer(text):
        for word in folded_words(match[0]):
            yield Token(word, match.start(), match.end())


def snippet(text: str, words: Words) -> Snippet:
    """Return the stretch of a text with most different terms, phrases first, hits marked."""
    found = list(tokens(text))
    hits = [at for at, token in enumerate(found) if token.word in words.terms]
    if not hits:
        return Snippet(text[:240], 0)
    centre = max(hits, key=lambda at: (_worth(found, at, words), -at))
    first = max(0, centre - _SNIPPET_WORDS // 4)
    last = min(len(found) - 1, first + _SNIPPET_WORDS)
    start, end = found[first].start, found[last].end
    marks = {(found[at].start - start, found[at].end - start) for at in hits if first <= at <= last}
    return Snippet(text[start:end], start, tuple(sorted(marks)))


def _worth(found: Sequence[Token], at: int, words: Words) -> tuple[int, int]:
    window = [token.word for token in found[at : at + _SNIPPET_WORDS]]
    phrases = sum(tuple(window[: len(phrase)]) == phrase for phrase in words.phrases)
    return phrases, len(set(window) & set(words.terms))
