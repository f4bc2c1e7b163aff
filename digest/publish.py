"""The folder of past digests: an index page and an Atom feed, made from what lies in it."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from lxml import html

from treatywatch.digest.files import write_whole
from treatywatch.digest.options import DIGEST_LANGUAGES, DigestOptions
from treatywatch.digest.render_html import environment, page_policy, page_style, page_title
from treatywatch.digest.safety import clean_line
from treatywatch.digest.words import Words
from treatywatch.news.errors import UsageError
from treatywatch.news.weekly import IsoWeek

INDEX_NAME = "index.html"
FEED_NAME = "feed.atom"
MOST_IN_FEED = 52
_NAME = re.compile(r"digest-(\d{4}-W\d{2})\.(html|md|json|csv\.zip|eml)", re.ASCII)
_ORDER = ("html", "md", "json", "csv.zip", "eml")
# A digest's head stands well within its first characters.
_HEAD_BYTES = 65_536
_SUMMARY_CHARS = 600


@dataclass(slots=True)
class PastDigest:
    """One week's files in the folder, and what its page says of itself."""

    week: IsoWeek
    files: dict[str, str] = field(default_factory=dict)  # format -> file name
    summary: str = ""
    language: str = ""  # of the summary; "" when the page does not say
    updated: datetime = datetime(1970, 1, 1, tzinfo=UTC)

    @property
    def first_file(self) -> str:
        """Return the file a reader wants first."""
        return next(self.files[kind] for kind in _ORDER if kind in self.files)


def publish_index(folder: Path, options: DigestOptions) -> tuple[Path, Path]:
    """Write `index.html` and `feed.atom` of the folder's digests, newest first."""
    words = Words(options.language, options.arabic_digits)
    past = list_digests(folder)
    index, feed = folder / INDEX_NAME, folder / FEED_NAME
    write_whole(
        {
            index: _index(past, options, words).encode(),
            feed: _feed(past, options, words).encode(),
        }
    )
    return index, feed


def list_digests(folder: Path) -> list[PastDigest]:
    """Return the digests that lie in a folder, newest week first; other files are passed over."""
    found: dict[IsoWeek, dict[str, str]] = defaultdict(dict)
    for path in folder.iterdir():
        match = _NAME.fullmatch(path.name)
        week = _week(match[1]) if match else None
        if match and week and path.is_file():
            found[week][match[2]] = path.name
    digests = [_past(folder, week, files) for week, files in found.items()]
    return sorted(digests, key=lambda past: past.week, reverse=True)


def _week(text: str) -> IsoWeek | None:
    try:
        return IsoWeek.parse(text)
    except UsageError:
        return None


def _past(folder: Path, week: IsoWeek, files: dict[str, str]) -> PastDigest:
    midnight = datetime.combine(week.sunday + timedelta(days=1), time(), UTC)
    ordered = {kind: files[kind] for kind in _ORDER if kind in files}
    past = PastDigest(week, ordered, updated=midnight)
    if "html" in files:
        with (folder / files["html"]).open("rb") as page:
            _read_head(page.read(_HEAD_BYTES), past)
    return past


def _read_head(head: bytes, past: PastDigest) -> None:
    document = html.document_fromstring(head or b"<html></html>")
    said = {meta.get("name"): meta.get("content", "") for meta in document.iter("meta")}
    said_language = document.get("lang")
    past.language = said_language if said_language in DIGEST_LANGUAGES else ""
    past.summary = clean_line(said.get("description", ""), _SUMMARY_CHARS)
    try:
        updated = datetime.fromisoformat(said.get("treatywatch-updated", ""))
    except ValueError:
        return
    past.updated = updated if updated.tzinfo else past.updated


def _index(past: list[PastDigest], options: DigestOptions, words: Words) -> str:
    style = page_style()
    return (
        environment(words)
        .get_template("index.html.j2")
        .render(
            title=page_title(options, words),
            past=past,
            style=style,
            policy=page_policy(style),
            feed_name=FEED_NAME,
        )
    )


def _feed(past: list[PastDigest], options: DigestOptions, words: Words) -> str:
    """Return the Atom feed; ids name the week, so that a rebuilt digest is the same entry."""
    title = escape(page_title(options, words))
    updated = max((digest.updated for digest in past), default=datetime(1970, 1, 1, tzinfo=UTC))
    entries = "".join(_entry(digest, words) for digest in past[:MOST_IN_FEED])
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{words.language}">\n'
        "<id>urn:treatywatch:digests</id>\n"
        f"<title>{title}</title>\n<updated>{_stamp(updated)}</updated>\n"
        "<author><name>treatywatch</name></author>\n"
        f'<link rel="self" href="{FEED_NAME}"/>\n<link rel="alternate" href="{INDEX_NAME}"/>\n'
        f"{entries}</feed>\n"
    )


def _entry(digest: PastDigest, words: Words) -> str:
    name = f"{words.week(digest.week)}, {words.week_days(digest.week)}"
    return (
        f"<entry>\n<id>urn:treatywatch:digest:{digest.week}</id>\n"
        f"<title>{escape(name)}</title>\n<updated>{_stamp(digest.updated)}</updated>\n"
        f'<link rel="alternate" href={quoteattr(digest.first_file)}/>\n'
        f"<summary>{escape(digest.summary or name)}</summary>\n</entry>\n"
    )


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
