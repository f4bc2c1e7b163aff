"""Addresses: which may be fetched, how links resolve, and when two addresses are one article."""

from __future__ import annotations

import base64
import binascii
import re
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlencode, urljoin, urlsplit

from treatywatch.news.text import normalise

MAX_URL_CHARS = 4096
GOOGLE_NEWS_HOST = "news.google.com"

# Only parameters that name the reader's way to the page, never the page. `cid`, `galleryid`,
# `id`, `p` and their like identify articles on real sites and are kept.
_TRACKING = re.compile(
    r"(?:utm_\w*|fbclid|gclid|dclid|gbraid|wbraid|msclkid|yclid|twclid|igshid|mc_[ce]id|_ga|_gl"
    r"|traffic_source|at_medium|at_campaign|at_custom\d|at_format|at_link_\w+|at_ptr_name|at_bbc_team"
    r"|ocid|cmpid|ns_\w+|ito|smid|ftag|wt_mc|wt\.mc_id|maca|xtor|ref_src|ref_url|taid|__twitter_impression"
    r"|zarsrc)",
    re.IGNORECASE,
)
# Control characters, what no address may hold, and marks that turn the order of what is shown.
_UNSAFE = re.compile(r"[\x00-\x20\x7f-\x9f<>\"\\^`{}|\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_AS_BYTES = "surrogateescape"
_HTTP_URL = re.compile(rb"https?://[\x21-\x7e]{4,2000}")


def split_url(url: str) -> SplitResult | None:
    """Split an address; None when it cannot be one."""
    if not url or len(url) > MAX_URL_CHARS:
        return None
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    return parts


def is_fetchable(url: str) -> bool:
    """Tell whether an address is http(s), has a host and carries no credentials."""
    parts = split_url(url)
    return bool(
        parts
        and parts.scheme.lower() in ("http", "https")
        and parts.hostname
        and "@" not in parts.netloc
    )


def resolve_link(base: str, link: str) -> str:
    """Make a link absolute and clean; "" when it does not lead to a page that can be fetched."""
    link = re.sub(r"[\t\r\n]", "", link).strip()
    if not link or len(link) > MAX_URL_CHARS:
        return ""
    try:
        absolute = urljoin(base, link)
    except ValueError:
        return ""
    absolute = _UNSAFE.sub(lambda found: quote(found[0]), absolute).partition("#")[0]
    return absolute if is_fetchable(absolute) else ""


def host_of(url: str) -> str:
    """Return host and port in lower case, as politeness counts hosts; "" when there is none."""
    parts = split_url(url)
    if parts is None or not parts.hostname:
        return ""
    port = parts.port
    host = parts.hostname.lower().rstrip(".")
    usual = 443 if parts.scheme.lower() == "https" else 80
    return host if port in (None, usual) else f"{host}:{port}"


def origin_of(url: str) -> str:
    """Return scheme, host and port of an address, as robots.txt is looked up."""
    parts = urlsplit(url)
    return f"{parts.scheme.lower()}://{parts.netloc.lower()}"


def canonical_key(url: str) -> str:
    """Return the key under which an article is known.

    Conservative: scheme, `www.`, default port, fragment and known tracking parameters do not
    count; every other parameter, the case of the path and a closing slash do. Two keys for one
    article are linked as one story later; one key for two articles would lose one of them.
    An escaped slash counts as a slash: ids are made of keys, so a key may never change again.
    """
    # Bytes that are no UTF-8, and halves of surrogate pairs, are carried through as they are: were
    # they replaced, addresses in an older encoding would all become one.
    carried = url.encode("utf-8", "surrogatepass").decode("utf-8", _AS_BYTES)
    parts = split_url(carried)
    if parts is None or not parts.hostname:
        return url
    host = host_of(url).removeprefix("www.")
    unquoted = unquote(normalise(parts.path), errors=_AS_BYTES)
    path = quote(unquoted, safe="/:@!$&'()*+,;=~-._%", errors=_AS_BYTES) or "/"
    pairs = parse_qsl(parts.query, keep_blank_values=True, errors=_AS_BYTES)
    kept = [(name, value) for name, value in pairs if not _TRACKING.fullmatch(name)]
    query = urlencode(kept, errors=_AS_BYTES)
    return f"{host}{path}?{query}" if query else f"{host}{path}"


def without_tracking(url: str) -> str:
    """Return the address without known tracking parameters and fragment."""
    parts = split_url(url)
    if parts is None:
        return url
    kept = [
        piece
        for piece in parts.query.split("&")
        if piece and not _TRACKING.fullmatch(piece.partition("=")[0])
    ]
    return parts._replace(query="&".join(kept), fragment="").geturl()


def resolve_google_news(url: str) -> str:
    """Return the outlet's own address held in a Google News link, else the link unchanged.

    Older links carry it in base64; newer ones carry a token that only Google can resolve.
    """
    parts = split_url(url)
    if parts is None or parts.hostname != GOOGLE_NEWS_HOST or "/articles/" not in parts.path:
        return url
    token = parts.path.rpartition("/")[2]
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except (binascii.Error, ValueError):
        return url
    found = _HTTP_URL.search(raw)
    address = found[0].decode("ascii") if found else ""
    return address if is_fetchable(address) else url
