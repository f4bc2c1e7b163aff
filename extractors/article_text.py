"""The main text of a page, told from what else stands on it."""

from __future__ import annotations

import re
from collections import Counter
from itertools import islice, pairwise
from typing import Any

from treatywatch.extractors import kinds, lines
from treatywatch.extractors.heads import Head
from treatywatch.extractors.kinds import Headlines
from treatywatch.extractors.markup import without_control
from treatywatch.news.text import fold, normalise

MAX_TEXT_CHARS = 200_000
_MAX_LINKS = 3_000
_MAX_HEADLINE_CHARS = 400
_MIN_HEADLINE_SPACES = 3
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_MIN_SAPO_WORDS = 6
_SAPO_OVERLAP = 0.7
_WORD = re.compile(r"\w+")
# Measured: precision costs Vietnamese a tenth of its paragraphs.
_PRECISE_LANGUAGES = frozenset({"en"})
# Vietnamese papers set the lead apart, and extractors lose it.
_LEAD_LANGUAGES = frozenset({"vi"})


def page_text(markup: str, url: str, language: str) -> str:
    """Return the main text of any page, without asking whether it is an article."""
    tree = load_tree(markup, url)
    text = lines.without_boilerplate(main_text(tree, url, language))
    return lines.without_headlines(text, headline_links(tree).texts)


def load_tree(markup: str, url: str) -> Any:
    """Parse a page.

    Raises:
        ExtractionError: when there is nothing in it.
    """
    from trafilatura import load_html

    tree = load_html(markup)
    if tree is None:
        raise kinds.refusal(url, "empty")
    return tree


def headline_links(tree: Any) -> Headlines:
    """Return what a page links to with words that read like headlines."""
    texts: set[str] = set()
    headed = 0
    for link in islice(tree.iter("a"), _MAX_LINKS):
        text = fold(" ".join(link.itertext())[:_MAX_HEADLINE_CHARS])
        if text.count(" ") < _MIN_HEADLINE_SPACES:
            continue
        texts.add(text)
        around = (*islice(link.iterancestors(), 3), *link[:5])
        headed += any(element.tag in _HEADINGS for element in around)
    return Headlines(frozenset(texts), headed)


def main_text(tree: Any, url: str, language: str) -> str:
    """Return the text that trafilatura takes for the page's own; "" where it finds none."""
    from trafilatura import extract

    found = extract(
        tree,
        url=url,
        output_format="txt",
        include_comments=False,
        include_tables=True,
        include_formatting=False,
        with_metadata=False,
        favor_precision=language in _PRECISE_LANGUAGES,
    )
    if not found:
        return ""
    return lines.tidy(without_control(normalise(found)))[:MAX_TEXT_CHARS]


def with_lead(text: str, head: Head, language: str) -> str:
    """Put the page's description first where it is the lead and the body lacks it."""
    if language not in _LEAD_LANGUAGES:
        return text
    lead = lines.tidy(normalise(head.description)).replace("\n", " ")
    words = _WORD.findall(fold(lead))
    if len(words) < _MIN_SAPO_WORDS or not text or lead.endswith(("...", "…")):
        return text
    if _share(words, fold(text[:4000])) >= _SAPO_OVERLAP or _share(words, fold(head.title)) >= 0.9:
        return text
    return f"{lead}\n{text}"


def _share(words: list[str], folded: str) -> float:
    """Return the share of neighbouring word pairs that stand in a folded text."""
    known = _WORD.findall(folded)
    pairs = Counter(pairwise(known))
    asked = list(pairwise(words))
    return sum(pair in pairs for pair in asked) / len(asked)
