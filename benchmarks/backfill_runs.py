"""The command that backfill.py measures: run to its end, watched, or killed on its way."""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
from backfill_rows import rows_of, stage_seconds, treaty_urls

SAMPLE_SECONDS = 0.5
_LINE = re.compile(r": (\d+) of (\d+)")


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
