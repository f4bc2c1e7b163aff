"""The digest's own words: messages, numbers and dates in English, Arabic and Vietnamese.

The catalogues are the `.po` files themselves, compiled in memory when first used, so that a
fresh checkout needs no compile step.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from gettext import GNUTranslations
from importlib.resources import files
from io import BytesIO
from typing import Literal
from zoneinfo import ZoneInfo

from babel.dates import format_date
from babel.lists import format_list
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent

from treatywatch.digest.options import DigestOptions, Language
from treatywatch.digest.vocabulary import (
    ERROR_NAMES,
    LABEL_NAMES,
    LANGUAGE_NAMES,
    SIDE_NAMES,
)
from treatywatch.news.digest import Digest
from treatywatch.news.weekly import IsoWeek

# Day before month, as the field writes it.
_LOCALES: dict[Language, str] = {"en": "en_GB", "ar": "ar", "vi": "vi"}
_ARABIC_INDIC = str.maketrans("0123456789%", "٠١٢٣٤٥٦٧٨٩٪")


@cache
def _catalogue(language: Language) -> GNUTranslations:
    path = files("treatywatch.digest") / "locales" / language / "LC_MESSAGES" / "digest.po"
    with path.open("rb") as po_file:
        catalogue = read_po(po_file, locale=language)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return GNUTranslations(compiled)


@dataclass(frozen=True, slots=True)
class Words:
    """One interface language with its way of writing numbers and dates."""

    language: Language
    arabic_digits: bool = False
    theme_names: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def direction(self) -> Literal["ltr", "rtl"]:
        """Return the direction of the page."""
        return "rtl" if self.language == "ar" else "ltr"

    def gettext(self, message: str, /, **values: object) -> str:
        """Translate a message and fill its `%(name)s` places."""
        translated = _catalogue(self.language).gettext(message) if message else ""
        return translated % values if values else translated

    def ngettext(self, singular: str, plural: str, n: int, /, **values: object) -> str:
        """Translate a message about n things; `%(n)s` is n as the language writes it."""
        translated = _catalogue(self.language).ngettext(singular, plural, n)
        return translated % {"n": self.number(n), **values}

    def number(self, value: float, decimals: int = 0) -> str:
        """Write a number."""
        pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
        text: str = format_decimal(
            value, pattern, locale=_LOCALES[self.language], numbering_system="latn"
        )
        return self.digits(text)

    def percent(self, share: float | None) -> str:
        """Write a share of one in whole per cent; a dash for None."""
        if share is None:
            return "–"
        text: str = format_percent(share, locale=_LOCALES[self.language], numbering_system="latn")
        return self.digits(text)

    def sureness(self, score: float) -> str:
        """Write how sure a model is: never wholly."""
        return self.percent(min(score, 0.99))

    def mean(self, value: float) -> str:
        """Write a mean of counts with one decimal, without it when it is whole."""
        return self.number(value, 0 if abs(value - round(value)) < 0.05 else 1)

    def signed(self, balance: float, decimals: int = 2) -> str:
        """Write a balance with its sign; the minus is the real one."""
        sign = "+" if balance > 0.005 else "−" if balance < -0.005 else ""
        written = f"{sign}{self.number(abs(balance), decimals)}"
        # Among right-to-left letters a sign would jump to the other end of its number.
        return f"\u2066{written}\u2069" if self.direction == "rtl" else written

    def digits(self, text: str) -> str:
        """Write the digits in the script the reader asked for."""
        if self.arabic_digits and self.language == "ar":
            return text.replace(",", "٬").replace(".", "٫").translate(_ARABIC_INDIC)
        return text

    def day(self, day: date) -> str:
        """Write a day in full."""
        return self._date(day, "long")

    def short_date(self, day: date) -> str:
        """Write a day without its year."""
        return self._date(day, "d MMM")

    def moment(self, at: datetime, zone: str) -> str:
        """Write an instant as day and time of the zone."""
        local = at.astimezone(ZoneInfo(zone))
        comma = "،" if self.language == "ar" else ","
        return f"{self.day(local.date())}{comma} {self.digits(local.strftime('%H:%M'))}"

    def _date(self, day: date, pattern: str) -> str:
        text: str = format_date(day, pattern, locale=_LOCALES[self.language])
        # Not `digits`: a date's commas and full stops separate words, not thousands.
        wanted = self.arabic_digits and self.language == "ar"
        return text.translate(_ARABIC_INDIC) if wanted else text

    def week_days(self, week: IsoWeek) -> str:
        """Write the days of a week, saying month and year once where they are the same."""
        first, last = week.monday, week.sunday
        if first.year != last.year:
            return f"{self.day(first)} – {self.day(last)}"
        if first.month != last.month:
            return f"{self._date(first, 'd MMMM')} – {self.day(last)}"
        return f"{self.digits(str(first.day))}–{self.day(last)}"

    def week(self, week: IsoWeek) -> str:
        """Name a week by its ISO number."""
        return self.gettext("Week %(week)s", week=self.digits(str(week.week)))

    def listing(self, items: Sequence[str]) -> str:
        """Join things as the language joins them."""
        text: str = format_list(list(items), locale=_LOCALES[self.language])
        return text

    def label(self, label: str) -> str:
        """Name a label."""
        return self.gettext(LABEL_NAMES[label])

    def side(self, side: str) -> str:
        """Name a side."""
        return self.gettext(SIDE_NAMES[side])

    def theme(self, theme: str) -> str:
        """Name a theme as the treaty file does; one that is not there keeps its id."""
        names = self.theme_names.get(theme, {})
        return names.get(self.language) or names.get("en") or theme.replace("_", " ")

    def tongue(self, language: str) -> str:
        """Name a language of the press."""
        known = LANGUAGE_NAMES.get(language)
        return self.gettext(known) if known else language

    def error(self, error_class: str) -> str:
        """Say a failure in plain words."""
        known = ERROR_NAMES.get(error_class)
        return self.gettext(known) if known else error_class


def words_for(digest: Digest, options: DigestOptions) -> Words:
    """Return the words in which a digest is written."""
    return Words(options.language, options.arabic_digits, digest.theme_names)
