"""Markup to plain text, cheaply and in linear time, for summaries and for the sieve."""

from __future__ import annotations

import html
import re

from treatywatch.news.text import normalise

# Quoted attributes may hold `<` and `>`. The bounds keep an unclosed quote from costing the page.
_TAG = re.compile(
    r"""<[a-zA-Z/!?](?:[^<>"']++|"[^"]{0,3000}+"|'[^']{0,3000}+'){0,200}+>"""
    r"|<[a-zA-Z/!?][^<>]{0,5000}+>"
)
_HIDDEN = re.compile(r"<!--|<(script|style|svg)\b(?![^<>]{0,200}?ld\+json)[^<>]{0,2000}>", re.I)
_CLOSES = {"": re.compile(r"-->")} | {
    name: re.compile(rf"</{name}\s*>", re.I) for name in ("script", "style", "svg")
}
_BLOCK = re.compile(
    r"</?(?:p|div|br|li|ul|ol|h[1-6]|tr|td|table|blockquote|section|article)\b[^<>]{0,2000}+>", re.I
)
_SPACES = re.compile(r"[^\S\n]+")
_LINES = re.compile(r"\s*\n\s*")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]|[\ud800-\udfff]")

_REFERENCE = re.compile(r"&#(?:x([0-9a-f]{1,400})|(\d{1,400}));?", re.I)


def without_control(text: str) -> str:
    """Remove characters that neither XML nor a database text may hold."""
    return _CONTROL.sub("", text)


def without_bad_references(markup: str) -> str:
    """Remove character references to characters that do not exist; parsers fail on them."""
    return _REFERENCE.sub(lambda found: found[0] if _exists(found) else "", markup)


def _exists(reference: re.Match[str]) -> bool:
    hexadecimal, decimal = reference.groups()
    code = int(hexadecimal, 16) if hexadecimal else int(decimal)
    return code in (9, 10, 13) or 0x20 <= code < 0xD800 or 0xE000 <= code <= 0x10FFFF


def plain_text(markup: str, limit: int = 20_000) -> str:
    """Return the words of a piece of HTML, one paragraph a line, at most `limit` characters."""
    text = strip_tags(markup[: limit * 8])
    if "&lt;" in text or "&amp;" in text:  # entity-encoded twice, as some feeds are
        text = strip_tags(html.unescape(text))
    text = without_control(html.unescape(text))
    text = _LINES.sub("\n", _SPACES.sub(" ", normalise(text))).strip()
    return text[:limit]


def strip_tags(markup: str) -> str:
    """Remove tags, comments, scripts and styles; blocks become line breaks."""
    if "<" not in markup:
        return markup
    return _TAG.sub("", _BLOCK.sub("\n", _without_hidden(markup)))


def _without_hidden(text: str) -> str:
    """Cut comments, scripts, styles and drawings; what opens first is closed by its own end.

    One without its end is kept, and its kind is not looked for again, so time stays linear.
    """
    kept: list[str] = []
    unclosed: set[str] = set()
    at = looked = 0
    while start := _HIDDEN.search(text, looked):
        kind = (start[1] or "").lower()
        looked = start.end()
        is_empty = kind == "svg" and start[0].endswith("/>")
        if is_empty or kind in unclosed:
            continue
        end = _CLOSES[kind].search(text, looked)
        if end is None:
            unclosed.add(kind)
            continue
        kept += [text[at : start.start()], " " if kind else ""]
        at = looked = end.end()
    return "".join([*kept, text[at:]])
