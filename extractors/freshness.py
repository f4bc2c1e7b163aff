"""What response headers say of how long an answer stays good, and how to ask again."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

_MAX_AGE = re.compile(r"(?:^|[,\s])max-age\s*=\s*\"?(\d{1,10})", re.I)
_MAX_VALIDATOR_CHARS = 1000


@dataclass(frozen=True, slots=True)
class Freshness:
    """The caching side of an answer."""

    etag: str | None
    last_modified: str | None
    fresh_for: float | None  # seconds
    validators_hold: bool


def read(headers: httpx.Headers, now: datetime) -> Freshness:
    """Read the caching headers; validators are kept as sent, never rewritten."""
    expires = headers.get("expires", "").strip()
    control = headers.get("cache-control", "")
    expires_at_once = expires in ("0", "-1") or "no-store" in control.lower()
    return Freshness(
        etag=_kept(headers.get("etag")),
        last_modified=_kept(headers.get("last-modified")),
        fresh_for=None if expires_at_once else _fresh_for(expires, control, headers, now),
        validators_hold=not expires_at_once,
    )


def _kept(value: str | None) -> str | None:
    return value if value and len(value) <= _MAX_VALIDATOR_CHARS and value.isascii() else None


def _fresh_for(expires: str, control: str, headers: httpx.Headers, now: datetime) -> float | None:
    if found := _MAX_AGE.search(control):
        age = headers.get("age", "")
        is_number = age.isascii() and age.isdigit()  # "²" is a digit too, and no number
        return max(0.0, float(found[1]) - (float(age) if is_number else 0.0))
    if "no-cache" in control.lower() or not expires:
        return None
    try:
        at = parsedate_to_datetime(expires)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max(0.0, (at - now).total_seconds())
