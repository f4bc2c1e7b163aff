import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from treatywatch.news.text import (
    fold,
    fold_for_search,
    is_formula,
    normalise,
    stable_id,
    unvocalised,
)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("إتفاقيّة الأمم المتّحدة", "اتفاقيه الامم المتحده"),
        ("هانوى", "هانوي"),
        ("الاتفاقيـــة", "الاتفاقية"),
        ("٧٢ دولة", "72 دولة"),
        ("U.N. CONVENTION", "u.n. convention"),
        (unicodedata.normalize("NFD", "Công ước Hà Nội"), "công ước hà nội"),
        ("Công\u00a0ước\n Hà  Nội", "công ước hà nội"),
        ("cyber\u2011crime", "cyber-crime"),
        ("Ha\u200bnoi", "hanoi"),
    ],
)
def test_fold_makes_spellings_equal(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("أإآٱ", "اااا"),
        ("۰۱۲۳۴۵۶۷۸۹", "0123456789"),
        ("٠١٢٣٤٥٦٧٨٩", "0123456789"),
        ("‐‑‒–—−", "------"),
        ("‘’ʼ`´", "'''''"),
        ("مَدًّا", "مدا"),
        ("هٰذا", "هذا"),
        ("\u2066ا\u2069\u200f\u061c\ufeff", "ا"),
        ("Straße ﬁ", "strasse fi"),
        ("  a \t b\n", "a b"),
    ],
)
def test_fold_knows_each_spelling(written: str, meant: str) -> None:
    assert fold(written) == meant


def test_only_alefs_lose_their_hamza() -> None:
    assert fold("ا\u0651\u0654\u0655\u0653ب") == "اب"
    assert fold("ا-\u0654") == "ا-\u0654"
    assert fold("و\u0654") == "ؤ"


def test_fold_keeps_vietnamese_tones_apart() -> None:
    assert fold("mạng") != fold("mang")
    assert fold_for_search("Mạng đỏ") == "mang do"
    assert fold_for_search(" Été  ĐÀ\u00a0NẴNG ") == "ete da nang"


def test_vowel_marks_go_only_where_they_are_on_most_letters() -> None:
    assert unvocalised("وَقَّعَتِ الدُّوَلُ الاتِّفَاقِيَّةَ") == "وقعت الدول الاتفاقية"
    for kept in ("أعلنت أيضاً أنّ الاتفاقية مهمة جداً للدول", "Hà Nội", "plain", ""):
        assert unvocalised(kept) == kept


@given(st.text())
def test_fold_is_idempotent(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text())
def test_fold_for_search_is_idempotent(text: str) -> None:
    assert fold_for_search(fold_for_search(text)) == fold_for_search(text)


@pytest.mark.slow
@given(st.text())
def test_normalise_gives_nfc_without_no_break_spaces(text: str) -> None:
    result = normalise(text)
    assert unicodedata.is_normalized("NFC", result)
    assert "\u00a0" not in result
    assert normalise(result) == result


@pytest.mark.parametrize("text", ["x² ½ … ﬁ ﷺ １", "الأمم", "‘Straße’\n\t–"])
def test_normalise_keeps_what_only_folding_makes_alike(text: str) -> None:
    assert normalise(text) == text


def test_stable_id_depends_on_every_part() -> None:
    assert stable_id("a", "b") == stable_id("a", "b")
    assert len({stable_id("a", "b"), stable_id("ab"), stable_id("b", "a"), stable_id("a")}) == 4
    assert stable_id("\ud800")


# Invisible characters between a letter and its mark are where folding twice could differ.
_MARKS = "\u0302\u0323\u06ea\u0653\u0654\u0655\u0651"
tricky = st.text(st.sampled_from(_MARKS + "اأإةىه.\u00ad\u200d\u200eaéđơ 1٣"))


@given(tricky)
@example("أ\u0654\u0654\u0654")
@example("ا\u0323\u0654\u0654\u06ea\u0653")
def test_folding_is_stable_on_letters_torn_from_their_marks(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    assert fold_for_search(fold_for_search(text)) == fold_for_search(text)


def test_stable_ids_do_not_change_between_releases() -> None:
    """Ids in the database are compared with new ones: these values may never change."""
    assert stable_id("a", "b") == "f04cdced9736a69da6103f08"
    assert stable_id("خبر") == "44185590c5a95d3400e7025a"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_what_a_spreadsheet_would_run_is_a_formula(start: str) -> None:
    assert is_formula(f"{start}1")
    assert is_formula(f"  {start}1")


@pytest.mark.parametrize("text", ["", " ", "a=1", "'=1", "12", "معاهدة"])
def test_other_text_is_no_formula(text: str) -> None:
    assert not is_formula(text)
