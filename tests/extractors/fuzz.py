"""Throw mutated feeds, pages, addresses, dates and words at every parser of strangers' input.

    python tests/extractors/fuzz.py --inputs 10000 --seed 1

Inputs run in worker processes with a time limit. Exit code 1 when one crashed, hung or leaked.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import psutil

from treatywatch.config.settings import ExtractSettings
from treatywatch.config.treaty import load_treaty
from treatywatch.extractors import dates, decoding, urls
from treatywatch.extractors.discovery import find_feeds
from treatywatch.extractors.feeds import FeedDocument, parse_feed
from treatywatch.extractors.markup import plain_text
from treatywatch.extractors.opml import read_opml, write_opml
from treatywatch.extractors.reader import ReadingJob, read_page
from treatywatch.extractors.sieve import Sieve
from treatywatch.extractors.stories import fingerprint
from treatywatch.extractors.workers import Mishap, Workers
from treatywatch.news.errors import UsageError
from treatywatch.news.records import Feed, FeedEntry, Page, PendingPage
from treatywatch.news.text import fold, normalise
from treatywatch.samples.newsroom import build_newsroom

NOW = datetime(2026, 11, 23, tzinfo=UTC)
FEED = Feed("f", "Paper", "http://paper.test/feed", "vi", country="VN")
SECONDS = 10.0
BATCH = 200
# Memory that caches may take; more than this after the first third is a leak.
MAX_GROWTH_MB = 60
TOKENS = (
    b"<", b">", b"&", b"\"", b"]]>", b"<![CDATA[", b"<!--", b"-->", b"<!DOCTYPE x [", b"&#0;",
    b"&#xD800;", b"&#x10FFFF;", b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"<item>",
    b"</item>", b"<script type='application/ld+json'>", b"</script>", b"{\"@type\":", b"\\u0627",
    b"<meta charset=utf-16>", b"9999-99-99T99:99:99Z", b"javascript:", b"http://[::1", b"%00",
    "\u202e".encode(), "\u0640".encode() * 50, "́".encode() * 100, b"A" * 5000, b"<div>" * 300,
)  # fmt: skip
DATES = (b"Sat, 25 Oct 2025 17:30:00 +0300", b"10/25/2025 5:30:00 PM", "٢٥ أكتوبر ٢٠٢٥".encode())
LINKS = (b"https://paper.test/a/b?cid=1&utm_source=x#y", b"//cdn.test:8080/%D8%A7?x=%FF")
SIEVE = Sieve(load_treaty().signals)


@dataclass
class Report:
    """What a run of the fuzzer met."""

    inputs: int = 0
    mishaps: list[str] = field(default_factory=list)
    results: Counter[str] = field(default_factory=Counter)
    growth_mb: float = 0.0
    seconds: float = 0.0

    @property
    def is_clean(self) -> bool:
        return not self.mishaps and self.growth_mb <= MAX_GROWTH_MB


# --- what is fuzzed: bytes in, a word out -------------------------------------------------------


def feed_target(body: bytes) -> str:
    parsed = parse_feed(FeedDocument(FEED, FEED.url, body, None, 50, NOW))
    assert parsed.error_class or all(entry.url for entry in parsed.entries)
    return parsed.error_class or "ok"


def page_target(body: bytes) -> str:
    url = "http://paper.test/news/20251025"
    pending = PendingPage(FeedEntry("e", "f", url, "g", "T", "h"), FEED)
    page = Page(url, url, 200, "text/html", None, body, NOW)
    outcome = read_page(ReadingJob(pending, page, None, 200))
    if outcome.article is not None:
        assert outcome.article.text == normalise(outcome.article.text)
        assert outcome.article.published_at is None or outcome.article.published_at <= NOW
    return outcome.failure.error_class if outcome.failure else outcome.kind


def sieve_target(body: bytes) -> str:
    text = decoding.decode(body)
    plain_text(text)
    return str(SIEVE.may_match_markup(text))


def address_target(body: bytes) -> str:
    text = body.decode("utf-8", "replace")
    link = urls.resolve_link("http://paper.test/x/", text)
    assert link == "" or urls.is_fetchable(link)
    key = urls.canonical_key(link or text)
    urls.resolve_google_news(f"https://news.google.com/rss/articles/{text}")
    return "link" if link else "none" if key else "empty"


def date_target(body: bytes) -> str:
    found = dates.plausible(dates.parse_date(body.decode("utf-8", "replace")), NOW)
    assert found is None or dates.EARLIEST <= found <= NOW
    return "date" if found else "none"


def fold_target(body: bytes) -> str:
    text = body.decode("utf-8", "replace")
    folded = fold(text)
    assert normalise(normalise(text)) == normalise(text)
    assert "  " not in folded
    fingerprint(text[:5000])
    return "ok"


def opml_target(body: bytes) -> str:
    try:
        return "ok" if read_opml(body, language="en") else "empty"
    except UsageError:
        return "refused"


def discovery_target(body: bytes) -> str:
    return "found" if find_feeds(decoding.decode(body), "http://paper.test/") else "none"


def run_target(job: tuple[str, bytes]) -> str:
    return TARGETS[job[0]](job[1])


TARGETS: dict[str, Callable[[bytes], str]] = {
    "feed": feed_target,
    "page": page_target,
    "sieve": sieve_target,
    "address": address_target,
    "date": date_target,
    "fold": fold_target,
    "opml": opml_target,
    "discovery": discovery_target,
}
# Pages and feeds are where strangers have most room.
WEIGHTS = {"feed": 3, "page": 3, "sieve": 2, "address": 1, "date": 1, "fold": 1, "opml": 1,
           "discovery": 1}  # fmt: skip


# --- inputs ---------------------------------------------------------------------------------------


def seeds(extra: Path | None) -> dict[str, list[bytes]]:
    """Return what is mutated: the sample newsroom, and real pages and feeds where they are."""
    served = build_newsroom(1, date(2026, 11, 23))
    feeds = [page.body for path, page in served.items() if "feed" in path]
    pages = [page.body for path, page in served.items() if "feed" not in path]
    if extra is not None and extra.is_dir():
        feeds += [path.read_bytes() for path in islice(sorted(extra.rglob("*.xml")), 200)]
    opml = write_opml([FEED, Feed("g", "Other", "https://other.test/rss", "ar")])
    texts = [page[:3000] for page in pages]
    return {"feed": feeds, "page": pages, "sieve": pages, "address": list(LINKS),
            "date": list(DATES), "fold": texts, "opml": [opml], "discovery": pages}  # fmt: skip


def mutated(seed: bytes, other: bytes, chance: random.Random) -> bytes:
    """Return a damaged copy."""
    body = bytearray(seed[:200_000])
    for _ in range(chance.randint(1, 8)):
        at = chance.randint(0, len(body))
        end = min(len(body), at + chance.randint(1, 200))
        how = chance.randrange(6)
        if how == 0 and body:
            body[at % len(body)] = chance.randrange(256)
        elif how == 1:
            del body[at:end]
        elif how == 2:
            body[at:at] = chance.choice(TOKENS)
        elif how == 3:
            body[at:at] = body[at:end] * chance.randint(1, 20)
        elif how == 4:
            start = chance.randint(0, len(other))
            body[at:end] = other[start : start + chance.randint(1, 2000)]
        else:
            body = body[:at]
    return bytes(body[:400_000])


def inputs(count: int, seed: int, extra: Path | None) -> Iterator[tuple[str, bytes]]:
    """Yield targets with inputs; the same for the same seed."""
    chance = random.Random(seed)
    known = seeds(extra)
    names, weights = list(WEIGHTS), list(WEIGHTS.values())
    for _ in range(count):
        name = chance.choices(names, weights)[0]
        yield name, mutated(chance.choice(known[name]), chance.choice(known[name]), chance)


# --- the run -----------------------------------------------------------------------------------


def run(count: int, seed: int, extra: Path | None = None, workers: int = 2) -> Report:
    """Run the fuzzer and return what it met."""
    report, started = Report(), time.monotonic()
    pool = Workers(ExtractSettings(workers=workers, page_seconds=SECONDS))
    source = inputs(count, seed, extra)
    first_third: float | None = None
    try:
        while batch := list(islice(source, BATCH)):
            for job, result in zip(batch, pool.run(run_target, batch), strict=True):
                note(report, job, result)
            report.inputs += len(batch)
            if first_third is None and report.inputs * 3 >= count:
                first_third = memory_mb()
    finally:
        report.growth_mb = round(memory_mb() - (first_third or 0.0), 1)
        pool.close()
    report.seconds = round(time.monotonic() - started, 1)
    return report


def note(report: Report, job: tuple[str, bytes], result: str | Mishap) -> None:
    name, body = job
    if isinstance(result, Mishap):
        report.mishaps.append(f"{name}: {result.kind}: {result.message}: {body[:300]!r}")
    else:
        report.results[f"{name}: {result}"] += 1


def memory_mb() -> float:
    """Return the private memory of the worker processes, or of this one where there are none."""
    own = psutil.Process()
    processes = own.children(recursive=True) or [own]
    return sum(process.memory_full_info().uss for process in processes) / 1e6


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--feeds", type=Path, help="a folder of further feeds to mutate")
    asked = parser.parse_args()
    report = run(asked.inputs, asked.seed, asked.feeds)
    shown: dict[str, Any] = {**vars(report), "results": dict(sorted(report.results.items()))}
    print(json.dumps(shown, indent=2, ensure_ascii=False))  # noqa: T201
    return 0 if report.is_clean else 1


if __name__ == "__main__":
    sys.exit(main())
