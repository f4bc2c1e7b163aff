"""The backfill of a WARC file with the sieve, without it, and killed again and again.

    python benchmarks/backfill.py --pages 20000        # prints one JSON object

The file is generated: 1% of the pages are about the treaty, in three languages; a third is in
other languages; off-topic pages hold words that pass the sieve as often as real pages did. What
a user would do instead is to extract every page: the same command with the sieve off. That takes
so long that it is measured on part of the file (`--every-page-of`), both ways on the same part.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from backfill_archive import SEED, part_of, story_of, url_of, write_archive
from backfill_rows import rows_of, treaty_urls
from backfill_runs import run_killed, run_whole


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
    steps = WarcFile(archive, settings.fetch.max_page_bytes, datetime.now(UTC)).steps("")
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
