"""The backfill of a WARC file with the sieve, without it, and killed again and again.

    python benchmarks/backfill.py --pages 20000        # prints one JSON object

The file is generated: 1% of the pages are about the treaty, in three languages; a third is in
other languages; off-topic pages hold words that pass the sieve as often as real pages did. What
a user would do instead is to extract every page: the same command with the sieve off. That takes
so long that it is measured on part of the file (`--every-page-of`), both ways on the same part.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import newsweb
import psutil

LANGUAGES = ("en", "ar", "vi", "fr", "ru")
OTHERS = {
    "fr": "le conseil du port annonce que la tempête ferme le marché ce matin puis le ferry revient"
    " après midi avec les agriculteurs le ministre le budget la saison l'équipe le musée la gare",
    "ru": "совет порта сообщил что буря закрыла рынок сегодня утром а паром вернулся после обеда"
    " школа река мост фермеры министр бюджет сезон команда тренер матч музей поезд больница",
}
# Of 228 real pages 8.5% in English, 3 of 8 in Arabic and none of 20 in Vietnamese passed.
NEAR_SHARE = {"en": 0.085, "ar": 0.3, "vi": 0.01, "fr": 0.0, "ru": 0.0}
SAMPLE_SECONDS = 0.5
SEED = 79243
_LINE = re.compile(r": (\d+) of (\d+)")


# --- the archive -------------------------------------------------------------------------------


def url_of(story: newsweb.Story) -> str:
    """Return the address of a page in the archive."""
    return f"https://paper{story.host}.example{story.path}"


def story_of(number: int) -> newsweb.Story:
    """Return the page of a number; every hundredth is about the treaty."""
    is_treaty = number % 100 == 37
    spoken = LANGUAGES[number % (3 if is_treaty else len(LANGUAGES))]
    return newsweb.Story(number, number % newsweb.HOSTS + 1, 0, spoken, is_treaty)


def part_of(pages: int, most: int) -> list[int]:
    """Draw whole hundreds of the pages, so that the part holds its 1% of treaty pages exactly."""
    hundreds = range(pages // 100)
    drawn = random.Random(SEED).sample(hundreds, min(len(hundreds), max(1, most // 100)))
    return [hundred * 100 + n for hundred in sorted(drawn) for n in range(100)]


def write_archive(path: Path, numbers: Iterable[int]) -> float:
    """Write the WARC file of some pages; return its megabytes of HTML."""
    from warcio.statusandheaders import StatusAndHeaders
    from warcio.warcwriter import WARCWriter

    newsweb.WORDS.update(OTHERS)
    newsweb.NEAR_SHARE.update(NEAR_SHARE)
    newsweb.NEAR.update(dict.fromkeys(OTHERS, ""))
    size = 0
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=True)
        for number in numbers:
            story = story_of(number)
            body = newsweb.render(story).encode()
            size += len(body)
            head = StatusAndHeaders(
                "200 OK", [("Content-Type", "text/html; charset=utf-8")], protocol="HTTP/1.1"
            )
            url = url_of(story)
            record = writer.create_warc_record(
                url, "response", payload=io.BytesIO(body), http_headers=head,
                warc_headers_dict={"WARC-Date": "2027-03-01T00:00:00Z"},
            )  # fmt: skip
            writer.write_record(record)
    return size / 1e6


# --- the command -------------------------------------------------------------------------------


@dataclass
class Watched:
    """One run of the command in a process group of its own, with its memory watched."""

    process: subprocess.Popen[str]
    started: float = field(default_factory=time.perf_counter)
    own_mb: list[float] = field(default_factory=list)
    all_mb: list[float] = field(default_factory=list)
    share: float = 0.0
    said: str = ""

    def sample(self) -> None:
        """Note the memory of the command, and of it with its workers, until it ends."""
        while self.process.poll() is None:
            try:
                me = psutil.Process(self.process.pid)
                workers = [child.memory_info().rss for child in me.children(recursive=True)]
                own = me.memory_info().rss
            except psutil.Error:
                continue
            if self.share:
                self.own_mb.append(own / 1e6)
                self.all_mb.append((own + sum(workers)) / 1e6)
            time.sleep(SAMPLE_SECONDS)

    def follow(self) -> Iterator[float]:
        """Give the share that is done as the command tells it."""
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.said = line
            found = _LINE.search(line)
            if found:
                self.share = int(found[1]) / max(1, int(found[2]))
                yield self.share


def start(archive: Path, database: Path, **environment: str) -> Watched:
    """Start the backfill as a user does."""
    command = [sys.executable, "-m", "treatywatch.cli.main", "backfill", archive.name]
    watched = Watched(
        subprocess.Popen(
            [*command, "--db", database.name],
            cwd=archive.parent,
            env={**os.environ, "TREATYWATCH_STORAGE__SNAPSHOT": "0", **environment},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
    )
    threading.Thread(target=watched.sample, daemon=True).start()
    return watched


def finish(watched: Watched) -> float:
    """Wait for the end; return the seconds it took."""
    for _ in watched.follow():
        pass
    if watched.process.wait() != 0:
        raise SystemExit(f"the backfill ended: {watched.said}")
    return time.perf_counter() - watched.started


def run_whole(archive: Path, database: Path, **environment: str) -> dict[str, Any]:
    """Run it once and return its figures."""
    watched = start(archive, database, **environment)
    seconds = finish(watched)
    quarter = len(watched.own_mb) // 4
    return {
        "seconds": round(seconds, 1),
        "stage_seconds": stage_seconds(database),
        "own_mb": {
            "first_quarter": round(max(watched.own_mb[: quarter or 1], default=0)),
            "last_quarter": round(max(watched.own_mb[-quarter or -1 :], default=0)),
        },
        "peak_mb_with_workers": round(max(watched.all_mb, default=0)),
        "treaty": len(treaty_urls(database)),
    }


def run_killed(archive: Path, database: Path, kills: int, seed: int) -> dict[str, Any]:
    """Kill it again and again on its way, then let it finish."""
    chance = random.Random(seed)
    at: list[float] = []
    for number in range(kills):
        goal = (number + chance.random()) / (kills + 1)
        watched = start(archive, database)
        for share in watched.follow():
            if share >= goal:
                time.sleep(chance.uniform(0, 2))
                break
        if watched.process.poll() is None:
            at.append(round(watched.share, 2))
            os.killpg(watched.process.pid, signal.SIGKILL)
        watched.process.wait()
    finish(start(archive, database))
    return {"killed_at_share": at, "rows": rows_of(database)}


# --- what came of it ---------------------------------------------------------------------------


def treaty_urls(database: Path) -> set[str]:
    """Return the addresses of the articles about the treaty."""
    with duckdb.connect(str(database), read_only=True) as connection:
        rows = connection.execute("SELECT url FROM articles WHERE is_treaty").fetchall()
    return {row[0] for row in rows}


def stage_seconds(database: Path) -> dict[str, float]:
    """Return the seconds of each stage of the last run."""
    query = "SELECT stage_seconds FROM runs ORDER BY started_at DESC LIMIT 1"
    with duckdb.connect(str(database), read_only=True) as connection:
        row = connection.execute(query).fetchone()
    return {name: round(value, 1) for name, value in row[0].items()} if row else {}


def rows_of(database: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Return the rows of a backfill without ids of runs and the clock."""
    queries = {
        "articles": "SELECT * EXCLUDE (first_seen_at, first_seen_date, last_seen_at,"
        " last_checked_at) FROM articles ORDER BY ALL",
        "versions": "SELECT * EXCLUDE (seen_at) FROM article_versions ORDER BY ALL",
        "passages": "SELECT * FROM passages ORDER BY ALL",
        "entries": "SELECT entry_id, url, status, article_id FROM entries ORDER BY ALL",
        "failures": "SELECT entry_id, error_class FROM page_failures ORDER BY ALL",
        "labels": "SELECT article_id, label, story_id, is_duplicate FROM article_stance"
        " ORDER BY ALL",
        "progress": "SELECT source_id, cursor, records, pages, passed, treaty, known, failed"
        " FROM backfill_progress ORDER BY ALL",
    }
    with duckdb.connect(str(database), read_only=True) as connection:
        return {name: connection.execute(query).fetchall() for name, query in queries.items()}


# --- the sieve alone ---------------------------------------------------------------------------


def sieve_alone(archive: Path, most: int) -> dict[str, float]:
    """Put some pages through the sieve, then read them all, both in this process."""
    from treatywatch.config.settings import Settings
    from treatywatch.config.treaty import load_treaty
    from treatywatch.extractors.archives import Capture
    from treatywatch.extractors.captures import CaptureJob, Outlets, entry_for, read_capture
    from treatywatch.extractors.sieve import Sieve
    from treatywatch.extractors.warc import WarcFile
    from treatywatch.news.records import PendingPage

    settings = Settings()
    sieve, outlets = Sieve(load_treaty().signals), Outlets(())
    reading = time.process_time()
    steps = WarcFile(archive, settings.fetch.max_page_bytes).steps("")
    captures = [
        s.item for s, _ in zip(steps, range(most), strict=False) if isinstance(s.item, Capture)
    ]
    reading = time.process_time() - reading
    sieving = time.process_time()
    passed = sum(sieve.may_match(item.page.body, item.page.charset) for item in captures)
    sieving = time.process_time() - sieving
    jobs = []
    for item in captures:
        feed = outlets.feed_for(item.url, "backfill:bench")
        pending = PendingPage(entry_for(item, feed), feed)
        jobs.append(CaptureJob(pending, item.page, True, None, settings.extract.min_text_chars))
    for job in jobs[:10]:
        read_capture(job)
    extracting = time.process_time()
    for job in jobs:
        read_capture(job)
    extracting = time.process_time() - extracting
    count = len(captures)
    return {
        "pages": count,
        "passed_share": round(passed / count, 3),
        "mean_kb": round(sum(len(i.page.body) for i in captures) / count / 1e3, 1),
        "warc_ms": round(reading / count * 1e3, 2),
        "sieve_ms": round(sieving / count * 1e3, 2),
        "extract_ms": round(extracting / count * 1e3, 2),
        "extract_to_sieve": round(extracting / sieving, 1),
        "extract_to_warc_and_sieve": round(extracting / (reading + sieving), 1),
    }


def measure(pages: int, kills: int, folder: Path, every_page_of: int) -> dict[str, Any]:
    """Return all figures."""
    archive = folder / "pages.warc.gz"
    megabytes = write_archive(archive, range(pages))
    found: dict[str, Any] = {"pages": pages, "html_mb": round(megabytes)}
    found["one_process"] = sieve_alone(archive, min(pages, 1_000))
    found["sieve"] = run_whole(archive, folder / "sieve.duckdb")
    true = {url_of(story) for story in map(story_of, range(pages)) if story.is_treaty}
    found["every_treaty_page_found"] = treaty_urls(folder / "sieve.duckdb") == true
    if kills:
        killed = run_killed(archive, folder / "killed.duckdb", kills, SEED)
        found["killed_at_share"] = killed["killed_at_share"]
        found["same_rows_after_kills"] = killed["rows"] == rows_of(folder / "sieve.duckdb")
    if every_page_of:
        found["both_ways"] = both_ways(folder, part_of(pages, every_page_of), pages)
    return found


def both_ways(folder: Path, numbers: list[int], pages: int) -> dict[str, Any]:
    """Take the same pages in with the sieve and without it."""
    archive = folder / "part.warc.gz"
    write_archive(archive, numbers)
    found: dict[str, Any] = {"pages": len(numbers), "is_whole_file": len(numbers) == pages}
    found["sieve"] = run_whole(archive, folder / "part-sieve.duckdb")
    found["every_page"] = run_whole(
        archive, folder / "part-every.duckdb", TREATYWATCH_EXTRACT__SIEVE="0"
    )
    found["same_treaty_articles"] = treaty_urls(folder / "part-sieve.duckdb") == treaty_urls(
        folder / "part-every.duckdb"
    )
    every, sieved = (found[way]["stage_seconds"] for way in ("every_page", "sieve"))
    # Without the start of Prefect, which is the same for any number of pages.
    found["speed_up_of_the_run"] = round(every["total"] / sieved["total"], 1)
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=20_000)
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument(
        "--every-page-of", type=int, default=2_000, help="pages to read without the sieve; 0: none"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        figures = measure(options.pages, options.kills, Path(place), options.every_page_of)
    print(json.dumps(figures, indent=1))
