"""Render articles as the pages of small news sites."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Final

from .records import Article, Outlet

GENERATOR: Final = '<meta name="generator" content="treatywatch sample">'
ADS: Final = (
    "<script>window.adQueue=window.adQueue||[];"
    'adQueue.push({"slot":"top","sizes":[[970,90],[320,50]]});</script>'
    "<style>.ad{min-height:90px}.share a{margin:0 .4em}</style>"
)


@dataclass(frozen=True)
class Words:
    """Hold the furniture of a page in one language."""

    by: str
    related: str
    share: str
    newsletter: str
    subscribe: str
    footer: str


WORDS: Final = {
    "ar": Words(
        by="كتب",
        related="اقرأ أيضاً",
        share="شارك",
        newsletter="اشترك في النشرة البريدية",
        subscribe="اشترك الآن",
        footer="جميع الحقوق محفوظة",
    ),
    "en": Words(
        by="By",
        related="Read more",
        share="Share",
        newsletter="Get the morning newsletter",
        subscribe="Sign up",
        footer="All rights reserved",
    ),
    "vi": Words(
        by="Tác giả",
        related="Tin liên quan",
        share="Chia sẻ",
        newsletter="Đăng ký nhận bản tin mỗi sáng",
        subscribe="Đăng ký",
        footer="Giữ bản quyền nội dung",
    ),
}

CONSENT: Final = (
    "We value your privacy",
    "We and our 214 partners store and access information on your device, such as cookies, and "
    "process personal data, such as unique identifiers, to show personalised advertising and "
    "content, to measure both and to develop our products.",
    "You can accept all cookies, refuse them or manage your preferences partner by partner. Your "
    "choice applies to this site only and can be withdrawn at any time in the privacy centre.",
    "Some partners do not ask for your consent and rely on their legitimate interest instead.",
)


@dataclass(frozen=True)
class Setting:
    """Hold what a page shows besides its article: its dates, its site and its neighbours."""

    published: datetime
    modified: datetime
    base_url: str
    related: tuple[Article, ...]


def article_page(article: Article, setting: Setting) -> bytes:
    """Render an article's page in its outlet's layout and encoding."""
    draw = _portal if article.outlet.layout == "portal" else _classic
    body = draw(article, setting.published, _related_box(article.outlet, setting.related))
    head = _head(article, setting)
    text = _document(article.html_lang or article.language, head, body)
    text = unicodedata.normalize(article.unicode_form, text)
    return text.encode(article.outlet.encoding, "xmlcharrefreplace")


def listing_page(outlet: Outlet, title: str, articles: Sequence[Article]) -> bytes:
    """Render a home or section page: teasers of many articles, the prose of none."""
    teasers = "".join(
        f'<li class="teaser"><h3><a href="{item.path}">{escape(item.title)}</a></h3>'
        f"<p>{escape(item.summary)}</p></li>"
        for item in articles
    )
    head = _head_start(outlet, title) + f"<title>{escape(title)} | {escape(outlet.name)}</title>"
    body = f"{_header(outlet)}<main><h1>{escape(title)}</h1><ul>{teasers}</ul></main>"
    text = _document(outlet.language, head, body + _footer(outlet))
    return text.encode(outlet.encoding, "xmlcharrefreplace")


def wall_page(outlet: Outlet) -> bytes:
    """Render the page that a consent wall shows in place of every article."""
    title, *paragraphs = CONSENT
    text = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    buttons = "".join(f"<button>{word}</button>" for word in ("Accept all", "Refuse", "Settings"))
    head = _head_start(outlet, title) + f"<title>{escape(outlet.name)}</title>"
    body = f'<main id="consent"><h1>{title}</h1>{text}{buttons}</main>'
    return _document(outlet.language, head, body).encode(outlet.encoding)


def missing_page(outlet: Outlet) -> bytes:
    """Render the page of an article that was taken down."""
    head = _head_start(outlet, "404") + f"<title>404 | {escape(outlet.name)}</title>"
    body = f"{_header(outlet)}<main><h1>404</h1></main>{_footer(outlet)}"
    return _document(outlet.language, head, body).encode(outlet.encoding)


def _document(lang: str, head: str, body: str) -> str:
    direction = "rtl" if lang == "ar" else "ltr"
    return (
        f'<!DOCTYPE html>\n<html lang="{lang}" dir="{direction}">\n<head>{head}</head>\n'
        f"<body>\n{body}\n</body>\n</html>\n"
    )


def _head_start(outlet: Outlet, title: str) -> str:
    return (
        f'<meta charset="{outlet.encoding}">{GENERATOR}'
        f'<meta property="og:site_name" content="{escape(outlet.name)}">'
        f'<meta property="og:title" content="{escape(title)}">'
    )


def _head(article: Article, setting: Setting) -> str:
    outlet = article.outlet
    title = article.title + article.title_suffix
    return (
        _head_start(outlet, title)
        + f"<title>{escape(title)}</title>"
        + '<meta property="og:type" content="article">'
        + f'<meta name="author" content="{escape(article.author)}">'
        + f'<meta name="description" content="{escape(article.summary)}">'
        + f'<link rel="canonical" href="{setting.base_url}{article.path}">'
        + (_dates(article, setting.published, setting.modified) if article.dated else "")
        + ADS
    )


def _dates(article: Article, published: datetime, modified: datetime) -> str:
    if article.outlet.page_dates == "jsonld":
        return _json_ld(article, published, modified)
    if article.outlet.page_dates == "time":
        return ""
    return (
        f'<meta property="article:published_time" content="{published.isoformat()}">'
        f'<meta property="article:modified_time" content="{modified.isoformat()}">'
    )


def _json_ld(article: Article, published: datetime, modified: datetime) -> str:
    data = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": article.title,
        "datePublished": published.isoformat(),
        "dateModified": modified.isoformat(),
        "author": {"@type": "Person", "name": article.author},
        "publisher": {"@type": "Organization", "name": article.outlet.name},
    }
    safe = json.dumps(data, ensure_ascii=False).replace("<", "\\u003c")
    return f'<script type="application/ld+json">{safe}</script>'


def _classic(article: Article, published: datetime, related: str) -> str:
    lead = f'<p class="standfirst">{escape(article.lead)}</p>' if article.lead else ""
    return (
        f"{_header(article.outlet)}\n<main><article>\n"
        f"<h1>{escape(article.title)}</h1>\n{_byline(article, published)}\n{lead}"
        f"{_prose(article)}\n</article>\n{_share(article)}\n{related}\n"
        f"{_newsletter(article.outlet)}</main>\n{_footer(article.outlet)}"
    )


def _portal(article: Article, published: datetime, related: str) -> str:
    lead = f'<h2 class="sapo">{escape(article.lead)}</h2>' if article.lead else ""
    return (
        f'{_header(article.outlet)}\n<div id="wrapper"><div class="detail">\n'
        f'<h1 class="detail-title">{escape(article.title)}</h1>\n{_byline(article, published)}\n'
        f'{_share(article)}\n{lead}\n<div class="detail-content" itemprop="articleBody">\n'
        f"{_prose(article)}\n</div>\n{related}\n</div>\n"
        f"{_newsletter(article.outlet)}</div>\n{_footer(article.outlet)}"
    )


def _prose(article: Article) -> str:
    return "\n".join(
        f"<h3>{escape(text[3:])}</h3>" if text.startswith("## ") else f"<p>{escape(text)}</p>"
        for text in article.paragraphs
    )


def _byline(article: Article, published: datetime) -> str:
    return (
        f'<div class="byline"><span class="author">{escape(article.author)}</span> '
        f"{_stamp(article, published)}</div>"
    )


def _stamp(article: Article, published: datetime) -> str:
    if not article.dated or article.outlet.page_dates == "jsonld":
        return ""
    return f'<time datetime="{published.isoformat()}">{published:%d/%m/%Y %H:%M}</time>'


def _header(outlet: Outlet) -> str:
    links = "".join(
        f'<li><a href="/{outlet.id}/#s{number}">{escape(name)}</a></li>'
        for number, name in enumerate(outlet.sections)
    )
    home = f'<a class="logo" href="/{outlet.id}/">{escape(outlet.name)}</a>'
    return f'<header>{home}<nav><ul>{links}</ul></nav></header><div class="ad" id="top"></div>'


def _related_box(outlet: Outlet, articles: Sequence[Article]) -> str:
    links = "".join(f'<li><a href="{item.path}">{escape(item.title)}</a></li>' for item in articles)
    heading = WORDS[outlet.language].related
    return f'<aside class="related"><h4>{heading}</h4><ul>{links}</ul></aside>'


def _share(article: Article) -> str:
    word = WORDS[article.outlet.language].share
    links = "".join(f'<a href="#{site}">{site}</a>' for site in ("Facebook", "X", "Telegram"))
    return f'<div class="share">{word} {links}</div>'


def _newsletter(outlet: Outlet) -> str:
    words = WORDS[outlet.language]
    return (
        f'<section class="newsletter"><form><label>{words.newsletter}'
        f'<input type="email" name="e"></label><button>{words.subscribe}</button></form></section>'
    )


def _footer(outlet: Outlet) -> str:
    return f"<footer><p>{escape(outlet.name)} · {WORDS[outlet.language].footer}</p></footer>"
