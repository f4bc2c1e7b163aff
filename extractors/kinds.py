"""What a page is when it is not an article: a wall, a consent page, a paywall, a listing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from treatywatch.extractors.heads import Head
from treatywatch.extractors.lines import as_headline
from treatywatch.news.errors import ExtractionError, ExtractionErrorClass
from treatywatch.news.text import fold

# A wall is short: real articles about walls are longer than this.
_WALL_CHARS = 1_500
_ARTICLE_BESIDE_CHARS = 400
# Calibrated on real pages: every section page has more headline links than this, and no article
# that declares neither its date nor its type does.
_LISTING_LINKS = 35
_LISTING_SHARE = 0.3
_CONSENT = (
    r"we (?:and our (?:\d+ )?partners )?(?:use|value|store)[^.]{0,60}(?:cookies|privacy)",
    r"before you continue|accept (?:all )?cookies|cookie (?:consent|preferences|settings)",
    r"manage (?:your )?consent|ملفات تعريف الارتباط|نستخدم [^.]{0,40}كوكيز",
    r"(?:قبول|الموافقه علي) [^.]{0,30}(?:كوكيز|ملفات تعريف)",
    r"chấp nhận (?:tất cả )?cookie|sử dụng cookie|đồng ý [^.]{0,30}cookie",
)
_BOT = (
    r"(?:verify|confirm|prove) (?:that )?you(?:'re| are) (?:not a robot|(?:a )?human)|captcha",
    r"checking your browser|enable javascript and cookies to continue|unusual traffic",
    r"are you a robot|just a moment\.\.\.|access (?:to this page has been )?denied",
    r"تحقق من انك (?:لست روبوت|انسان)|لست برنامج روبوت|انا لست روبوت|التحقق من المتصفح|جار التحقق",
    r"xác minh (?:rằng )?bạn (?:không phải là|là) (?:robot|người)|kiểm tra trình duyệt",
    r"tôi không phải (?:là )?(?:robot|người máy)|bạn không phải là (?:robot|người máy)",
)
_PAYWALL = (
    r"(?:subscribe|sign in|log in|register)[^.]{0,30} to (?:continue|keep|read|unlock)",
    r"already a subscriber|to continue reading",
    r"this (?:article|content|story) is (?:for|available to|exclusive to|reserved for)"
    r" [^.]{0,30}(?:subscribers|members)",
    r"للمشتركين فقط|اشترك (?:الان )?(?:ل(?:متابعه|قراءه)|لمواصله)|سجل الدخول ل(?:متابعه|قراءه)",
    r"هذا المحتوي (?:خاص|متاح) [^.]{0,20}للمشتركين|bài viết (?:có|trả) phí",
    r"dành (?:riêng )?cho (?:thuê bao|hội viên|bạn đọc trả phí|người đăng ký)",
    r"đăng (?:nhập|ký) để (?:đọc|xem) (?:tiếp|toàn bộ|đầy đủ)",
)
_SIGNS: tuple[tuple[ExtractionErrorClass, re.Pattern[str]], ...] = (
    ("bot_wall", re.compile("|".join(_BOT))),
    ("consent", re.compile("|".join(_CONSENT))),
    ("paywall", re.compile("|".join(_PAYWALL))),
)
# What addresses of articles have and those of sections have not: a number or a long slug.
_NAMES_ARTICLE = re.compile(r"(?:^|&)(?:p|id|aid|page_?id|article_?id|news_?id|story)=\w")
_ARTICLE_PATH = re.compile(r"\d{4,}|(?:[^/-]+-){4}")
_WORDS: dict[ExtractionErrorClass, str] = {
    "bot_wall": "a page that asks whether we are a robot, not the article",
    "consent": "a page that asks for consent to cookies, not the article",
    "paywall": "only subscribers may read it",
    "listing": "a page that lists articles, not an article",
    "empty": "no text could be found on the page",
    "too_short": "too little text for an article",
    "not_html": "not a web page",
}


@dataclass(frozen=True, slots=True)
class Headlines:
    """The links of a page that read like headlines."""

    texts: frozenset[str]  # folded
    headed: int  # how many stand in a heading


def refusal(url: str, kind: ExtractionErrorClass) -> ExtractionError:
    """Return the error that says what a page is instead of an article."""
    return ExtractionError(url, kind, _WORDS[kind])


def wall_kind(words: str, title: str = "") -> ExtractionErrorClass | None:
    """Tell which wall a short text is, if it is one; one line about walls does not make it one."""
    if len(words) > _WALL_CHARS:
        return None
    lines = [fold(line) for line in (title, *words.split("\n"))]
    for kind, pattern in _SIGNS:
        others = [line for line in lines[1:] if not pattern.search(line)]
        if len(others) < len(lines) - 1 or pattern.search(lines[0]):
            return kind if sum(map(len, others)) < _ARTICLE_BESIDE_CHARS else None
    return None


def is_paywalled(text: str, head: Head) -> bool:
    """Tell whether only the beginning of an article is shown."""
    if head.is_free:
        return False
    return len(text) < _WALL_CHARS


def is_listing(text: str, head: Head, headlines: Headlines, address: str) -> bool:
    """Tell whether extracted text is that of a page which lists articles.

    An article declares its date or its type, or its address shows it. Of the rest, a page with
    very many headline links, or whose text is made of them, is a listing.
    """
    parts = urlsplit(address)
    if parts.path in ("", "/") and not _NAMES_ARTICLE.search(parts.query):
        return True
    found = [line for line in text.split("\n") if line.strip()]
    linked = sum(as_headline(line) in headlines.texts for line in found)
    is_list = linked >= 3 and linked >= _LISTING_SHARE * len(found)
    shows = _ARTICLE_PATH.search(parts.path) or _NAMES_ARTICLE.search(parts.query)
    if head.published or head.is_article or shows:
        return is_list and linked >= 0.6 * len(found)
    is_headed = headlines.headed >= 5 and headlines.headed >= 0.5 * len(found)
    return is_list or is_headed or len(headlines.texts) >= _LISTING_LINKS
