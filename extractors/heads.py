"""What a page says of itself in its head: title, date, author, image, canonical address."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from treatywatch.extractors.markup import without_control
from treatywatch.extractors.urls import resolve_link
from treatywatch.news.text import normalise

_HEAD_CHARS = 150_000
_MAX_METAS = 500
_MAX_JSON_LD = 12
_JSON_LD_CHARS = 300_000
_JSON_LD_NODES = 2_000
_HEAD_END = re.compile(r"</head\s*>|<body\b", re.I)
_JSON_LD = re.compile(r"<script\b[^<>]{0,500}ld\+json[^<>]{0,200}>", re.I)
_SCRIPT_END = re.compile(r"</script", re.I)
_ARTICLE_TYPE = re.compile(r"Article|NewsArticle|BlogPosting|Report|LiveBlogPosting")
_DATE_METAS = (
    "article:published_time",
    "og:article:published_time",
    "datepublished",
    "parsely-pub-date",
    "sailthru.date",
    "pubdate",
    "publishdate",
    "publish-date",
    "publication_date",
    "article.published",
    "dc.date.issued",
    "dcterms.created",
    "dc.date",
    "dcterms.date",
    "date",
)
_IN_BRACKETS = re.compile(r"[(\[][^()\[\]]*[)\]]")
_KIND_OF_OUTLET = re.compile(r"^(?:the|báo|tạp chí|đài|صحيفة|جريدة|موقع|قناة|وكالة|شبكة)\s+")
_DOMAIN = re.compile(r"^(?:www\.)?([\w-]{2,63})(?:\.[a-z]{2,10}){1,3}$")
_TITLE_SEPARATORS = re.compile(r"\s+[|\-–—·»:]\s+|\s*\|\s*")


@dataclass(frozen=True, slots=True)
class Head:
    """The page's own words about itself; "" where it says nothing."""

    title: str = ""
    description: str = ""
    author: str = ""
    site_name: str = ""
    image_url: str = ""
    canonical_url: str = ""
    published: str = ""  # as written
    is_article: bool = False  # JSON-LD says so; og:type is "article" on section pages too
    is_free: bool = True  # False: JSON-LD says that only subscribers may read


def read_head(markup: str, url: str) -> Head:
    """Read the head of a page; never raises, whatever the page holds."""
    metas, title, canonical = _metas(markup)
    nodes = list(_json_ld(markup))
    articles = [node for node in nodes if _ARTICLE_TYPE.search(_types(node))]
    article: Mapping[str, Any] = articles[0] if articles else {}
    site = _text(metas.get("og:site_name")) or _name(article.get("publisher"))
    return Head(
        title=_best_title(article, metas, title, site),
        description=_text(metas.get("og:description") or metas.get("description"), 3000),
        author=_author(article, metas, site),
        site_name=site,
        image_url=resolve_link(url, metas.get("og:image") or _image(article.get("image"))),
        canonical_url=resolve_link(url, canonical or metas.get("og:url", "")),
        published=_published(articles, metas),
        is_article=bool(articles),
        is_free=str(article.get("isAccessibleForFree", "")).lower() not in ("false", "no"),
    )


def _metas(markup: str) -> tuple[dict[str, str], str, str]:
    """Return meta values by lower-case name (the first one wins), the title, the canonical link."""
    from lxml import etree
    from lxml import html as lxml_html

    end = _HEAD_END.search(markup, 0, _HEAD_CHARS)
    head = markup[: end.start() if end else _HEAD_CHARS]
    if not head.strip():
        return {}, "", ""
    try:
        parser = lxml_html.HTMLParser(encoding="utf-8", no_network=True, huge_tree=False)
        tree = lxml_html.document_fromstring(head.encode("utf-8", "replace"), parser=parser)
    except (etree.LxmlError, ValueError, AssertionError):
        return {}, "", ""
    metas: dict[str, str] = {}
    for meta in tree.xpath("//meta[@content]")[:_MAX_METAS]:
        name = meta.get("property") or meta.get("name") or meta.get("itemprop") or ""
        metas.setdefault(name.strip().lower(), meta.get("content", "").strip())
    titles = tree.xpath("//title//text()")
    links = tree.xpath("//link[translate(@rel,'CANOIL','canoil')='canonical']/@href")
    return metas, " ".join(map(str, titles[:5])), str(links[0]) if links else ""


def _json_ld(markup: str) -> Iterator[Mapping[str, Any]]:
    """Yield every object of the page's JSON-LD, outer ones first."""
    at = 0
    for _ in range(_MAX_JSON_LD):
        opening = _JSON_LD.search(markup, at)
        closing = _SCRIPT_END.search(markup, opening.end()) if opening else None
        if opening is None or closing is None:
            return
        at = closing.end()
        raw = markup[opening.end() : closing.start()].strip()
        if len(raw) <= _JSON_LD_CHARS:
            yield from _objects(raw)


# Below these stand other articles, with dates and authors of their own.
_OTHERS = frozenset({"itemListElement", "hasPart", "citation", "mentions", "isBasedOn"})


def _objects(raw: str) -> Iterator[Mapping[str, Any]]:
    try:
        waiting: list[Any] = [json.loads(raw, strict=False)]
    except (ValueError, RecursionError):
        return
    for _ in range(_JSON_LD_NODES):
        if not waiting:
            return
        node = waiting.pop(0)
        if isinstance(node, list):
            waiting += node[:200]
        elif isinstance(node, dict):
            if "@type" in node:
                yield node
            waiting += [
                each
                for key, each in list(node.items())[:100]
                if key not in _OTHERS and isinstance(each, (dict, list))
            ]


def _types(node: Mapping[str, Any]) -> str:
    kind = node.get("@type", "")
    return " ".join(map(str, kind[:5])) if isinstance(kind, list) else str(kind)[:100]


def _text(value: object, limit: int = 1000) -> str:
    """Return a value as words; it is text already, so a `<` in it stands for itself."""
    if not isinstance(value, str):
        return ""
    words = without_control(html.unescape(value[: limit * 2]))
    return " ".join(normalise(words).split())[:limit]


def _name(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(filter(None, map(_name, value[:6])))
    if isinstance(value, Mapping):
        value = value.get("name", "")
    return _text(value, 300)


def _image(value: object) -> str:
    if isinstance(value, list):
        value = value[0] if value else ""
    if isinstance(value, Mapping):
        value = value.get("url", "")
    return value if isinstance(value, str) else ""


def _best_title(article: Mapping[str, Any], metas: Mapping[str, str], title: str, site: str) -> str:
    candidates = (metas.get("og:title"), article.get("headline"), metas.get("twitter:title"), title)
    for candidate in candidates:
        if words := without_site_name(_text(candidate), site):
            return words
    return ""


def without_site_name(title: str, site: str) -> str:
    """Cut the outlet's name, whole or its first words, off the end of a title."""
    separators = list(_TITLE_SEPARATORS.finditer(title))
    if not separators or not _is_name_of(title[separators[-1].end() :], site):
        return title
    return title[: separators[-1].start()].rstrip(" |-–—·»:").strip() or title


def _is_name_of(words: str, site: str) -> bool:
    """Tell whether the words are a site's name; one more word may name its section.

    What merely stands in the name (the country it is called after) may be what a title is about.
    """
    last = _DOMAIN.sub(r"\1", words.strip().casefold()).split()
    bare = _IN_BRACKETS.sub(" ", site).strip().casefold()
    for name in (bare.split(), _KIND_OF_OUTLET.sub("", bare).split()):
        begins = name[: len(last)] == last or last[: len(name)] == name
        if last and name and begins and len(last) <= len(name) + 1:
            return True
    return bool(last) and "".join(last) == "".join(bare.split())


def _author(article: Mapping[str, Any], metas: Mapping[str, str], site: str) -> str:
    named = _name(article.get("author")) or _text(metas.get("author"), 300)
    is_site = site and named.casefold() in site.casefold()
    return "" if is_site or named.startswith("http") else named


def _published(articles: list[Mapping[str, Any]], metas: Mapping[str, str]) -> str:
    dates = [node.get("datePublished") for node in articles] + [metas.get(m) for m in _DATE_METAS]
    return next((each[:100] for each in dates if isinstance(each, str) and each.strip()), "")
