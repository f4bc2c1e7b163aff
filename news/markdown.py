"""Strangers' text that Markdown shows as it is."""

from __future__ import annotations

import re

_SIGNS = re.compile(r"([\\`*_\[\]|~^$])")
# What begins a heading, a list, a rule or a quote; and what GitHub makes a link by itself.
_START = re.compile(r"^(\d*)([#+\-=.)])")
_LINK = re.compile(r"(:)(?=//)|(?<=www)(\.)", re.IGNORECASE)


def markdown_words(text: str) -> str:
    """Escape text that stands within a line, such as a cell of a table."""
    escaped = _SIGNS.sub(r"\\\1", text)
    escaped = _LINK.sub(lambda found: f"\\{found[0]}", escaped)
    return escaped.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def markdown_text(text: str) -> str:
    """Escape a line, so that it begins nothing either."""
    return _START.sub(r"\1\\\2", markdown_words(text))
