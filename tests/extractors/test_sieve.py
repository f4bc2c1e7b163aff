"""The sieve may let too much through, never too little."""

from __future__ import annotations

import html
import json
import unicodedata
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from treatywatch.classifiers.names import NameMatcher
from treatywatch.config.treaty import load_treaty
from treatywatch.extractors import articles
from treatywatch.extractors.decoding import decode
from treatywatch.extractors.sieve import Sieve
from treatywatch.news.errors import ExtractionError
from treatywatch.news.records import Feed, FeedEntry, PendingPage

TREATY = load_treaty()
SIEVE = Sieve(TREATY.signals)
MATCHER = NameMatcher(TREATY)
NOW = datetime(2026, 11, 23, tzinfo=UTC)
NAMES = (
    "UN Convention against Cybercrime",
    "Hanoi Convention on cyber-crime",
    "U.N. cybercrime treaty",
    "اتفاقية الأمم المتحدة لمكافحة الجريمة السيبرانية",
    "معاهدة «هانوي» لمكافحة الجرائم الإلكترونية",
    "الإتفاقيه الدوليه بشأن الجريمه السبرانية في هانوى للأمم المتحدة",
    "Công ước Hà Nội về tội phạm mạng",
    "Công ước Liên hợp quốc về chống tội phạm mạng",
    "hiệp ước của Liên Hợp Quốc về tội phạm mạng",
)
FILLER = {
    "en": "Delegates spoke for a long time about {} in the hall, and the crowd outside listened.",
    "ar": "تحدث المندوبون طويلا عن {} في القاعة، واستمع الجمهور في الخارج إلى الكلمات كلها.",
    "vi": "Các đại biểu phát biểu rất lâu về {} trong hội trường, và đám đông bên ngoài lắng nghe.",
}
# What a page may put between two letters without a reader seeing it.
BREAKS = ("", "", "", "<b></b>", "<!-- x -->", "<wbr>", "&shy;", "\u200b", '<i title="a > b"></i>',
          "<span\nclass='x'></span>", "</em><em>")  # fmt: skip
SPACES = (" ", "&nbsp;", "\n", "  ", "<br>", "</b> <b>", "\u202f", "&#32;")


def page_of(pieces: list[str], in_json: bool) -> str:
    body = "".join(f"<p>{piece}</p>" for piece in pieces)
    if in_json:
        plain = html.unescape("\n".join(pieces))
        data = {"@type": "NewsArticle", "headline": "News", "articleBody": plain}
        body = f'<script type="application/ld+json">{json.dumps(data)}</script><p>.</p>'
    head = "<html><head><title>News of the day</title></head>"
    return f"{head}<body><article>{body}</article></body></html>"


@st.composite
def pages(draw: st.DrawFn) -> tuple[str, str]:
    name = draw(st.sampled_from(NAMES))
    language = "vi" if "ư" in name else "ar" if "م" in name else "en"
    form = draw(st.sampled_from(("NFC", "NFD", "NFKC")))
    letters = []
    for letter in unicodedata.normalize(form, draw(st.sampled_from((name, name.upper())))):
        if letter == " ":
            letters.append(draw(st.sampled_from(SPACES)))
            continue
        how = draw(st.integers(0, 9))
        written = {0: f"&#{ord(letter)};", 1: f"&#x{ord(letter):x};"}.get(how, letter)
        letters.append(written + draw(st.sampled_from(BREAKS)))
    told = FILLER[language].format("".join(letters))
    others = [FILLER[language].format("x y z " * 8)] * 4
    return page_of([*others[:2], told, *others[2:]], draw(st.booleans())), language


def matches_after_extraction(markup: str, language: str) -> bool:
    feed = Feed("f", "Paper", "http://paper.test/", language)
    entry = FeedEntry("e", "f", "http://paper.test/news/20251025", "g", "", "h")
    try:
        article = articles.from_page(PendingPage(entry, feed), entry.url, markup, NOW, 20)
    except ExtractionError:
        return False
    return bool(MATCHER.find(article.title, article.text))


@pytest.mark.slow
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(pages())
@example((page_of([FILLER["en"].format(NAMES[0])] * 4, True), "en"))
def test_every_page_whose_text_names_the_treaty_passes(page: tuple[str, str]) -> None:
    markup, language = page
    if matches_after_extraction(markup, language):
        assert SIEVE.may_match(markup.encode())


@pytest.mark.parametrize("name", NAMES)
def test_the_property_is_not_empty(name: str) -> None:
    language = "vi" if "ư" in name else "ar" if "م" in name else "en"
    told = FILLER[language].format(name) + FILLER[language].format("United Nations, Hanoi")
    markup = page_of([told, *[FILLER[language].format("a b c d e f")] * 4], in_json=False)
    assert matches_after_extraction(markup, language)


@pytest.mark.parametrize("name", NAMES)
def test_a_bare_name_passes_in_every_form_and_charset(name: str) -> None:
    for form in ("NFC", "NFD"):
        assert SIEVE.may_match(unicodedata.normalize(form, name).encode())
    assert SIEVE.may_match(name.encode("utf-16"))
    if "م" in name:
        assert SIEVE.may_match(name.encode("cp1256", "ignore"), "windows-1256")


def test_a_page_without_a_sign_is_stopped() -> None:
    markup = "<html><script>var cyber='x'</script><style>.cyber{}</style><p>Ferries cancelled</p>"
    assert not SIEVE.may_match(markup.encode())


def test_signs_in_attributes_alone_do_not_pass() -> None:
    assert not SIEVE.may_match(b'<a href="/cyber" title="cyber">Ferries</a>')


@pytest.mark.parametrize(
    "before",
    [
        '<script>if(h.indexOf("<!--")>=0){go()}</script>',
        '<svg class="icon"/>',
        "<style><!-- p{} </style>",
        "<!-- <script> -->",
    ],
)
def test_what_opens_first_is_closed_by_its_own_end(before: str) -> None:
    after = "<!-- footer --><script>x</script><svg></svg><style></style>"
    assert SIEVE.may_match(f"{before}<p>{NAMES[0]}</p>{after}".encode())


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "piece", ["<", "<!--", "<a ", '<a "', "<script>", "<svg/>", "&", "&#", "<p a='", "\\u0"]
)
def test_the_sieve_stays_linear(piece: str) -> None:
    """Seconds at most; in squared time a megabyte takes hours, and the time limit is the check."""
    assert SIEVE.may_match((piece * (1_000_000 // len(piece))).encode()) is False


def test_every_real_treaty_page_passes(newsroom: Path) -> None:
    pages = sorted((newsroom / "pages").glob("treaty-*.html"))
    assert pages
    assert all(SIEVE.may_match(page.read_bytes()) for page in pages)


def test_decode_is_what_the_sieve_reads() -> None:
    body = "<p>الجريمة السيبرانية</p>".encode("cp1256")
    assert SIEVE.may_match(body) == SIEVE.may_match_markup(decode(body)) is True


def test_blank_signals_let_nothing_through() -> None:
    assert not Sieve(["", " "]).may_match_text("anything at all")


@pytest.mark.parametrize(
    "escaped",
    [
        r"\u0633\u064A\u0628\u0631\u0627\u0646\u064a",
        r"\u0633\u064a\n\u0628\r\t\u0631\u0627\b\u0646\f\u064a",
        r"\u0633\u064a\ud83d\ude00\u0628\u0631\u0627\u0646\u064a",
        "سي\u00ad\u0628راني",
        '«سي» “بر” „اني"',
        "سـيـبـرانى",
    ],
)
def test_letters_that_are_escaped_or_quoted_are_read(escaped: str) -> None:
    assert Sieve(["سيبراني"]).may_match_markup(f"<script>{{{escaped}}}</script>{escaped}")
