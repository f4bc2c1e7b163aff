"""What may be chosen about a digest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from treatywatch.config.settings import DigestSettings
from treatywatch.news.errors import UsageError

Format = Literal["html", "md", "json", "csv", "eml"]
Language = Literal["en", "ar", "vi"]

FORMATS: tuple[Format, ...] = get_args(Format)
DIGEST_LANGUAGES: tuple[Language, ...] = get_args(Language)


@dataclass(frozen=True, slots=True)
class DigestOptions:
    """How a digest is composed and in which words and formats it is written."""

    language: Language = "en"
    arabic_digits: bool = False
    title: str = ""
    formats: tuple[Format, ...] = ("html", "md")
    quotes_per_side: int = 3  # of each language, the one among the framings included
    mail_from: str = ""
    mail_to: tuple[str, ...] = ()


def digest_options(
    settings: DigestSettings, language: str | None = None, formats: tuple[str, ...] | None = None
) -> DigestOptions:
    """Return the options of the settings, with what the command line asks for instead.

    Raises:
        UsageError: when the language or a format is not one that can be written.
    """
    return DigestOptions(
        language=_language(language or settings.language),
        arabic_digits=settings.arabic_digits,
        title=settings.title,
        formats=_formats(formats or settings.formats),
        mail_from=settings.mail_from,
        mail_to=settings.mail_to,
    )


def _language(asked: str) -> Language:
    for language in DIGEST_LANGUAGES:
        if language == asked:
            return language
    raise UsageError(f"--language {asked}: not one of {', '.join(DIGEST_LANGUAGES)}.")


def _formats(asked: tuple[str, ...]) -> tuple[Format, ...]:
    unknown = sorted(set(asked) - set(FORMATS))
    if unknown:
        raise UsageError(f"--format {','.join(unknown)}: not one of {', '.join(FORMATS)}.")
    return tuple(known for known in FORMATS if known in asked)
