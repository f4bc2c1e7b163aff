"""Dates as the press writes them. Never invented: an unreadable or absurd date is None."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from email.utils import parsedate_to_datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from treatywatch.news.text import fold

EARLIEST = datetime(1995, 1, 1, tzinfo=UTC)
# Clocks and zones are set wrong by hours, seldom by more.
MAX_AHEAD = timedelta(hours=26)
_MAX_CHARS = 100
# Zone of an outlet that writes times without one.
_ZONES = {
    "VN": "Asia/Ho_Chi_Minh", "EG": "Africa/Cairo", "SA": "Asia/Riyadh", "AE": "Asia/Dubai",
    "QA": "Asia/Qatar", "KW": "Asia/Kuwait", "BH": "Asia/Bahrain", "OM": "Asia/Muscat",
    "JO": "Asia/Amman", "LB": "Asia/Beirut", "SY": "Asia/Damascus", "IQ": "Asia/Baghdad",
    "PS": "Asia/Hebron", "YE": "Asia/Aden", "LY": "Africa/Tripoli", "TN": "Africa/Tunis",
    "DZ": "Africa/Algiers", "MA": "Africa/Casablanca", "SD": "Africa/Khartoum",
    "TR": "Europe/Istanbul", "SG": "Asia/Singapore", "TH": "Asia/Bangkok", "IN": "Asia/Kolkata",
    "CN": "Asia/Shanghai", "JP": "Asia/Tokyo", "KR": "Asia/Seoul", "PH": "Asia/Manila",
    "MY": "Asia/Kuala_Lumpur", "ID": "Asia/Jakarta", "FR": "Europe/Paris", "DE": "Europe/Berlin",
    "GB": "Europe/London", "RU": "Europe/Moscow",
}  # fmt: skip
_MONTHS = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
    )
}
# The Gulf and Egypt, the Levant and Iraq, the Maghreb; folded.
_ARABIC_MONTHS = (
    ("يناير", "كانون الثاني", "جانفي"),
    ("فبراير", "شباط", "فيفري"),
    ("مارس", "اذار"),
    ("ابريل", "نيسان", "افريل"),
    ("مايو", "ايار", "ماي"),
    ("يونيو", "حزيران", "جوان"),
    ("يوليو", "تموز", "جويليه"),
    ("اغسطس", "اب", "اوت"),
    ("سبتمبر", "ايلول"),
    ("اكتوبر", "تشرين الاول"),
    ("نوفمبر", "تشرين الثاني"),
    ("ديسمبر", "كانون الاول"),
)
_ARABIC_NAMES = [name for names in _ARABIC_MONTHS for name in sorted(names, key=len)[::-1]]
_MONTHS.update({name: at for at, names in enumerate(_ARABIC_MONTHS, 1) for name in names})
_OFFSET = r"(?:\(?\s*(Z|UTC|(?:GMT|UTC)?[+-]\d{1,2}(?::?\d{2})?|GMT)\s*\)?)?"
_TIME = r"(?:(\d{1,2}):(\d{2})(?::(\d{2}))?\s*([ap]\.?m\.?|[صم]\b)?)?"
_DAY_FIRST = re.compile(r"thứ|chủ nhật|ngày|cập nhật|gmt|[ء-ي]")
_BETWEEN = r"[\s,،|-]*"
_ISO = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[t ]+(\d{1,2}):(\d{2})(?::(\d{2}))?(?:[.,]\d{1,9})?)?()"
    rf"\s*{_OFFSET}",
    re.I,
)
_SLASHED = re.compile(
    rf"[^\d/]{{0,30}}?{_TIME}{_BETWEEN}(\d{{1,2}})[/.-](\d{{1,2}})[/.-](\d{{4}}|\d{{2}})\b"
    rf"{_BETWEEN}{_TIME}\s*{_OFFSET}",
    re.I,
)
_WORDED = re.compile(
    rf"[^\d]{{0,30}}?(\d{{1,2}})(?:st|nd|rd|th)?[\s-]+({'|'.join(_ARABIC_NAMES)}|[a-z]{{3,9}})\.?"
    rf"[\s,-]+(\d{{4}}|\d{{2}})\b{_BETWEEN}{_TIME}\s*{_OFFSET}",
    re.I,
)
_MONTH_LED = re.compile(
    rf"[^\d]{{0,30}}?\b([a-z]{{3,9}})\.? (\d{{1,2}})(?:st|nd|rd|th)?,? (\d{{4}})\b"
    rf"{_BETWEEN}{_TIME}\s*{_OFFSET}",
    re.I,
)


def zone_of(country: str) -> tzinfo:
    """Return the zone in which a country's newsrooms write; UTC when there are several."""
    return ZoneInfo(_ZONES[country]) if country in _ZONES else UTC


def parse_date(raw: str, zone: tzinfo = UTC, near: datetime | None = None) -> datetime | None:
    """Read one date in English, Arabic or Vietnamese; `zone` holds where none is written.

    A date without a time is noon UTC, so that it stays the same day in every zone. Of two numbers
    that could both be the month, the one is that brings the date closer to `near`; without it the
    first, unless Vietnamese words or a zone there say else.
    """
    text = fold(raw[:_MAX_CHARS])
    for read in (_read_iso, _read_worded, _read_month_led, _read_rfc, _read_slashed):
        try:
            found = read(text, zone)
            if found is not None and read is _read_slashed and near is not None:
                found = _closer(found, near)
            if found is not None:
                return found.astimezone(UTC)
        except (ValueError, OverflowError, TypeError, IndexError):
            continue
    return None


def plausible(at: datetime | None, now: datetime) -> datetime | None:
    """Return the date, or None when it lies in the future or before the web carried news."""
    if at is None or at < EARLIEST or at > now + MAX_AHEAD:
        return None
    return min(at, now)


def _read_iso(text: str, zone: tzinfo) -> datetime | None:
    found = _ISO.fullmatch(text)
    if found is None:
        return None
    year, month, day, *time, offset = found.groups()
    return _built(_Day(year, month, day), time, _zone(offset, zone))


def _read_worded(text: str, zone: tzinfo) -> datetime | None:
    found = _WORDED.fullmatch(text)
    month = _month(found[2]) if found else None
    if found is None or month is None:
        return None
    day, _, year, *time, offset = found.groups()
    return _built(_Day(year, month, day), time, _zone(offset, zone))


def _read_month_led(text: str, zone: tzinfo) -> datetime | None:
    found = _MONTH_LED.fullmatch(text)
    month = _month(found[1]) if found else None
    if found is None or month is None:
        return None
    _, day, year, *time, offset = found.groups()
    return _built(_Day(year, month, day), time, _zone(offset, zone))


def _read_rfc(text: str, zone: tzinfo) -> datetime | None:
    at = parsedate_to_datetime(text)
    return at if at.tzinfo else at.replace(tzinfo=zone)


def _read_slashed(text: str, zone: tzinfo) -> datetime | None:
    found = _SLASHED.fullmatch(text)
    if found is None:
        return None
    groups = found.groups()
    first, second, year = groups[4:7]
    time = groups[7:11] if groups[7] is not None else groups[0:4]
    day_leads = int(first) > 12 or (bool(_DAY_FIRST.search(text)) and int(second) <= 12)
    day, month = (first, second) if day_leads else (second, first)
    return _built(_Day(year, month, day), list(time), _zone(groups[11], zone))


def _closer(found: datetime, near: datetime) -> datetime:
    """Return the date or the one with day and month exchanged."""
    if found.day > 12:
        return found
    other = found.replace(month=found.day, day=found.month)
    return min(found, other, key=lambda at: abs(at - near))


class _Day(NamedTuple):
    year: str
    month: str
    day: str


def _month(name: str) -> str | None:
    number = _MONTHS.get(name) or _MONTHS.get(name[:3])
    return str(number) if number else None


def _built(date: _Day, time: Sequence[str | None], zone: tzinfo) -> datetime:
    year = int(date.year if len(date.year) == 4 else f"20{date.year}")
    month, day = int(date.month), int(date.day)
    if time[0] is None:
        return datetime(year, month, day, 12, tzinfo=UTC)
    hour, minute, second = (int(part or 0) for part in time[:3])
    if half := time[3]:
        hour = hour % 12 + (12 if half[0] in "pم" else 0)
    return datetime(year, month, day, hour, minute, min(second, 59), tzinfo=zone)


def _zone(offset: str | None, zone: tzinfo) -> tzinfo:
    if not offset:
        return zone
    digits = offset.removeprefix("gmt").removeprefix("utc").replace(":", "")
    if not digits or digits[0] not in "+-":
        return UTC
    sign = -1 if digits[0] == "-" else 1
    hours, minutes = (digits[1:], "0") if len(digits) <= 3 else (digits[1:-2], digits[-2:])
    return timezone(sign * timedelta(hours=int(hours), minutes=int(minutes)))
