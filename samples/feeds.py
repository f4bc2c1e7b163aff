"""Render the feeds of the sample newsroom in RSS 2.0, Atom and RDF."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from html import escape
from html.entities import codepoint2name
from typing import Final

from .records import GONE, Article, Outlet, load_outlets

# An entity that XML does not know and an item that is never closed: what a cut-off export leaves.
BROKEN_TAIL: Final = "<item><title>Điểm tin&nbsp;cuối ngày &banquyen; kỳ 3</title><descripti"


@dataclass(frozen=True)
class DatedEntry:
    """Hold a feed entry with the dates it has in one edition."""

    article: Article
    published: datetime
    updated: datetime


def sample_feeds(base_url: str) -> list[dict[str, str]]:
    """List the feeds as records of a feed list."""
    root = base_url.rstrip("/")
    return [
        {
            "id": outlet.id,
            "name": outlet.name,
            "url": f"{root}{outlet.feed_path}",
            "homepage": f"{root}/{outlet.id}/",
            "language": outlet.language,
            "country": outlet.country,
            "kind": outlet.kind,
        }
        for outlet in load_outlets().values()
    ]


def feed_body(outlet: Outlet, entries: Sequence[DatedEntry], base_url: str) -> bytes:
    """Render an outlet's feed in its format and encoding."""
    draw = {"rss": _rss, "atom": _atom, "rdf": _rdf}[outlet.feed_format]
    text = f'<?xml version="1.0" encoding="{outlet.encoding}"?>\n{draw(outlet, entries, base_url)}'
    return text.encode(outlet.encoding, "xmlcharrefreplace")


def feed_type(outlet: Outlet) -> str:
    """Return the media type of an outlet's feed."""
    kinds = {"rss": "rss+xml", "atom": "atom+xml", "rdf": "rdf+xml"}
    return f"application/{kinds[outlet.feed_format]}; charset={outlet.encoding}"


def feed_date(style: str, moment: datetime) -> str:
    """Write a date the way an outlet's feed writes it, faults included."""
    mail = format_datetime(moment)
    match style:
        case "short_offset":
            return mail[:-2]
        case "two_digit_year":
            return mail.replace(f" {moment.year} ", f" {moment:%y} ")
        case "us_no_zone":
            half = "AM" if moment.hour < 12 else "PM"
            clock = f"{(moment.hour - 1) % 12 + 1}:{moment:%M:%S} {half}"
            return f"{moment.month}/{moment.day}/{moment.year} {clock}"
        case "iso":
            return moment.isoformat()
        case "iso_no_zone":
            return moment.replace(tzinfo=None).isoformat()
        case _:
            return mail


def _rss(outlet: Outlet, entries: Sequence[DatedEntry], base_url: str) -> str:
    items = "".join(_rss_item(entry, base_url) for entry in entries)
    tail = BROKEN_TAIL if outlet.feed_state == "malformed" else "</channel></rss>\n"
    return (
        f'<rss version="2.0"><channel><title>{escape(outlet.name)}</title>'
        f"<link>{base_url}/{outlet.id}/</link><description>{escape(outlet.name)}</description>"
        f"<language>{outlet.language}</language><generator>treatywatch sample</generator>\n"
        f"{items}{tail}"
    )


def _rss_item(entry: DatedEntry, base_url: str) -> str:
    article = entry.article
    date = f"<pubDate>{_date(entry, entry.updated)}</pubDate>" if article.dated else ""
    return (
        f"<item><title>{_title(article)}</title><link>{_link(article, base_url)}</link>"
        f'<guid isPermaLink="false">{_identity(article)}</guid>{date}'
        f"<description>{escape(article.summary)}</description></item>\n"
    )


def _atom(outlet: Outlet, entries: Sequence[DatedEntry], base_url: str) -> str:
    newest = max((entry.updated for entry in entries), default=None)
    updated = f"<updated>{newest.isoformat()}</updated>" if newest else ""
    items = "".join(_atom_entry(entry, base_url) for entry in entries)
    return (
        f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{outlet.language}">'
        f"<title>{escape(outlet.name)}</title><id>urn:treatywatch-sample:{outlet.id}</id>"
        f'<link href="{base_url}/{outlet.id}/"/>{updated}'
        f"<generator>treatywatch sample</generator>\n{items}</feed>\n"
    )


def _atom_entry(entry: DatedEntry, base_url: str) -> str:
    article = entry.article
    return (
        f"<entry><title>{_title(article)}</title><id>{_identity(article)}</id>"
        f'<link rel="alternate" href="{_link(article, base_url)}"/>'
        f"<published>{_date(entry, entry.published)}</published>"
        f"<updated>{_date(entry, entry.updated)}</updated>"
        f"<author><name>{escape(article.author)}</name></author>"
        f"<summary>{escape(article.summary)}</summary></entry>\n"
    )


def _rdf(outlet: Outlet, entries: Sequence[DatedEntry], base_url: str) -> str:
    order = "".join(
        f'<rdf:li rdf:resource="{_link(entry.article, base_url)}"/>' for entry in entries
    )
    items = "".join(_rdf_item(entry, base_url) for entry in entries)
    return (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
        ' xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"'
        ' xmlns:content="http://purl.org/rss/1.0/modules/content/">\n'
        f'<channel rdf:about="{base_url}{outlet.feed_path}"><title>{escape(outlet.name)}</title>'
        f"<link>{base_url}/{outlet.id}/</link><description>treatywatch sample</description>"
        f"<items><rdf:Seq>{order}</rdf:Seq></items></channel>\n{items}</rdf:RDF>\n"
    )


def _rdf_item(entry: DatedEntry, base_url: str) -> str:
    article = entry.article
    link = _link(article, base_url)
    return (
        f'<item rdf:about="{link}"><title>{_title(article)}</title><link>{link}</link>'
        f"<dc:date>{_date(entry, entry.updated)}</dc:date>"
        f"<dc:creator>{escape(article.author)}</dc:creator>"
        f"<dc:language>{article.language}</dc:language>"
        f"<description>{escape(article.summary)}</description>{_content(article)}</item>\n"
    )


def _content(article: Article) -> str:
    """Carry the whole text for an article whose page is gone."""
    if article.kind != GONE:
        return ""
    text = "".join(f"<p>{escape(paragraph)}</p>" for paragraph in article.paragraphs)
    return f"<content:encoded><![CDATA[{text}]]></content:encoded>"


def _date(entry: DatedEntry, moment: datetime) -> str:
    return feed_date(entry.article.outlet.feed_dates, moment)


def _identity(article: Article) -> str:
    return f"urn:treatywatch-sample:{article.outlet.id}:{article.slug}"


def _link(article: Article, base_url: str) -> str:
    return article.path if article.outlet.feed_links == "relative" else base_url + article.path


def _title(article: Article) -> str:
    title = article.title + article.title_suffix
    if article.outlet.feed_titles == "entities":
        return f"<![CDATA[{''.join(_entity(letter) for letter in title)}]]>"
    return escape(title)


def _entity(letter: str) -> str:
    if ord(letter) < 128:
        return escape(letter)
    name = codepoint2name.get(ord(letter))
    return f"&{name};" if name else f"&#{ord(letter)};"
