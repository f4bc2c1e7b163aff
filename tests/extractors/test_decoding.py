"""Bodies within their bounds, and characters right whatever the server says."""

from __future__ import annotations

import codecs
import contextlib
import gzip
import unicodedata
import zlib

import brotli
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from treatywatch.extractors.decoding import (
    _KNOWN_CODECS,
    BodyDamagedError,
    BodyTooLargeError,
    decode,
    decompress,
)

ARABIC = "وقعت الدول اتفاقية هانوي لمكافحة الجريمة السيبرانية"
VIETNAMESE = "Công ước Hà Nội về tội phạm mạng"
PACKERS = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": zstandard.compress,
}


@pytest.mark.parametrize("encoding", PACKERS)
def test_what_is_packed_comes_back(encoding: str) -> None:
    body = ARABIC.encode() * 1000
    assert decompress(PACKERS[encoding](body), encoding, 10_000_000) == body


@pytest.mark.slow
@pytest.mark.parametrize("encoding", PACKERS)
def test_a_bomb_is_refused_and_never_unpacked(encoding: str) -> None:
    bomb = PACKERS[encoding](b"\0" * 30_000_000)
    assert len(bomb) < 100_000
    with pytest.raises(BodyTooLargeError):
        decompress(bomb, encoding, 1_000_000)


@pytest.mark.parametrize("encoding", PACKERS)
def test_a_cut_body_is_damaged(encoding: str) -> None:
    packed = PACKERS[encoding](bytes(range(256)) * 500)
    with pytest.raises(BodyDamagedError):
        decompress(packed[: len(packed) // 2], encoding, 1_000_000)


@given(
    st.binary(max_size=300), st.sampled_from([*PACKERS, "gzip, br", "x", "", "gzip,gzip,gzip,gzip"])
)
def test_any_bytes_give_bytes_or_a_known_error(body: bytes, encoding: str) -> None:
    with contextlib.suppress(BodyDamagedError, BodyTooLargeError):
        assert len(decompress(body, encoding, 1000)) <= 1000


def test_layers_raw_deflate_members_and_false_claims() -> None:
    raw = zlib.compressobj(wbits=-15)
    assert decompress(raw.compress(b"abc") + raw.flush(), "deflate", 10) == b"abc"
    assert decompress(brotli.compress(gzip.compress(b"abc")), "gzip, br", 10) == b"abc"
    assert decompress(gzip.compress(b"ab") + gzip.compress(b"c"), "gzip", 10) == b"abc"
    assert decompress(b"<rss/>", "gzip", 10) == b"<rss/>"


def test_countless_empty_members_are_refused_at_once() -> None:
    with pytest.raises(BodyDamagedError, match="parts"):
        decompress(gzip.compress(b"") * 200_000, "gzip", 10)


@pytest.mark.parametrize(
    ("body", "charset"),
    [
        (ARABIC.encode(), "windows-1256"),
        (ARABIC.encode("cp1256"), "windows-1256"),
        (ARABIC.encode("cp1256"), "utf-8"),
        (ARABIC.encode("cp1256"), None),
        (ARABIC.encode("iso8859-6"), "iso-8859-6"),
        (ARABIC.encode("utf-16"), None),
        (ARABIC.encode("utf-16-le"), "utf-16le"),
        (b"\xef\xbb\xbf" + ARABIC.encode(), "latin-1"),
    ],
)
def test_arabic_is_right_whatever_is_declared(body: bytes, charset: str | None) -> None:
    assert decode(body, charset) == ARABIC


def test_meta_and_xml_declarations_are_read() -> None:
    body = '<meta charset="windows-1251"><p>Договор</p>'.encode("cp1251")
    assert "Договор" in decode(body, None)
    body = '<?xml version="1.0" encoding="windows-1251"?><a>Договор</a>'.encode("cp1251")
    assert "Договор" in decode(body, None)


def test_one_bad_byte_does_not_change_the_alphabet() -> None:
    body = ARABIC.encode() * 50 + b"\xff" + VIETNAMESE.encode()
    text = decode(body, None)
    assert text.count("\ufffd") == 1
    assert text.endswith(VIETNAMESE)


@pytest.mark.parametrize("quotes", [3, 49, 50, 400])
def test_a_few_bytes_beyond_seven_bits_are_read_as_declared(quotes: int) -> None:
    body = ("The treaty\u2019s text " + "is long " * 40).encode("cp1252") * quotes
    for charset in ("windows-1252", "iso-8859-1"):
        text = decode(body, charset)
        assert "\ufffd" not in text
        assert text.count("treaty\u2019s") == quotes


def test_text_is_nfc() -> None:
    assert decode(unicodedata.normalize("NFD", VIETNAMESE).encode(), None) == VIETNAMESE


@given(st.binary(max_size=400), st.one_of(st.none(), st.text(max_size=20)))
def test_any_bytes_and_any_label_give_text(body: bytes, charset: str | None) -> None:
    assert unicodedata.is_normalized("NFC", decode(body, charset))


@pytest.mark.parametrize(
    "label",
    ["idna", "undefined", "punycode", "unicode_escape", "raw_unicode_escape", "utf_7", "hex"],
)
def test_what_is_no_encoding_of_pages_is_not_used(label: str) -> None:
    body = f'<meta charset="{label}">'.encode() + b"\\u0041+AEE- a-b.\xff\xfe." * 1000
    assert "\\u0041+AEE-" in decode(body, label)
    assert "\\u0041+AEE-" in decode(body)


@pytest.mark.parametrize("name", sorted(_KNOWN_CODECS))
def test_every_encoding_of_pages_reads_any_bytes(name: str) -> None:
    assert codecs.lookup(name).name == name
    assert decode(bytes(range(256)) * 20, name)
