import time
import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from treatywatch.news.text import (
    fit_to_show,
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


@pytest.mark.parametrize("marks", ["\u0301\u0323", "\u0f73\u0f71", "\u0301\u200b\u0323\u200b"])
@pytest.mark.parametrize("read", [normalise, fold, fold_for_search])
def test_a_heap_of_marks_costs_no_more_than_its_length(
    read: Callable[[str], str], marks: str
) -> None:
    began = time.process_time()
    read(f"a{marks * 40_000}b")
    assert time.process_time() - began < 1


@pytest.mark.parametrize("before", range(32))
def test_of_a_heap_of_marks_the_first_thirty_are_kept(before: int) -> None:
    text = "x" * before + "\u0323" * 31 + "y" + "\u0323" * 30 + "\u0627\u0651\u064e" * 40
    short = text.replace("\u0323" * 31, "\u0323" * 30)
    assert normalise(text) == normalise(short) == unicodedata.normalize("NFC", short)


def test_what_becomes_marks_counts_as_marks() -> None:
    letters = map(chr, range(0x110000))
    made = [c for c in letters if unicodedata.combining(unicodedata.normalize("NFKD", c)[0])]
    assert len(made) > 900
    assert [c for c in made if normalise(c * 40) != normalise(c * 30)] == []


def test_what_is_shown_plays_no_tricks() -> None:
    assert fit_to_show("a\x1b[2J\x9b2J\u202eb\u2066c\nd") == "a\ufffd[2J\ufffd2Jbc d"
