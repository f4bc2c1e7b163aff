"""Build a database of ten years, ask it everything, and set the figures beside SQLite's.

    python benchmarks/storage.py --articles 1000000 --out data/bench

One run prints one JSON object. Times are seconds; ratios matter more than seconds. SQLite is asked
twice, see storage_sqlite.py. The period views read what was counted when the rows were written, so
the same counting from rows is timed too, and both ratios are given.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from storage_data import append, load
from storage_questions import (
    FROM_ROWS,
    MOST_SCANS,
    MOST_SECONDS,
    RAW_SCANS,
    SCAN_OF,
    SQLITE,
    VIEWS,
)
from storage_sqlite import JOINED, TABLES, Copy, opened

from treatywatch.config.load import load_settings
from treatywatch.config.settings import Settings, StorageSettings
from treatywatch.storage.database import open_database
from treatywatch.storage.migrations import newest_version
from treatywatch.storage.trends import TrendQuery, read_trends


def main() -> None:
    """Run the whole benchmark and print its figures."""
    options = _options()
    options.out.mkdir(parents=True, exist_ok=True)
    # A database of another schema is another one.
    db = options.out / f"bench-{options.articles}-{newest_version()}.duckdb"
    storage = StorageSettings(memory_limit=options.memory, threads=2, snapshot=False)
    settings = load_settings(db=db, timezone="UTC", storage=storage)
    figures: dict[str, Any] = {"articles": options.articles, "memory_limit": options.memory}
    built = db.with_suffix(".json")
    if not built.exists():
        db.unlink(missing_ok=True)
        loaded_on = {"loaded_on": f"{datetime.now(UTC):%Y-%m-%d}"}
        built.write_text(json.dumps(load(settings, options.articles) | loaded_on))
    figures |= json.loads(built.read_text())
    figures["file_mb"] = round(db.stat().st_size / 1e6)
    figures["views"] = ask(settings, options.rounds)
    figures["views_too_slow"] = too_slow(figures["views"])
    figures["from_rows"] = ask_rows(settings, options.rounds)
    figures["trends"] = ask_trends(settings, options.rounds)
    if not options.no_sqlite:
        figures |= beside_sqlite(settings, options, figures)
    figures["append_1000_s"] = append_to_copy(settings)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    figures["peak_memory_mb"] = round(peak / 1000)
    print(json.dumps(figures, indent=1))


def beside_sqlite(
    settings: Settings, options: argparse.Namespace, ours: dict[str, Any]
) -> dict[str, Any]:
    """Ask both copies in SQLite and set them against our views and our counting from rows."""
    file = options.out / f"{settings.db.stem}-tables.sqlite"
    tables = ask_sqlite(settings, TABLES, file, 1)
    joined = ask_sqlite(settings, JOINED, file.with_stem(f"{settings.db.stem}-joined"),
                        options.sqlite_rounds)  # fmt: skip
    from_rows = ours["views"] | ours["from_rows"]
    return {
        "sqlite_tables": tables,
        "sqlite_joined": joined,
        "ratios": ratios(ours["views"], tables),
        "ratios_from_rows": ratios(from_rows, tables),
        "ratios_joined": ratios(ours["views"], joined),
        "ratios_joined_from_rows": ratios(from_rows, joined),
    }


def append_to_copy(settings: Settings) -> float:
    """Time a day's articles on a copy, so that the questions stay those of the same rows."""
    spare = settings.db.with_suffix(".append.duckdb")
    try:
        shutil.copyfile(settings.db, spare)
        os.sync()  # else the copy is still written to the disk while the append is timed
        return append(settings.model_copy(update={"db": spare}))
    finally:
        spare.unlink(missing_ok=True)


def ask(settings: Settings, rounds: int) -> dict[str, Any]:
    """Time each view."""
    names = {"stance": "article_stance", "evidence": "stance_evidence"}
    with open_database(settings, read_only=True) as connection:
        queries = {name: sql.format(**names) for name, sql in VIEWS.items()}
        scans = {f"scan {name}": sql for name, sql in RAW_SCANS.items()}
        return {
            name: timed(lambda sql=sql: connection.execute(sql).fetchall(), rounds)
            for name, sql in (queries | scans).items()
        }


def too_slow(views: dict[str, Any]) -> list[str]:
    """Return the views over 0.3 seconds at p95 that also take over twice their scan's time."""
    scans = {name: views[f"scan {table}"]["p95"] for name, table in SCAN_OF.items()}
    return [
        name
        for name in VIEWS
        if views[name]["p95"] > max(MOST_SECONDS, MOST_SCANS * scans.get(name, 0))
    ]


def ask_rows(settings: Settings, rounds: int) -> dict[str, Any]:
    """Time the counting of the period views from the rows of articles, as an analyst may."""
    with open_database(settings, read_only=True) as connection:
        return {
            name: timed(lambda sql=sql: connection.execute(sql).fetchall(), rounds)
            for name, sql in FROM_ROWS.items()
        }


def ask_trends(settings: Settings, rounds: int) -> dict[str, Any]:
    """Time `trends`, connection and arithmetic included."""
    asked = {
        "by week": TrendQuery(),
        "by day": TrendQuery(by="day"),
        "by month, stories": TrendQuery(by="month", count="stories"),
        "by week, outlets, one language": TrendQuery(count="outlets", language="ar"),
        "by week, one theme": TrendQuery(theme="privacy"),
    }
    return {
        name: timed(lambda query=query: read_trends(settings, query), rounds)
        for name, query in asked.items()
    }


def ask_sqlite(settings: Settings, way: Copy, file: Path, rounds: int) -> dict[str, Any]:
    """Time the same questions on SQLite."""
    with opened(settings, way, file) as connection:
        return {
            name: timed(lambda sql=sql: connection.execute(sql).fetchall(), rounds)
            for name, sql in SQLITE.items()
        }


def timed(action: Callable[[], Any], rounds: int) -> dict[str, float]:
    """Run an action once to warm up and `rounds` times for the figures."""
    action()
    seconds = []
    for _ in range(rounds):
        started = time.monotonic()
        action()
        seconds.append(time.monotonic() - started)
    seconds.sort()
    p95 = seconds[min(len(seconds) - 1, round(0.95 * (len(seconds) - 1)))]
    return {"p50": round(statistics.median(seconds), 4), "p95": round(p95, 4)}


def ratios(ours: dict[str, Any], sqlite: dict[str, Any]) -> dict[str, float]:
    """Return SQLite's median over ours, by question, and the median of those."""
    found = {name: round(sqlite[name]["p50"] / max(ours[name]["p50"], 1e-4), 1) for name in sqlite}
    return found | {"median": round(statistics.median(found.values()), 1)}


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--sqlite-rounds", type=int, default=3)
    parser.add_argument("--memory", default="2GB")
    parser.add_argument("--out", type=Path, default=Path("data/bench"))
    parser.add_argument("--no-sqlite", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    main()
