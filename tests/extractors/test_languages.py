"""Languages: the same answer every time, and no guess where there is nothing to tell."""

from __future__ import annotations

import unicodedata

import pytest

from treatywatch.extractors.languages import detect_language, quick_language

EN = "The council voted on Thursday to repair the old bridge before the winter storms arrive."
AR = "صوت المجلس يوم الخميس على إصلاح الجسر القديم قبل وصول عواصف الشتاء إلى المدينة الساحلية."
VI = "Hội đồng thành phố đã bỏ phiếu hôm thứ năm về việc sửa cây cầu cũ trước mùa mưa bão."
FR = "Le conseil a voté jeudi la réparation du vieux pont avant l'arrivée des tempêtes d'hiver."
FA = "شورای شهر روز پنجشنبه به تعمیر پل قدیمی پیش از رسیدن توفان‌های زمستانی رأی داد و گفت که می‌کند."


@pytest.mark.parametrize(("text", "language"), [(EN, "en"), (AR, "ar"), (VI, "vi"), (FR, "fr")])
@pytest.mark.parametrize("prior", ["en", "ar", "vi", ""])
def test_a_text_tells_its_language_whatever_the_feed_says(
    text: str, language: str, prior: str
) -> None:
    assert detect_language(text * 3, "", prior) == (language, "text")


def test_persian_is_not_arabic() -> None:
    assert detect_language(FA, "", "ar")[0] == "fa"
    assert quick_language(FA, "ar")[0] == "fa"


def test_decomposed_vietnamese_stays_vietnamese() -> None:
    assert detect_language(unicodedata.normalize("NFD", VI), "", "en") == ("vi", "text")


@pytest.mark.parametrize("text", ["", "Messi", "Covid", "BREAKING", "2025", "!!!", "https://x"])
def test_too_little_text_gives_the_feeds_language(text: str) -> None:
    assert detect_language("", text, "vi") == ("vi", "feed")
    assert detect_language(text, "", "") == ("und", "feed")


def test_the_title_speaks_where_the_text_is_short() -> None:
    assert detect_language("Ảnh.", VI, "en") == ("vi", "text")


def test_answers_do_not_change() -> None:
    samples = [EN[:40], AR[:40], VI[:40], FR[:40], "Council votes on bridge repair plan today"]
    first = [detect_language(sample, "", "") for sample in samples]
    assert all([detect_language(s, "", "") for s in samples] == first for _ in range(5))


@pytest.mark.parametrize(("text", "prior"), [(EN, "en"), (AR, "ar"), (VI, "vi")])
def test_letters_confirm_the_prior_without_the_detector(text: str, prior: str) -> None:
    assert quick_language(text, prior) == (prior, "feed")


@pytest.mark.parametrize(("text", "prior", "language"), [(FR, "ar", "fr"), (EN, "vi", "en")])
def test_letters_that_do_not_fit_call_the_detector(text: str, prior: str, language: str) -> None:
    assert quick_language(text, prior) == (language, "text")
