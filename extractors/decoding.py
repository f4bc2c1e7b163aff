"""Bodies and characters: bounded decompression, and the charset by the standard's order."""

from __future__ import annotations

import codecs
import io
import re
import zlib
from collections.abc import Callable

from treatywatch.news.text import normalise

_MAX_LAYERS = 3
_MAX_MEMBERS = 100  # of one gzip body; each costs a copy of the rest
_CHUNK = 1 << 16
_META_SCAN_BYTES = 4096
_META_CHARSET = re.compile(
    rb"""<meta[^>]{0,500}?charset\s{0,9}=\s{0,9}["']?\s{0,9}([\w:.-]{2,40})""", re.I
)
_XML_ENCODING = re.compile(
    rb"""^\s{0,9}<\?xml[^>]{0,200}?encoding\s{0,9}=\s{0,9}["']([\w:.-]{2,40})""", re.I
)
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# A page whose share of undecodable characters is above this was not UTF-8 at all; one bad byte is.
_MAX_BAD_SHARE = 0.002
# Browsers read these labels as their Windows supersets (WHATWG Encoding, "names and labels").
_SUPERSETS = {
    "iso8859-1": "cp1252",
    "ascii": "cp1252",
    "iso8859-9": "cp1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "tis-620": "cp874",
    "iso8859-11": "cp874",
}
# The encodings of the WHATWG standard, by Python's names, and UTF-32. Python's others are no
# alphabets of pages: some raise whatever is done about errors, some take quadratic time.
_KNOWN_CODECS = frozenset(
    {
        *("utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"),
        *(f"iso8859-{part}" for part in range(1, 17) if part != 12),
        *(f"cp{page}" for page in range(1250, 1259)),
        *("ascii", "cp866", "cp874", "koi8-r", "koi8-u", "mac-roman", "mac-cyrillic", "tis-620"),
        *("gb2312", "gbk", "gb18030", "big5", "big5hkscs", "cp950"),
        *("shift_jis", "cp932", "euc_jp", "iso2022_jp", "euc_kr", "cp949"),
    }
)
_TEXT_CODECS = ("utf-8", "cp1258", "cp1252")
_ARABIC = re.compile(r"[\u060c\u061b\u061f\u0621-\u0652]")
_ARABIC_SHARE = 0.7


class BodyTooLargeError(Exception):
    """The decompressed body is larger than the limit."""


class BodyDamagedError(Exception):
    """The compressed body is truncated or not what its header says."""


# --- bodies ----------------------------------------------------------------------------------


def decompress(body: bytes, content_encoding: str, limit: int) -> bytes:
    """Undo the content encodings of a body, never producing more than `limit` bytes.

    Raises:
        BodyTooLargeError, BodyDamagedError
    """
    layers = [each.strip().lower() for each in content_encoding.split(",") if each.strip()]
    if len(layers) > _MAX_LAYERS:
        raise BodyDamagedError(f"{len(layers)} layers of compression")
    for layer in reversed(layers):
        body = _undo(layer, body, limit)
    if len(body) > limit:
        raise BodyTooLargeError
    return body


def _undo(layer: str, body: bytes, limit: int) -> bytes:
    if layer in ("", "identity") or not body:
        return body
    undo = _UNDO.get(layer)
    if undo is None:
        raise BodyDamagedError(f"unknown compression {layer[:20]!r}")
    return undo(body, limit)


def _gunzip(body: bytes, limit: int) -> bytes:
    if body[:2] != b"\x1f\x8b":
        return body  # servers that say gzip and send plain text
    out = bytearray()
    for _ in range(_MAX_MEMBERS):
        if body[:2] != b"\x1f\x8b":  # members may follow each other
            return bytes(out)
        member = zlib.decompressobj(31)
        out += _inflated(member, body, limit - len(out))
        body = member.unused_data
    raise BodyDamagedError(f"more than {_MAX_MEMBERS} compressed parts in one")


def _inflate(body: bytes, limit: int) -> bytes:
    try:
        return _inflated(zlib.decompressobj(15), body, limit)
    except BodyDamagedError:
        return _inflated(zlib.decompressobj(-15), body, limit)


def _inflated(stream: zlib._Decompress, body: bytes, limit: int) -> bytes:
    try:
        out = stream.decompress(body, limit + 1)
    except zlib.error as error:
        raise BodyDamagedError(f"damaged compression ({error})") from error
    if len(out) > limit:
        raise BodyTooLargeError
    if not stream.eof:
        raise BodyDamagedError("truncated compression")
    return out


def _unbrotli(body: bytes, limit: int) -> bytes:
    import brotli  # type: ignore[import-untyped]

    stream = brotli.Decompressor()
    out = bytearray()
    try:
        out += stream.process(body, output_buffer_limit=_CHUNK)
        while not stream.is_finished() and not stream.can_accept_more_data():
            out += stream.process(b"", output_buffer_limit=_CHUNK)
            if len(out) > limit:
                raise BodyTooLargeError
    except brotli.error as error:
        raise BodyDamagedError("damaged compression (brotli)") from error
    if not stream.is_finished():
        raise BodyDamagedError("truncated compression")
    return bytes(out)


def _unzstd(body: bytes, limit: int) -> bytes:
    import zstandard

    reader = zstandard.ZstdDecompressor(max_window_size=1 << 27).stream_reader(
        io.BytesIO(body), read_across_frames=True
    )
    out = bytearray()
    try:
        while piece := reader.read(_CHUNK):
            out += piece
            if len(out) > limit:
                raise BodyTooLargeError
    except zstandard.ZstdError as error:
        raise BodyDamagedError(f"damaged compression ({error})") from error
    if not out:
        raise BodyDamagedError("truncated compression")
    return bytes(out)


_UNDO: dict[str, Callable[[bytes, int], bytes]] = {
    "gzip": _gunzip,
    "x-gzip": _gunzip,
    "deflate": _inflate,
    "br": _unbrotli,
    "zstd": _unzstd,
}

# --- characters ------------------------------------------------------------------------------

_SEVEN_BIT = bytes(range(128))


def decode(body: bytes, charset: str | None = None) -> str:
    """Decode a page: BOM, then UTF-8 where it fits, then header, `<meta>`, and the best guess.

    UTF-8 goes before what is declared because valid UTF-8 is never an accident, and because one
    bad byte must not turn a whole page into another alphabet. Returns NFC.
    """
    for bom, name in _BOMS:
        if body.startswith(bom):
            return normalise(body[len(bom) :].decode(name, "replace"))
    text = body.decode("utf-8", "replace")
    bad = text.count("\ufffd")
    if not bad:
        return normalise(_declared_7bit(body, charset) or text)
    high = len(body.translate(None, _SEVEN_BIT))
    if bad <= max(1, high * _MAX_BAD_SHARE):
        return normalise(text)
    name = _declared(body, charset) or _guess(body)
    return normalise(body.decode(name, "replace"))


def _declared_7bit(body: bytes, charset: str | None) -> str | None:
    """Decode bytes that are valid UTF-8 only because their encoding uses seven bits or UTF-16."""
    name = _codec(charset)
    if name and name.startswith(("utf-16", "utf-32", "iso2022")):
        return body.decode(name, "replace")
    if body[:200].count(b"\x00") > 50:
        return body.decode("utf-16-le" if body[1:2] == b"\x00" else "utf-16-be", "replace")
    return None


def _declared(body: bytes, charset: str | None) -> str | None:
    """Return the declared codec, from the header first, unless it is the UTF-8 that did not fit."""
    head = body[:_META_SCAN_BYTES]
    found = [pattern.search(head) for pattern in (_META_CHARSET, _XML_ENCODING)]
    labels = [charset, *(each[1].decode("ascii", "ignore") for each in found if each)]
    names = [name for name in map(_codec, labels) if name and not name.startswith("utf")]
    return names[0] if names else None


def _codec(label: str | None) -> str | None:
    """Return Python's name of an encoding label; None when pages have no such encoding."""
    if not label or len(label) > 40:
        return None
    try:
        info = codecs.lookup(label.strip())
    except (LookupError, ValueError):
        return None
    if info.name not in _KNOWN_CODECS:
        return None
    return _SUPERSETS.get(info.name, info.name)


def _guess(body: bytes) -> str:
    """Return the likeliest codec of bytes that declare none that fits."""
    sample = re.sub(rb"<[^<>]*>", b" ", body[:200_000])[:30_000]
    high = bytes(byte for byte in sample if byte > 0x7F)
    # Windows-1256 keeps Western accents where Windows-1252 has them, so Arabic letters decide.
    arabic = len(_ARABIC.findall(high.decode("cp1256")))
    if arabic >= _ARABIC_SHARE * len(high):
        return "cp1256"
    from charset_normalizer import from_bytes

    best = from_bytes(sample, cp_isolation=list(_TEXT_CODECS)).best()
    return best.encoding if best is not None else "cp1252"
