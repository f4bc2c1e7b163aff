"""Which language a text is in: seeded detection, with what is already known as the prior."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from treatywatch.news.records import LanguageSource
from treatywatch.news.text import fold

# Below this a detector answers 'Messi' with German; the prior knows better.
MIN_LETTERS = 24
_SAMPLE_CHARS = 3_000
_SEED = 20251025
# A detector must be this sure before it outweighs the outlet's own language.
_SURE = 0.90
_UNKNOWN = "und"
_LETTER = re.compile(r"[^\W\d_]")
_ARABIC = re.compile(r"[\u0620-\u064a]")
_NOT_ARABIC = re.compile(
    r"[\u067e\u0686\u0698\u06af\u06a9\u06cc\u0679\u0688\u0691\u06ba\u06d2\u06d5]"
)
_VIETNAMESE = re.compile(r"[ăâđêôơưạảấầẩẫậắằẳẵặẹẻẽềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ]")
_LATIN = re.compile(r"[a-z]")


def detect_language(text: str, title: str, prior: str) -> tuple[str, LanguageSource]:
    """Return the language and what it was read from: the text, else the feed's own language.

    Text goes before the title; both too short to tell gives the prior. `prior` may be "".
    """
    sample = fold(text[:_SAMPLE_CHARS])
    if len(_LETTER.findall(sample)) < MIN_LETTERS:
        sample = f"{sample} {fold(title[:_SAMPLE_CHARS])}".strip()
    if len(_LETTER.findall(sample)) < MIN_LETTERS:
        return (prior or _UNKNOWN), "feed"
    found, share = _detected(sample)
    if found is None or (share < _SURE and prior and _fits(sample, prior)):
        return (prior or found or _UNKNOWN), "feed"
    return found, "text"


def quick_language(sample: str, prior: str) -> tuple[str, LanguageSource]:
    """Return the language of a page that is not read in full, at a hundredth of the cost.

    The letters decide when they fit the prior; when they do not, the detector does.
    """
    folded = fold(sample[:_SAMPLE_CHARS])
    if _fits(folded, prior):
        return prior, "feed"
    return detect_language(sample, "", prior)


def _fits(folded: str, language: str) -> bool:
    """Tell whether the letters of a text are those of the language, as far as letters tell."""
    letters = max(1, len(_LETTER.findall(folded)))
    if language == "ar":
        strange = len(_NOT_ARABIC.findall(folded))
        return len(_ARABIC.findall(folded)) > 0.5 * letters and strange < 0.02 * letters
    marks = len(_VIETNAMESE.findall(folded))
    if language == "vi":
        return marks > 0.1 * letters
    latin = len(_LATIN.findall(folded))
    return language == "en" and latin > 0.97 * letters and marks < 0.02 * letters


def _detected(sample: str) -> tuple[str | None, float]:
    from langdetect.lang_detect_exception import LangDetectException

    detector = _factory().create()
    detector.append(sample)
    try:
        best = detector.get_probabilities()
    except LangDetectException:
        return None, 0.0
    return (best[0].lang[:2], best[0].prob) if best else (None, 0.0)


@cache
def _factory() -> Any:
    from langdetect import detector_factory

    detector_factory.DetectorFactory.seed = _SEED
    detector_factory.init_factory()
    return detector_factory._factory
