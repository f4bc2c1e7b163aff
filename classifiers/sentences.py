"""Sentence boundaries of Arabic, English and Vietnamese news, found in one linear pass."""

from __future__ import annotations

import re

Span = tuple[int, int]

MAX_SENTENCE_WORDS = 90
_PIECE_WORDS = 45

# A full stop after these does not end a sentence (folded to lower case, without the stop).
_ABBREVIATIONS = frozenset((
    "mr", "mrs", "ms", "dr", "prof", "sr", "jr", "st", "gen", "col", "lt", "sgt", "capt", "rep",
    "sen", "gov", "pres", "hon", "rev", "no", "nos", "art", "vol", "ed", "eds", "fig", "vs",
    "etc", "al", "inc", "ltd", "co", "corp", "jan", "feb", "mar", "apr", "jun", "jul", "aug",
    "sep", "sept", "oct", "nov", "dec", "approx", "dept", "est", "ts", "ths", "pgs", "gs",
    "pgs.ts", "gs.ts", "bs", "ks", "ls", "tp", "tx", "p", "q", "đ", "st", "tr", "nxb", "ô", "د",
    "أ", "م", "ص", "ج", "هـ", "ق",
))  # fmt: skip
# Possessive, and only from the first stop on: a long row of them is read once.
_STOP = re.compile(r"(?<![.!?؟。…])[.!?؟。…]++[\"'”’»)\]›]*+(?=\s|$)")
_LAST_WORD = re.compile(r"[^\s(\[\"'“«]+$")
_CLAUSE_END = re.compile(r"[,،;؛:–—][\"'”’»)]*$")
_WORD = re.compile(r"\S+")


def sentences(text: str, start: int = 0, end: int | None = None) -> list[Span]:
    """Return the sentences of one paragraph as code-point spans, without outer white space.

    A sentence of more than `MAX_SENTENCE_WORDS` words is cut at clauses, or else between words.
    """
    stop = len(text) if end is None else end
    spans: list[Span] = []
    begin = start
    for match in _STOP.finditer(text, start, stop):
        if _ends_sentence(text, begin, match, stop):
            spans += _pieces(text, begin, match.end())
            begin = match.end()
    return spans + _pieces(text, begin, stop)


def _ends_sentence(text: str, begin: int, match: re.Match[str], stop: int) -> bool:
    following = text[match.end() : min(match.end() + 8, stop)].lstrip().lstrip("\"'“‘«([")
    if following[:1].islower():
        return False
    if text[match.start()] != "." or match.group().startswith(".."):
        return True
    last = _LAST_WORD.search(text, max(begin, match.start() - 12), match.start())
    word = last.group().lower() if last else ""
    is_initial = len(word) == 1 and word.isalpha() and text[match.start() - 1].isupper()
    is_list_number = word.isdecimal() and match.start() - begin - len(word) <= 1
    is_acronym = "." in word and all(len(part) == 1 for part in word.split("."))
    return not (word in _ABBREVIATIONS or is_initial or is_list_number or is_acronym)


def _pieces(text: str, start: int, end: int) -> list[Span]:
    words = [match.span() for match in _WORD.finditer(text, start, end)]
    if not words:
        return []
    if len(words) <= MAX_SENTENCE_WORDS:
        return [(words[0][0], words[-1][1])]
    spans = []
    first = 0
    while len(words) - first > MAX_SENTENCE_WORDS:
        last = _cut(text, words, first)
        spans.append((words[first][0], words[last - 1][1]))
        first = last
    return [*spans, (words[first][0], words[-1][1])]


def _cut(text: str, words: list[Span], first: int) -> int:
    for last in range(first + _PIECE_WORDS, first + _PIECE_WORDS // 2, -1):
        begin, end = words[last - 1]
        if _CLAUSE_END.search(text, max(begin, end - 4), end):
            return last
    return first + _PIECE_WORDS
