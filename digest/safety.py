"""Strangers' text made safe to show: titles, names, quotes and addresses.

Cleaning comes first (`clean_line`, `safe_url`), then each format escapes in its own way.
"""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import quote, urlsplit, urlunsplit

from treatywatch.news.text import is_formula

TITLE_CHARS = 240
NAME_CHARS = 80
QUOTE_CHARS = 800
URL_CHARS = 2000
# No word of the three languages is nearly as long; addresses in running text may be.
WORD_CHARS = 80

# Overrides, embeddings and isolates reorder what stands around them. The plain marks
# (U+200E, U+200F, U+061C) and the joiners stay: honest Arabic text uses them.
_REORDERING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_INVISIBLE = frozenset("\u00ad\u200b\u2060\u2061\u2062\u2063\u2064\ufeff\ufff9\ufffa\ufffb")
_JOINERS = frozenset("\u200c\u200d\u200e\u200f\u061c")
# Arabic stacks up to three marks on a letter, Vietnamese in NFC none; more is vandalism.
_MARKS_IN_A_ROW = 3
_HOST = re.compile(r"[a-z0-9_](?:[a-z0-9._-]*[a-z0-9_])?\.?", re.ASCII)
_IPV6 = re.compile(r"[0-9a-f:.]+", re.ASCII)


def clean_line(text: str, limit: int) -> str:
    """Return text on one line without control, reordering or stacked characters, cut at a word.

    `limit` counts characters; a cut shows as an ellipsis.
    """
    kept = [" "]
    marks = 0
    for char in unicodedata.normalize("NFC", text[: limit * 4]):
        category = unicodedata.category(char)
        is_mark = category[0] == "M"
        if is_mark and (marks == _MARKS_IN_A_ROW or kept[-1] == " "):
            continue  # stacked too high, or with no letter to stand on
        shown = _shown(char, category)
        if shown:
            kept.append(shown)
            # What is not seen between two marks does not part them.
            marks = marks + is_mark if is_mark or char in _JOINERS else 0
    # A mark can reach a letter only now that what stood between them is gone.
    text = unicodedata.normalize("NFC", "".join(kept))
    line = " ".join(_whole(word) for word in text.split())
    return line if len(line) <= limit else _cut(line, limit)


def _whole(word: str) -> str:
    return word if len(word) <= WORD_CHARS else f"{word[: WORD_CHARS - 1]}…"


def _shown(char: str, category: str) -> str:
    if char in _JOINERS:
        return char
    if char in _REORDERING or char in _INVISIBLE or category in {"Cf", "Co"}:
        return ""
    if category == "Cs":
        return "\ufffd"
    # Noncharacters and unassigned code points draw as boxes at best.
    return " " if category in {"Cc", "Zl", "Zp", "Zs"} else "" if category == "Cn" else char


def _cut(line: str, limit: int) -> str:
    head = line[: limit - 1]
    space = head.rfind(" ")
    return (head[:space] if space > limit // 2 else head).rstrip(" ,;:،؛") + "…"


def safe_url(url: str) -> str:
    """Return an http(s) address in ASCII that is safe in any attribute, or "" when it is not one.

    Addresses with a user name are refused: what stands before the @ is there to deceive.
    """
    text = url.strip()
    if not text or len(text) > URL_CHARS or any(_unfit(char) for char in text):
        return ""
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return ""
    if parts.scheme not in {"http", "https"} or "@" in parts.netloc:
        return ""
    netloc = _ascii_host(host)
    if not netloc:
        return ""
    netloc += f":{port}" if port is not None else ""
    path, query, fragment = (_percent(part) for part in (parts.path, parts.query, parts.fragment))
    made = urlunsplit((parts.scheme, netloc, path, query, fragment))
    return made if len(made) <= 3 * URL_CHARS else ""


def host_of(url: str) -> str:
    """Return the host of a safe address, in ASCII, so that look-alike letters show."""
    return urlsplit(url).hostname or ""


def _unfit(char: str) -> bool:
    return char == "\\" or unicodedata.category(char)[0] in {"C", "Z"}


def _ascii_host(host: str) -> str:
    if ":" in host:
        return f"[{host}]" if _IPV6.fullmatch(host) else ""
    try:
        ascii_host = host.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return ""
    return ascii_host if _HOST.fullmatch(ascii_host) else ""


def _percent(part: str) -> str:
    return quote(part, safe="/%:@!$&*+,;=~-._?")


def csv_text(text: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{text}" if is_formula(text) else text
