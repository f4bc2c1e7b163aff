"""What counts as the treaty: its names, look-alikes, themes and hypotheses, read from YAML."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from treatywatch.config.nesting import too_deep_at
from treatywatch.news.errors import UsageError
from treatywatch.news.records import LANGUAGES

BUILT_IN = Path(__file__).with_name("treaty.yaml")
_MAX_BYTES = 1_000_000
# Quotation marks often stand inside a name: «معاهدة "هانوي"».
_SPACE = r'(?:[ "“”«»]{1,4})'
# Attached Arabic particles: and, so, by, as, for, the.
_ARABIC_PREFIX = "(?:[وف]?(?:[بكل]?ال|لل|[بكل])?)"

Strength = Literal["S", "C", "N"]
Side = Literal["hope", "concern"]


@dataclass(frozen=True, slots=True)
class TreatyName:
    """One name of the treaty; `pattern` is a regular expression over whole folded words."""

    name: str
    language: str
    strength: Strength
    pattern: str
    needs: Literal["", "cyber", "cybercrime"] = ""


@dataclass(frozen=True, slots=True)
class LookAlike:
    """Something that is not the treaty although its name resembles one."""

    name: str
    pattern: str
    title_outweighs: bool = False  # in a title it outweighs every C name


@dataclass(frozen=True, slots=True)
class Theme:
    """A reason for hope or concern; `labels` maps a language to what people call it."""

    id: str
    side: Side
    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Treaty:
    """Everything the classifiers know of the treaty by rule."""

    names: tuple[TreatyName, ...]
    look_alikes: tuple[LookAlike, ...]
    context: Mapping[str, str]  # un, anchor, cyber, cybercrime: patterns over folded text
    signals: tuple[str, ...]  # folded fragments; one stands in every text that holds a name
    themes: tuple[Theme, ...]
    hypotheses: Mapping[str, Mapping[str, str]]  # treaty, hope, concern -> language -> sentence

    def themes_of(self, side: Side) -> tuple[Theme, ...]:
        """Return the themes of one side in their standing order."""
        return tuple(theme for theme in self.themes if theme.side == side)


def whole_words(patterns: Iterable[str]) -> str:
    """Join patterns into one that fits whole words only, or nothing when there are none.

    The boundary stands once in front: most positions of a text then fail at the first look.
    """
    return rf"(?<!\w)(?:{'|'.join(patterns) or '(?!)'})(?!\w)"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _NameRow(_Strict):
    name: Annotated[str, Field(min_length=1)]
    strength: Strength
    pattern: Annotated[str, Field(min_length=1)]
    needs: Literal["", "cyber", "cybercrime"] = ""


class _LookAlikeRow(_Strict):
    name: Annotated[str, Field(min_length=1)]
    pattern: Annotated[str, Field(min_length=1)]
    title_outweighs: bool = False


class _Labels(_Strict):
    en: str
    ar: str
    vi: str


class _Context(_Strict):
    un: str
    anchor: str
    cyber: str
    cybercrime: str


class _Themes(_Strict):
    hope: dict[str, _Labels]
    concern: dict[str, _Labels]


class _Hypotheses(_Strict):
    treaty: _Labels
    hope: _Labels
    concern: _Labels


class _File(_Strict):
    vocabulary: dict[str, str] = {}
    names: dict[Literal["ar", "en", "vi"], list[_NameRow]]
    context: _Context
    look_alikes: list[_LookAlikeRow]
    signals: Annotated[list[Annotated[str, Field(min_length=3)]], Field(min_length=1)]
    themes: _Themes
    hypotheses: _Hypotheses


def load_treaty(path: Path | None = None) -> Treaty:
    """Read the treaty file; `None` reads the built-in one.

    Raises:
        UsageError: in one sentence with file, key, what is wrong and what is allowed.
    """
    source = path or BUILT_IN
    try:
        file = _File.model_validate(_read_yaml(source))
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"]) or "the file"
        raise UsageError(f"{source}: {key}: {first['msg']}; mend that entry.") from error
    expand = _Expander(file.vocabulary, source)
    return Treaty(
        names=tuple(
            TreatyName(row.name, language, row.strength, expand(row.pattern, language), row.needs)
            for language in LANGUAGES
            for row in file.names.get(language, [])  # type: ignore[call-overload]
        ),
        look_alikes=tuple(
            LookAlike(row.name, expand(row.pattern, "ar"), row.title_outweighs)
            for row in file.look_alikes
        ),
        context=MappingProxyType(
            {key: expand(value, "ar") for key, value in file.context.model_dump().items()}
        ),
        signals=tuple(file.signals),
        themes=(*_themes(file.themes.hope, "hope"), *_themes(file.themes.concern, "concern")),
        hypotheses=MappingProxyType(
            {key: MappingProxyType(value) for key, value in file.hypotheses.model_dump().items()}
        ),
    )


def _themes(rows: Mapping[str, _Labels], side: Side) -> list[Theme]:
    return [
        Theme(theme_id, side, MappingProxyType(labels.model_dump()))
        for theme_id, labels in rows.items()
    ]


def _read_yaml(path: Path) -> Any:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        if path.stat().st_size > _MAX_BYTES:
            raise UsageError(f"{path}: larger than {_MAX_BYTES} bytes; that is no treaty file.")
        text = path.read_text("utf-8")
        if place := too_deep_at(text):
            raise UsageError(f"{path}: nested too deep{place}; mend that line.")
        return YAML(typ="safe").load(text)
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror}); name a file.") from error
    except (YAMLError, ValueError) as error:
        reason = " ".join(str(error).split())[:200]
        raise UsageError(f"{path}: not valid YAML ({reason}); mend that line.") from error


class _Expander:
    """Turn a pattern of the file into a bounded, checked regular expression."""

    def __init__(self, vocabulary: Mapping[str, str], source: Path) -> None:
        self._vocabulary = vocabulary
        self._source = source

    def __call__(self, pattern: str, language: str) -> str:
        prefix = _ARABIC_PREFIX if language == "ar" else ""
        body = self._words(pattern).replace(" ", _SPACE)
        # A space stays a space inside a character class such as [ -].
        body = re.sub(r"\[" + re.escape(_SPACE), "[ ", body)
        full = f"{prefix}(?:{body})"
        try:
            groups = re.compile(full).groups
        except re.error as error:
            raise UsageError(
                f"{self._source}: the pattern {pattern!r} is not a regular expression ({error})."
            ) from error
        if groups:
            raise UsageError(
                f"{self._source}: the pattern {pattern!r} captures a group; write (?:...) instead."
            )
        return full

    def _words(self, pattern: str) -> str:
        def replace(match: re.Match[str]) -> str:
            word = match.group(1)
            if word not in self._vocabulary:
                raise UsageError(
                    f"{self._source}: the pattern {pattern!r} uses {{{word}}}, "
                    f"which is not in `vocabulary`."
                )
            return self._vocabulary[word]

        return re.sub(r"\{([a-z_]+)\}", replace, pattern)
