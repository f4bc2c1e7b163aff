"""Run the benchmarks one after the other, keep what each gave, and write the page about them.

    python benchmarks/bench.py --size full                 # all; hours
    python benchmarks/bench.py --size small                # all; minutes; leaves docs/ alone
    python benchmarks/bench.py --size full --only fetch    # one; the others keep their results
    python benchmarks/bench.py --size full --page-only     # the page again from what is kept

Full results are kept in benchmarks/results and shown in docs/benchmarks.md, small ones in
build/bench. The exit code is 1 when a benchmark failed; the page says which and why.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import re
import subprocess
import sys
import time
import tomllib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import bench_machine
import bench_page
from bench_results import Made, Result, keep, load

HERE = Path(__file__).resolve().parent
BUILD = HERE.parent / "build" / "bench"
LAST_WORDS = 300


@dataclass(frozen=True)
class Benchmark:
    """One benchmark as the list has it."""

    name: str
    script: Path
    question: str
    sizes: dict[str, list[str]]
    needs: tuple[str, ...]

    def command(self, size: str, work: Path) -> list[str]:
        """Return what runs it."""
        arguments = [each.replace("{work}", str(work)) for each in self.sizes[size]]
        return [sys.executable, str(self.script), *arguments]

    def as_typed(self, size: str) -> str:
        """Return how a person types it."""
        arguments = " ".join(self.sizes[size]).replace("{work}", "build/bench")
        return f"python benchmarks/{self.script.name} {arguments}"


def listed(path: Path) -> list[Benchmark]:
    """Return the benchmarks of a list, in its order."""
    entries: dict[str, dict[str, Any]] = tomllib.loads(path.read_text("utf-8"))
    return [
        Benchmark(
            name=name,
            script=path.parent / entry["script"],
            question=entry["question"],
            sizes={"small": entry["small"], "full": entry["full"]},
            needs=tuple(entry.get("needs", ())),
        )
        for name, entry in entries.items()
    ]


def try_one(benchmark: Benchmark, size: str, work: Path) -> Result:
    """Run a benchmark in a process of its own and return what came of it."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    absent = [need for need in benchmark.needs if importlib.util.find_spec(need) is None]
    if absent:
        return Result(benchmark.name, "skipped", now, f"{', '.join(absent)} not installed")
    work.mkdir(parents=True, exist_ok=True)
    log = work / f"{benchmark.name}.log"
    before, started = bench_machine.load(), time.monotonic()
    with log.open("w", encoding="utf-8") as words:
        done = subprocess.run(
            benchmark.command(size, work), stdout=subprocess.PIPE, stderr=words, text=True
        )
    made = Made(
        at=now,
        size=size,
        command=benchmark.as_typed(size),
        seconds=round(time.monotonic() - started, 1),
        load=(before, bench_machine.load()),
        machine=bench_machine.machine(),
        versions=bench_machine.versions(),
    )
    if done.returncode:
        said = log.read_text("utf-8").strip().splitlines()
        last = said[-1][:LAST_WORDS] if said else "it said nothing"
        return Result(benchmark.name, "failed", now, f"exit code {done.returncode}: {last}")
    figures = figures_in(done.stdout)
    if figures is None:
        return Result(benchmark.name, "failed", now, "it printed no JSON object")
    return Result(benchmark.name, "done", now, figures=figures, made=made)


def figures_in(output: str) -> dict[str, Any] | None:
    """Return the first JSON object that begins a line, whatever else was printed."""
    for start in (found.start() for found in re.finditer(r"^\{", output, re.M)):
        with suppress(json.JSONDecodeError):
            figures: dict[str, Any] = json.JSONDecoder().raw_decode(output, start)[0]
            return figures
    return None


def options(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--size", choices=("small", "full"), default="small")
    parser.add_argument("--only", action="append", default=[], help="a benchmark; may be repeated")
    parser.add_argument("--page-only", action="store_true", help="run nothing")
    parser.add_argument("--list", type=Path, default=HERE / "benchmarks.toml")
    parser.add_argument("--work", type=Path, default=BUILD, help="folder of logs and databases")
    parser.add_argument("--results", type=Path, help="folder of the JSON files")
    parser.add_argument("--page", type=Path, help="the page; its plots go into a folder beside it")
    found = parser.parse_args(arguments)
    is_full = found.size == "full"
    found.results = found.results or (HERE / "results" if is_full else BUILD / "small")
    found.page = found.page or (HERE.parent / "docs" if is_full else BUILD) / "benchmarks.md"
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what was asked for; return the exit code."""
    asked = options(arguments)
    benchmarks = listed(asked.list)
    unknown = set(asked.only) - {each.name for each in benchmarks}
    if unknown:
        known = ", ".join(each.name for each in benchmarks)
        print(f"no benchmark {', '.join(sorted(unknown))}; there are {known}", file=sys.stderr)
        return 2
    failed = False
    for benchmark in benchmarks:
        if asked.page_only or (asked.only and benchmark.name not in asked.only):
            continue
        print(f"{benchmark.name}: {benchmark.as_typed(asked.size)}", file=sys.stderr, flush=True)
        result = try_one(benchmark, asked.size, asked.work)
        keep(asked.results, result)
        failed = failed or result.status == "failed"
        print(f"{benchmark.name}: {result.status} {result.why}".rstrip(), file=sys.stderr)
    shown = [
        bench_page.Shown(each.name, each.question, load(asked.results, each.name))
        for each in benchmarks
    ]
    bench_page.write(asked.page, shown)
    print(asked.page)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
