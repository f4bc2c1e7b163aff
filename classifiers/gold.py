"""Read labelled passages from a file of anyone's making: JSON lines, or label, tab, text."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from treatywatch.news.errors import UsageError
from treatywatch.news.records import LANGUAGES
from treatywatch.news.text import normalise

MAX_BYTES = 100_000_000
# What people write for the five classes.
_LABELS = {
    "off_topic": (False, False, False),
    "neutral": (True, False, False),
    "hopes": (True, True, False),
    "hope": (True, True, False),
    "concerns": (True, False, True),
    "concern": (True, False, True),
    "mixed": (True, True, True),
}


@dataclass(frozen=True, slots=True)
class GoldPassage:
    """A passage with the answers that people gave."""

    id: str
    language: str
    title: str
    text: str
    treaty: bool
    hope: bool
    concern: bool
    themes: tuple[str, ...] = ()


def read_gold(path: Path, detect_language: Callable[[str], str]) -> list[GoldPassage]:
    """Read passages; `detect_language` is asked where a line names no language.

    JSON lines have `text` and either `label` or `treaty`, `hope`, `concern`; `title`, `language`,
    `themes`, `id` are optional. Anything else is read as `label<TAB>text`.

    Raises:
        UsageError: naming file, line and what is wrong with it.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise UsageError(f"{path}: larger than {MAX_BYTES} bytes; split it.")
        lines = path.read_text("utf-8").splitlines()
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror}); name a file.") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: not UTF-8; convert it.") from error
    passages = []
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                passages.append(_passage(line, number, detect_language))
            except ValueError as error:
                raise UsageError(f"{path}:{number}: {error}.") from error
    if not passages:
        raise UsageError(f"{path}: holds no labelled passage.")
    return passages


def _passage(line: str, number: int, detect_language: Callable[[str], str]) -> GoldPassage:
    if line.lstrip().startswith("{"):
        row = json.loads(line)
    else:
        label, tab, text = line.partition("\t")
        if not tab:
            raise ValueError("neither a JSON object nor `label<TAB>text`")
        row = {"label": label.strip(), "text": text}
    text, title = _string(row, "text"), _string(row, "title")
    if not text.strip():
        raise ValueError("`text` is missing or empty")
    treaty, hope, concern = _answers(row)
    language = row.get("language") or detect_language(text)
    if language not in LANGUAGES:
        raise ValueError(_no_language(row.get("language")))
    return GoldPassage(
        id=str(row.get("id", number)),
        language=language,
        title=normalise(title),
        text=normalise(text),
        treaty=treaty,
        hope=hope,
        concern=concern,
        themes=tuple(row.get("themes") or ()),
    )


def _no_language(named: Any) -> str:
    known = ", ".join(LANGUAGES)
    if named:
        return f"language {named!r} is not one of {known}"
    return (
        f"the text does not tell which of {known} it is in; name it, as in "
        '{"label": "hopes", "language": "en", "text": "..."}'
    )


def _string(row: dict[str, Any], key: str) -> str:
    value = row.get(key) or ""
    if not isinstance(value, str):
        raise ValueError(f"`{key}` is not a string")
    return value


def _answers(row: dict[str, Any]) -> tuple[bool, bool, bool]:
    if "label" in row:
        label = str(row["label"]).lower().replace(" ", "_").replace("-", "_")
        if label not in _LABELS:
            raise ValueError(f"label {row['label']!r} is not one of {', '.join(_LABELS)}")
        return _LABELS[label]
    answers = tuple(row.get(key) for key in ("treaty", "hope", "concern"))
    if not all(isinstance(answer, bool) for answer in answers):
        raise ValueError("needs `label`, or true or false for `treaty`, `hope` and `concern`")
    treaty, hope, concern = (bool(answer) for answer in answers)
    if (hope or concern) and not treaty:
        raise ValueError("`hope` and `concern` need `treaty`")
    return treaty, hope, concern
