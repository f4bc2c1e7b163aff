"""Cut an article into passages: the title, and one to three sentences of one paragraph."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from treatywatch.classifiers.furniture import is_furniture, is_link_heading
from treatywatch.classifiers.sentences import Span, sentences
from treatywatch.news.stance import Passage

MAX_PASSAGES = 600  # about 20,000 words; no news article is longer
MAX_SENTENCES = 3
# A shorter window loses the sentence that turns the one before it (a claim, then its rebuttal).
ENOUGH_WORDS = 25
MAX_WORDS = 90

_LINE_END = re.compile(r"[.!?؟。…:؛;\"”»)]\s*$")
_PARAGRAPH = re.compile(r"[^\n]+")
_WORD = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class _Sentence:
    start: int
    end: int
    words: int


def split(title: str, text: str) -> tuple[Passage, ...]:
    """Return the title (position 0, when there is one) and the body's passages in order.

    Offsets are code points that cut exactly `Passage.text` out of the title or the text.
    At most `MAX_PASSAGES` are returned. Furniture of the page is not `countable`.
    """
    passages: list[Passage] = []
    stripped = title.strip()
    if stripped:
        start = title.index(stripped)
        passages.append(Passage(0, "title", stripped, start, start + len(stripped)))
    for position, (first, last, count, countable) in enumerate(_windows(text), 1):
        if position > MAX_PASSAGES:
            break
        passages.append(Passage(position, "body", text[first:last], first, last, count, countable))
    return tuple(passages)


def _windows(text: str) -> Iterator[tuple[int, int, int, bool]]:
    in_links = False
    for paragraph in _PARAGRAPH.finditer(text):
        span = paragraph.span()
        words = _count_words(text, span)
        if words == 0:
            continue
        line = text[span[0] : min(span[1], span[0] + 2_000)]
        is_open = not _LINE_END.search(text, max(span[0], span[1] - 8), span[1])
        in_links = is_link_heading(line, words) or (in_links and is_open)
        countable = not (in_links or is_furniture(line, words))
        for window in _group(text, span):
            yield window[0].start, window[-1].end, len(window), countable


def _group(text: str, span: Span) -> list[list[_Sentence]]:
    """Join short sentences with their followers, and a short last one with its leader."""
    windows: list[list[_Sentence]] = []
    for begin, end in sentences(text, *span):
        sentence = _Sentence(begin, end, _count_words(text, (begin, end)))
        if windows and _belongs(windows[-1], sentence):
            windows[-1].append(sentence)
        else:
            windows.append([sentence])
    if len(windows) > 1 and _is_short(windows[-1]) and _fits(windows[-2], windows[-1]):
        windows[-2:] = [windows[-2] + windows[-1]]
    return windows


def _belongs(window: list[_Sentence], sentence: _Sentence) -> bool:
    return _is_short(window) and _fits(window, [sentence])


def _is_short(window: list[_Sentence]) -> bool:
    return sum(sentence.words for sentence in window) < ENOUGH_WORDS


def _fits(window: list[_Sentence], more: list[_Sentence]) -> bool:
    words = sum(sentence.words for sentence in [*window, *more])
    return len(window) + len(more) <= MAX_SENTENCES and words <= MAX_WORDS


def _count_words(text: str, span: Span) -> int:
    return sum(1 for _ in _WORD.finditer(text, *span))
