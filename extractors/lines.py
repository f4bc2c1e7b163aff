"""Lines that stand in the text of an article and are not part of it.

What is told here is taken out before the text is stored, so it has to be sure: furniture must be
the whole line. `classifiers/furniture.py` reads any text, also one that came through no page, takes
nothing out and only leaves passages uncounted, so it goes by how a line begins.
"""

from __future__ import annotations

import re

from treatywatch.news.text import fold

_MAX_LABEL_CHARS = 240
# "Read also: ..." and its like: another article's headline must not count as this one's words.
_TEASERS = (
    r"(?:also )?read (?:more|also|next)\b|read[:：]|see also\b|more on this (?:story|topic)\b",
    r"related (?:articles?|stor(?:y|ies)|news|topics?|coverage)\b",
    r"recommended (?:stories|for you)\b",
    r"you (?:may|might) (?:also )?like\b|(?:don'?t miss|up next)\b.{0,60}$",
    r"(?:اقرا|قرا|شاهد|تابع|طالع) (?:ايضا|المزيد)|اقرا[:：]|ذات صله\b",
    r"قد يهمك|ربما يعجبك|للمزيد(?! من)\b|للمزيد من (?:الاخبار|التفاصيل|المعلومات)\b",
    r"(?:اخبار|مواضيع|مقالات|موضوعات) (?:ذات صله|متعلقه|مرتبطه)",
    r"(?:xem|đọc) (?:thêm|tiếp|ngay)\b|có thể bạn quan tâm",
    r"mời (?:quý )?(?:độc giả|bạn đọc) (?:xem|đọc)",
    r"(?:tin|bài|bài viết|chủ đề) (?:liên quan|cùng chuyên mục|cùng chủ đề)\b",
)
_TEASER = re.compile(rf"^[\W_]*(?:{'|'.join(_TEASERS)})")
# What every page of an outlet carries; each must be the whole line.
_FURNITURE_LINES = (
    r"share (?:this|on|via)\b.{0,60}|follow us\b.{0,80}|advertisement|sponsored",
    r"subscribe (?:to|now)\b.{0,80}|sign up (?:for|to) (?:our|the)\b.{0,80}",
    r"all rights reserved.{0,60}|download (?:our|the) app.{0,60}",
    r"copyright ?(?:©|\(c\)).{0,120}|©.{0,120}|listen to (?:this )?article.{0,40}",
    r"شارك(?:ها)?(?: (?:علي|عبر|المقال|الخبر).{0,60})?|تابعونا.{0,80}",
    r"اشترك (?:في|الان).{0,80}|اعلان",
    r"جميع الحقوق محفوظه.{0,80}|حقوق النشر.{0,80}|استمع الي (?:المقال|الخبر).{0,30}",
    r"chia sẻ(?: (?:bài viết|lên|qua).{0,60})?|theo dõi (?:chúng tôi|báo|kênh).{0,80}|quảng cáo",
    r"đăng ký (?:nhận|kênh).{0,80}|bản quyền.{0,80}|nghe (?:bài viết|đọc bài).{0,30}",
    r"gửi (?:bình luận|ý kiến).{0,60}|ý kiến bạn đọc.{0,40}",
)
_FURNITURE = re.compile(rf"^[\W_]*(?:{'|'.join(_FURNITURE_LINES)})[\W_]*$")
_COUNTER = re.compile(
    r"(?<![\w.,])\d[\d.,]{0,15}+\s{0,3}"
    r"(?:views?|comments?|shares?|likes?|(?:minute|hour|day)s? ago|min(?:ute)?s? read"
    r"|مشاهده|تعليق(?:ات)?|دقائق|ساعات|lượt xem|bình luận|phút trước|giờ trước|ngày trước)\b"
)
_STAMP = re.compile(
    r"^[\W_]*(?:last )?(?:updated|modified|اخر تحديث|تم التحديث|cập nhật)\b.{0,80}$"
)
_SPACES = re.compile(r"[^\S\n]+")


def without_boilerplate(text: str) -> str:
    """Drop teasers of other articles and the page's furniture; each line stands or goes whole."""
    kept = [line for line in text.split("\n") if line.strip() and not is_boilerplate(line)]
    return "\n".join(_without_repeats(kept))


def is_boilerplate(line: str) -> bool:
    """Tell whether a line is a teaser or furniture and not the article's own words."""
    if len(line) > _MAX_LABEL_CHARS:
        return False
    folded = fold(line)
    return bool(_TEASER.match(folded) or _FURNITURE.match(folded))


def without_headlines(text: str, headlines: frozenset[str]) -> str:
    """Drop lines that are nothing but a link to another article."""
    return "\n".join(line for line in text.split("\n") if as_headline(line) not in headlines)


def without_title(text: str, title: str) -> str:
    """Drop the first line when it is the title, which is kept apart."""
    first, _, rest = text.partition("\n")
    return rest if rest and fold(first) == fold(title) else text


def as_headline(line: str) -> str:
    """Return a line as link texts are compared: folded, without a list's mark."""
    return fold(line.lstrip("-•*– "))


def _without_repeats(lines: list[str]) -> list[str]:
    """Drop a line that repeats the one before it, as captions do."""
    return [
        line
        for before, line in zip(["", *lines], lines, strict=False)
        if line.strip() != before.strip()
    ]


def tidy(text: str) -> str:
    """Return text with single spaces, paragraphs separated by a single newline."""
    lines = (_SPACES.sub(" ", line).strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line)


def without_volatile(text: str) -> str:
    """Return folded text without what changes though nobody edited: counters, ages, stamps."""
    lines = (fold(line) for line in text.split("\n"))
    return " ".join(_COUNTER.sub("", line) for line in lines if not _STAMP.match(line))
