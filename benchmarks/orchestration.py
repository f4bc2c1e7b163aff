"""What Prefect costs a daily run, and how a run grows with its pages.

    python benchmarks/orchestration.py --pages 500 2000 8000     # one JSON object

Each size is one daily run of a fresh process over the generated papers of newsweb.py. Prefect's
share is the wall time, after its server answers, in which no stage was at work.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from fetch import Stages, served, settings_for, write_feed_list

HERE = Path(__file__).parent


def one_run(feed_list: Path, out: Path) -> dict[str, Any]:
    """Run the daily flow on a fresh database and return its figures."""
    import duckdb

    from treatywatch.flows.launch import launch_daily

    settings = settings_for(feed_list, out / "flow.duckdb", max_entries_per_feed=10_000)
    stages = Stages()
    started = time.perf_counter()
    with stages.watching():
        report = launch_daily(settings, progress=stages)
    whole = time.perf_counter() - started
    with duckdb.connect(str(settings.db), read_only=True) as connection:
        rows = connection.execute("SELECT sum(estimated_size) FROM duckdb_tables()").fetchone()
    seconds = report.stage_seconds
    return {
        "pages": report.pages_fetched,
        "treaty": report.treaty_articles,
        "rows": int(rows[0]) if rows else 0,
        "run_seconds": round(seconds["total"], 1),
        "start_seconds": round(whole - seconds["total"], 1),
        "prefect_seconds": round(seconds["orchestration"], 2),
        "prefect_share": round(seconds["orchestration"] / seconds["total"], 4),
        "peak_mb": stages.peaks()["all"],
        "database_mb": round(settings.db.stat().st_size / 1e6, 1),
        "stage_seconds": {name: round(value, 1) for name, value in seconds.items()},
    }


def measure(pages: int) -> dict[str, Any]:
    """Run one size in a process of its own."""
    with tempfile.TemporaryDirectory() as folder, served(pages) as port:
        out = Path(folder)
        feed_list = write_feed_list(port, out)
        command = [sys.executable, __file__, "--feeds", str(feed_list), "--out", folder]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def growth(runs: list[dict[str, Any]]) -> dict[str, float]:
    """Return how much more the largest run took than the smallest, page for page (1: linear)."""
    small, large = runs[0], runs[-1]
    pages = large["pages"] / small["pages"]
    return {
        name: round(large[name] / small[name] / pages, 2)
        for name in ("run_seconds", "rows", "database_mb", "peak_mb")
    }


def main() -> None:
    """Read the command line and print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, nargs="+", default=[500, 2_000, 8_000])
    parser.add_argument("--feeds", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.feeds:
        print(json.dumps(one_run(asked.feeds, asked.out)))
        return
    runs = [measure(pages) for pages in sorted(asked.pages)]
    machine = {"cores": os.cpu_count(), "python": platform.python_version()}
    summary = {"machine": machine, "load": os.getloadavg(), "growth": growth(runs), "runs": runs}
    print(json.dumps(summary, indent=2))


if __name__ == "__main__":
    main()
