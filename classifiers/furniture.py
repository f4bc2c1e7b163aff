"""Tell the furniture of a page (links, captions, calls to subscribe) from the article.

Texts come here that no page was read for, and what is told here stays in the text and is only not
counted: so it goes by how a line begins. `extractors/lines.py` takes lines out before the text is
stored, and is stricter.
"""

from __future__ import annotations

import re

# A longer paragraph is the article's own, however it begins.
MAX_WORDS = 30

_LINK_HEADINGS = (
    # English
    r"read (?:more|also|next)", r"more (?:from|stories)", r"most (?:read|popular)",
    r"(?:related|recommended)(?: (?:articles?|stories|news|posts?|topics?|links?|for you))?\W*$",
    # Arabic
    "مواضيع ذات", "أخبار ذات", "اخبار ذات", "موضوعات متعلقة",
    r"[اإ]قر[أا] (?:أيضا|أيضًا|ايضا|المزيد)",
    r"(?:شاهد|طالع) (?:أيضا|أيضًا|ايضا)", r"الأكثر قراءة",
    # Vietnamese
    "xem thêm", "đọc thêm", "đọc tiếp", "tin liên quan", "bài liên quan",
    r"tin cùng (?:chuyên mục|chủ đề)",
    "cùng chuyên mục", "có thể bạn (?:quan tâm|thích)", "tin (?:nóng|đọc nhiều|mới nhất)",
)  # fmt: skip
_CALLS_AND_CREDITS = (
    # English
    r"sign up(?: (?:for|here|now|today|to (?:our|get|receive))\b|\W*$)",
    "subscribe", "follow us", r"share (?:this|on)", "advertisement", "©",
    r"copyright(?:\W*$|:| (?:©|\(c\)|\d+|by\b))",
    r"\(c\) \d+", "all rights reserved", "click here",
    r"join (?:our\b|us(?: (?:on|at|for)\b|\W*$))", "download (?:our|the) app",
    r"photo(?:graph)?s?(?: by| credit|:)", r"image(?: by| credit|:)", "file photo",
    r"(?:picture|credit|source|watch|listen|tags?):", r"(?:reporting|additional reporting) by",
    r"edit(?:ed|ing) by", "newsletters?", r"comments?\W*$", r"by [\w.'-]+(?: [\w.'-]+){1,3}\W*$",
    r"this (?:article|story) (?:was|is) (?:first |originally )?(?:published|republished)",
    # Arabic
    "اشترك", "تابعونا", "تابعنا", "جميع الحقوق", "حقوق النشر", "حقوق الطبع", r"المصدر\s*:",
    "مصدر الصورة", "صورة أرشيفية", r"\(?الصورة\s*[:/]", r"(?:تصوير|تحرير|كتب|إعداد)\s*:",
    r"شارك (?:هذا|المقال|الخبر|على)", "للاشتراك", "النشرة البريدية", r"وسوم\s*:?", "كلمات مفتاحية",
    r"[إا]علان\W*$", r"التعليقات\W*$",
    # Vietnamese
    r"theo dõi (?:chúng tôi|trên|kênh|báo)", r"đăng k[ýí] (?:nhận|theo dõi|bản tin|kênh)",
    r"bản quyền (?:thuộc|©)", r"mời (?:quý|độc giả|bạn đọc)",
    r"\(?ảnh\s*(?:minh h[oọ][aạ]|tư liệu|:)",
    r"(?:nguồn|video|từ khóa|từ khoá|tags?)\s*:", r"chia sẻ (?:bài|lên|trên)", r"bình luận\W*$",
    r"quảng cáo\W*$", r"ttxvn\W*$",
)  # fmt: skip

_WORD_END = r"(?:(?<!\w)|(?!\w))"  # so that subscribers are no call to subscribe
_LINK_HEADING = re.compile(rf"^\W*(?:{'|'.join(_LINK_HEADINGS)}){_WORD_END}", re.IGNORECASE)
_FURNITURE = re.compile(
    rf"^\W*(?:{'|'.join((*_LINK_HEADINGS, *_CALLS_AND_CREDITS))}){_WORD_END}", re.IGNORECASE
)
_CAPTION = re.compile(
    r"(?:\((?:AP|AFP|Reuters|EPA|Getty|رويترز|ا ف ب|أ ف ب|Ảnh|Photo)\b[^)]{0,60}\)|Getty Images"
    r"|/AFP|/AP|\bPhoto: [^.]{1,60}|\bẢnh: [^.]{1,60})\W*$"
)


def is_link_heading(line: str, words: int) -> bool:
    """Tell whether links to other articles begin with this line of so many words."""
    return words <= MAX_WORDS and _LINK_HEADING.search(line) is not None


def is_furniture(line: str, words: int) -> bool:
    """Tell whether a paragraph of so many words is no part of the article."""
    if words > MAX_WORDS:
        return False
    return _FURNITURE.search(line) is not None or _CAPTION.search(line) is not None
