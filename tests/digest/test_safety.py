"""Strangers' text and addresses, made safe."""

from __future__ import annotations

import unicodedata
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treatywatch.digest.safety import clean_line, csv_text, host_of, safe_url

REORDERING = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@given(st.text(max_size=400), st.integers(10, 200))
def test_a_clean_line_is_one_bounded_line_of_visible_text(text: str, limit: int) -> None:
    line = clean_line(text, limit)
    assert len(line) <= limit
    assert not REORDERING & set(line)
    assert all(unicodedata.category(char) not in {"Cc", "Cs", "Zl", "Zp"} for char in line)
    assert line == " ".join(line.split())
    assert clean_line(line, limit) == line
    line.encode()


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (" \U000e0100", ""),  # a mark on nothing
        ("\u200b\u0301", ""),
        ("a \u0301b", "a b"),
        ("a\u200b\u0301", "á"),
        ("x" + "\u200b\u0336" * 9, "x" + "\u0336" * 3),
        ("x" + "\u200d\u0336" * 9, "x" + "\u200d\u0336" * 3 + "\u200d" * 6),
        ("x" + "\u0336" * 9 + "y\u0336", "x" + "\u0336" * 3 + "y\u0336"),
    ],
)
def test_marks_stand_on_letters_and_are_few(text: str, line: str) -> None:
    assert clean_line(text, 200) == line
    assert clean_line(line, 200) == line


@pytest.mark.parametrize(
    "honest",
    [
        "Công ước Hà Nội: “lá chắn” cho ai?",
        "«اتّفاقيّة هانوي»: مَنْ يُراقِبُ المُراقِب؟",
        "می‌خواهم",
        "It’s a ‘shield’ – or a sword…",
    ],
)
def test_honest_text_stays_as_it_is(honest: str) -> None:
    assert clean_line(honest, 200) == unicodedata.normalize("NFC", honest)


def test_a_cut_falls_between_words_and_shows() -> None:
    assert clean_line("one two three four", 12) == "one two…"
    assert clean_line("x" * 500, 200) == "x" * 79 + "…"


def test_stacked_marks_are_thinned() -> None:
    line = clean_line("a" + "\u0301" * 90 + "b", 100)
    assert sum(unicodedata.combining(char) > 0 for char in line) <= 3
    assert line.endswith("b")


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://a.example/x?y=1&z=2#frag", "https://a.example/x?y=1&z=2#frag"),
        ("http://127.0.0.1:8000/a.html", "http://127.0.0.1:8000/a.html"),
        ("HTTPS://A.Example/", "https://a.example/"),
        ("https://báo.example/tin", "https://xn--bo-mia.example/tin"),
        (
            "https://a.example/خبر",
            "https://a.example/%D8%AE%D8%A8%D8%B1",
        ),
        ("https://a.example/%D8%AE", "https://a.example/%D8%AE"),
        ("https://[::1]:8000/a", "https://[::1]:8000/a"),
    ],
)
def test_honest_addresses_are_kept(url: str, safe: str) -> None:
    assert safe_url(url) == safe


def test_hostile_addresses_are_dropped_or_disarmed(press: Any) -> None:
    for url in press.hostile_urls:
        made = safe_url(url)
        if made:
            assert urlsplit(made).scheme in {"http", "https"}
            assert made.isascii()
            assert not set(made) & set("\"'<>() \\")
    assert safe_url("https://user:secret@evil.example/") == ""
    assert safe_url("javascript:window.pwned=1") == ""


@given(st.text(max_size=200))
def test_any_address_is_http_or_nothing(text: str) -> None:
    for url in (text, f"https://{text}", f"https://a.example/{text}"):
        made = safe_url(url)
        assert made == "" or made.startswith(("http://", "https://"))
        assert not set(made) & set("\"'<>() \\\n\r\t")
        assert safe_url(made) == made


def test_look_alike_letters_show_in_the_host() -> None:
    assert host_of(safe_url("https://pаypal.example/")) == "xn--pypal-4ve.example"


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@x", "  =1", "\t=1", "＝1"])
def test_a_formula_becomes_text(cell: str) -> None:
    assert csv_text(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["", "a=b", "Post", "١٢"])
def test_other_cells_stay(cell: str) -> None:
    assert csv_text(cell) == cell
