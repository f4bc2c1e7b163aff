"""Every message is in every catalogue, with its places and plural forms."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from treatywatch.digest.words import Words
from treatywatch.news.weekly import IsoWeek

ROOM = Path(__file__).parents[2] / "digest"
KEYWORDS = {"gettext": None, "_": None, "N_": None, "ngettext": (1, 2)}
PLACE = re.compile(r"%\((\w+)\)s")


@cache
def messages() -> frozenset[str | tuple[str, ...]]:
    found = extract_from_dir(
        ROOM, method_map=[("**.py", "python"), ("**.j2", "jinja2")], keywords=KEYWORDS
    )
    return frozenset(message for _, _, message, _, _ in found)


@cache
def catalogue(language: str) -> Catalog:
    with (ROOM / "locales" / language / "LC_MESSAGES" / "digest.po").open("rb") as file:
        return read_po(file, locale=language)


@pytest.mark.parametrize(("language", "forms"), [("en", 2), ("ar", 6), ("vi", 1)])
def test_every_message_is_translated(language: str, forms: int) -> None:
    known = {message.id: message for message in catalogue(language) if message.id}
    assert set(known) == messages()
    for message_id, message in known.items():
        assert not message.fuzzy
        if isinstance(message_id, tuple):
            assert len(message.string) == forms
            assert all(message.string)
        else:
            assert message.string


@pytest.mark.parametrize("language", ["en", "ar", "vi"])
def test_translations_fill_the_same_places(language: str) -> None:
    for message in catalogue(language):
        if not message.id:
            continue
        plural = isinstance(message.id, tuple)
        wanted = set(PLACE.findall(message.id[1] if plural else message.id))
        for string in message.string if plural else [message.string]:
            # One and two are words of their own in Arabic.
            assert wanted - {"n"} <= set(PLACE.findall(string)) <= wanted, string
            assert not re.search(r"%(?![(%])", string.replace("%%", "")), string


def test_arabic_counts_in_six_ways() -> None:
    words = Words("ar")
    said = [words.ngettext("%(n)s article", "%(n)s articles", n) for n in (1, 2, 5, 11, 100, 103)]
    assert said == ["مقال واحد", "مقالان", "5 مقالات", "11 مقالًا", "100 مقال", "103 مقالات"]


def test_numbers_dates_and_weeks_are_written_as_in_the_language() -> None:
    week, newyear = IsoWeek(2026, 47), IsoWeek(2026, 53)
    assert Words("en").week_days(week) == "16–22 November 2026"
    assert Words("vi").week_days(week) == "16–22 tháng 11, 2026"
    assert Words("ar", arabic_digits=True).week_days(week) == "١٦–٢٢ نوفمبر ٢٠٢٦"
    assert Words("en").week_days(newyear) == "28 December 2026 – 3 January 2027"
    assert Words("en").week_days(IsoWeek(2026, 14)) == "30 March – 5 April 2026"
    assert Words("vi").number(1234.5, 1) == "1.234,5"
    assert Words("ar", arabic_digits=True).number(1234.5, 1) == "١٬٢٣٤٫٥"
    assert Words("en").percent(0.426) == "43%"
    assert Words("en").signed(-0.4) == "−0.40"
    assert Words("en").signed(0.001) == "0.00"
