"""Feed lists as OPML 2.0, both ways; what OPML has no word for travels in our namespace."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Sequence
from typing import Any

from treatywatch.config.feeds import free_id
from treatywatch.extractors.urls import host_of, is_fetchable
from treatywatch.news.errors import UsageError
from treatywatch.news.records import LANGUAGES, Feed

NAMESPACE = "urn:treatywatch:opml:1"
MAX_BYTES = 10_000_000
MAX_FEEDS = 20_000
_NOT_IN_IDS = re.compile(r"[^a-z0-9]+")
_MAX_ID_CHARS = 60


def write_opml(feeds: Sequence[Feed], title: str = "treatywatch feeds") -> bytes:
    """Return a feed list as an OPML 2.0 document in UTF-8."""
    from lxml import etree

    root = etree.Element("opml", version="2.0", nsmap={"treatywatch": NAMESPACE})
    head = etree.SubElement(root, "head")
    etree.SubElement(head, "title").text = title
    body = etree.SubElement(root, "body")
    for feed in feeds:
        outline = etree.SubElement(body, "outline", type="rss", text=feed.name, title=feed.name)
        outline.set("xmlUrl", feed.url)
        outline.set("language", feed.language)
        if feed.homepage:
            outline.set("htmlUrl", feed.homepage)
        outline.set(_own("id"), feed.id)
        outline.set(_own("country"), feed.country)
        outline.set(_own("kind"), feed.kind)
        outline.set(_own("enabled"), "true" if feed.enabled else "false")
    written: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return written


def read_opml(document: bytes, *, language: str = "", source: str = "OPML") -> list[Feed]:
    """Return the feeds of an OPML document, folders flattened, each address once.

    `language` holds for feeds that name none. `source` is how errors call the document.

    Raises:
        UsageError: when it is no OPML, or a feed has no language and none is given.
    """
    root = _parsed(document, source)
    outlines = [each for each in root.iter("outline") if _address(each)]
    if len(outlines) > MAX_FEEDS:
        raise UsageError(f"{source}: more than {MAX_FEEDS} feeds; split it.")
    feeds: dict[str, Feed] = {}
    taken: set[str] = set()
    for outline in outlines:
        feed = _feed(outline, language, source, taken)
        if feeds.setdefault(feed.url, feed) is feed:
            taken.add(feed.id)
    if not feeds:
        raise UsageError(f"{source}: no feed in it; an outline with an xmlUrl is needed.")
    return list(feeds.values())


def _parsed(document: bytes, source: str) -> Any:
    from lxml import etree

    if len(document) > MAX_BYTES:
        raise UsageError(
            f"{source}: larger than {MAX_BYTES // 1_000_000} MB, which no feed list is."
        )
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=False
    )
    try:
        root = etree.fromstring(document, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise UsageError(
            f"{source}: not readable as XML ({_without_place(error)}); "
            "give the OPML file that your feed reader exports."
        ) from error
    if root.tag != "opml":
        raise UsageError(
            f"{source}: the document is <{root.tag}>, not <opml>; "
            "give the OPML file that your feed reader exports."
        )
    return root


def _without_place(error: Exception) -> str:
    """Return the words of an error of lxml, which names a file `<string>` that nobody has."""
    return re.sub(r"\s*\(<string>, line \d+\)$", "", str(error)).rstrip(",")


def _address(outline: Any) -> str:
    url = (outline.get("xmlUrl") or outline.get("xmlurl") or "").strip()
    return url if is_fetchable(url) else ""


def _feed(outline: Any, language: str, source: str, taken: Collection[str]) -> Feed:
    url = _address(outline)
    name = (outline.get("title") or outline.get("text") or host_of(url)).strip()
    spoken = (outline.get("language") or language).strip().lower().partition("-")[0]
    if spoken not in LANGUAGES:
        raise UsageError(
            f"{source}: feed {url} has language {spoken!r}; it must be one of "
            f"{', '.join(LANGUAGES)}, in the file or by --language."
        )
    return Feed(
        id=free_id(outline.get(_own("id")) or feed_id(name, url), taken),
        name=name,
        url=url,
        language=spoken,
        homepage=outline.get("htmlUrl") or "",
        country=outline.get(_own("country")) or "",
        kind=outline.get(_own("kind")) or "",
        enabled=(outline.get(_own("enabled")) or "true").lower() != "false",
    )


def feed_id(name: str, url: str) -> str:
    """Return a readable id for a feed: from its name in Latin letters, else from its host."""
    for words in (name, host_of(url)):
        bare = unicodedata.normalize("NFKD", words.lower().replace("đ", "d"))
        slug = _NOT_IN_IDS.sub("-", bare.encode("ascii", "ignore").decode()).strip("-")
        if len(slug) >= 3:
            return slug[:_MAX_ID_CHARS].strip("-")
    return "feed"


def _own(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"
