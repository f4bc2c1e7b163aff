"""Render the digest as JSON, by the schema in `docs/digest.schema.json`."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from typing import Any

from treatywatch.digest.options import DigestOptions
from treatywatch.digest.render_html import page_title, summary_of
from treatywatch.digest.words import words_for
from treatywatch.news.digest import Digest
from treatywatch.news.weekly import IsoWeek

SCHEMA_VERSION = 1


def render_json(digest: Digest, options: DigestOptions) -> str:
    """Return the digest as a JSON object: its words in the language asked for, then its data."""
    words = words_for(digest, options)
    document = {
        "schema_version": SCHEMA_VERSION,
        "language": options.language,
        "title": page_title(options, words),
        "summary": summary_of(digest, words),
        **_plain(digest),
    }
    return json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def _plain(value: Any) -> Any:
    if isinstance(value, IsoWeek):
        return str(value)
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, float):
        return round(value, 6)
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    if isinstance(value, Enum):
        return value.value
    if hasattr(value, "items"):
        return {str(key): _plain(item) for key, item in sorted(value.items())}
    return value
