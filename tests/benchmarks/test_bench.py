"""`make bench`: what it runs, what it keeps, and what the page says, with real processes."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

ROOT = Path(__file__).parents[2]
BENCH = ROOT / "benchmarks" / "bench.py"
FIXED = json.loads((Path(__file__).parent / "results.json").read_text(encoding="utf-8"))
MADE = {
    "at": "2026-11-01T10:00:00+00:00", "size": "full", "command": "python benchmarks/x.py",
    "seconds": 600.0, "load": [1.0, 2.0],
    "machine": {"processor": "A processor", "cores": 2, "memory_gb": 8, "system": "Linux 6.1"},
    "versions": {"python": "3.11.7", "duckdb": "1.5.5"},
}  # fmt: skip
LIST = """
[good]
script = "good.py"
question = "Does it work"
small = ["--n", "3"]
full = ["--n", "4", "{work}"]

[torchless]
script = "good.py"
question = "Is it skipped"
needs = ["no_such_module"]
small = []
full = []
"""
GOOD = """
import json, sys
print("words before")
print(json.dumps({"asked": " ".join(sys.argv[1:]), "n": 7, "inner": {"left": "out"}}, indent=1))
"""


@dataclass(frozen=True)
class Bench:
    """A folder with a list of benchmarks, their results and the page."""

    folder: Path

    def run(self, *arguments: str, size: str = "small") -> subprocess.CompletedProcess[str]:
        places = ("--work", self.folder / "work", "--results", self.folder / "results")
        places += ("--page", self.folder / "benchmarks.md")
        command = [sys.executable, BENCH, "--size", size, "--list", self.folder / "list.toml"]
        return subprocess.run(
            [*command, *places, *arguments], capture_output=True, text=True, timeout=120
        )

    @property
    def page(self) -> str:
        return (self.folder / "benchmarks.md").read_text(encoding="utf-8")

    def kept(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.folder / "results" / f"{name}.json").read_text())
        return found

    def put(self, name: str, figures: dict[str, Any], **other: str) -> None:
        (self.folder / "results").mkdir(exist_ok=True)
        result = {"name": name, "status": "done", "tried_at": MADE["at"], "why": ""} | other
        text = json.dumps(result | {"figures": figures, "made": MADE})
        (self.folder / "results" / f"{name}.json").write_text(text, encoding="utf-8")


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    (tmp_path / "list.toml").write_text(LIST, encoding="utf-8")
    (tmp_path / "good.py").write_text(GOOD, encoding="utf-8")
    return Bench(tmp_path)


@pytest.fixture
def shown(bench: Bench) -> Bench:
    """Return the page of the real list, made of small fixed figures."""
    (bench.folder / "list.toml").write_text((ROOT / "benchmarks" / "benchmarks.toml").read_text())
    for name, figures in FIXED.items():
        bench.put(name, figures)
    return bench


def test_each_benchmark_is_run_and_kept(bench: Bench) -> None:
    done = bench.run()
    assert done.returncode == 0, done.stderr
    kept = bench.kept("good")
    assert kept["figures"] == {"asked": "--n 3", "n": 7, "inner": {"left": "out"}}
    assert kept["made"]["size"] == "small"
    assert kept["made"]["machine"]["cores"] >= 1
    assert kept["made"]["versions"]["duckdb"] == version("duckdb")
    assert bench.kept("torchless")["status"] == "skipped"
    assert "| [good](#good) |  | done, 20" in bench.page
    assert "was skipped: no_such_module not installed.** There are no figures." in bench.page


def test_one_alone_keeps_the_others(bench: Bench) -> None:
    bench.put("torchless", {"n": 5})
    assert bench.run("--only", "good", size="full").returncode == 0
    assert bench.kept("good")["figures"]["asked"] == f"--n 4 {bench.folder / 'work'}"
    assert bench.kept("torchless")["figures"] == {"n": 5}
    assert "| n | 5 |" in bench.page
    assert "| n | 7 |" in bench.page


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("raise SystemExit('the disk is full')", "exit code 1: the disk is full"),
        ("print('no figures')", "it printed no JSON object"),
    ],
)
def test_a_failure_is_said_and_older_figures_are_kept(bench: Bench, script: str, why: str) -> None:
    assert bench.run("--only", "good").returncode == 0
    (bench.folder / "good.py").write_text(script, encoding="utf-8")
    done = bench.run("--only", "good")
    assert done.returncode == 1
    assert bench.kept("good")["status"] == "failed"
    assert f"was failed: {why}.** The figures below are older." in bench.page
    assert "| n | 7 |" in bench.page


def test_an_unknown_name_runs_nothing(bench: Bench) -> None:
    done = bench.run("--only", "fetsch")
    assert done.returncode == 2
    assert "no benchmark fetsch; there are good, torchless" in done.stderr
    assert not (bench.folder / "benchmarks.md").exists()


@pytest.mark.slow
def test_the_page_says_what_was_found(shown: Bench) -> None:
    assert shown.run("--page-only").returncode == 0
    page = shown.page
    for sentence in (
        "The daily run is 9.1 times faster and takes 7.2 times less CPU time",
        "| the script | 91 | 90 | 200 | 2 |  | 1.0 to 2.5 |",
        "The sieve is 30.0 times faster than extracting a page",
        "**Not on the whole file:** extracting every page was measured on 2,000 of the 20,000",
        "Killed with all its processes at 10%, 50% of the file and started again each time, it "
        "ended with the same rows: **no**.",
        "Prefect takes 1.2% of a run of 2,000 pages or more",
        "Questions are answered 400.0 times faster in the median than by SQLite with the same "
        "tables (40.0 times when all is counted from rows), 200.0 times faster than by SQLite "
        "given joined rows and covering indexes (20.0 times from rows)",
        "also take over twice a scan of their rows: `feed_health`.",
        "5.0 times faster than the transformers pipeline",
        "A processor, 2 cores, 8 GB, Linux 6.1; load 1.0 before and 2.0 after.",
    ):
        assert sentence in page
    assert "not run" not in page.replace("<!-- not run:", "").lower()  # a note to the docs test


@pytest.mark.slow
def test_every_plot_of_the_page_is_drawn(shown: Bench) -> None:
    shown.run("--page-only")
    plots = re.findall(r"!\[([^]]+)\]\(([^)]+)\)", shown.page)
    assert [path for _, path in plots] == [f"benchmarks/{name}.svg" for name in FIXED]
    for words, path in plots:
        drawn = etree.fromstring((shown.folder / path).read_bytes())
        marks = drawn.findall(".//{*}path")
        assert words
        assert len(marks) > 3, path


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "expected"), [("fetch", [10.0, 40.0, 91.0]), ("backfill", [2.0, 60.0])]
)
def test_bars_are_as_long_as_their_figures(shown: Bench, name: str, expected: list[float]) -> None:
    shown.run("--page-only")
    lengths = bar_lengths(shown.folder / "benchmarks" / f"{name}.svg")
    assert lengths == pytest.approx(
        [lengths[0] * each / expected[0] for each in expected], rel=0.01
    )


@pytest.mark.slow
def test_the_shorter_of_two_bars_on_a_log_scale_is_seen(shown: Bench) -> None:
    shown.run("--page-only")
    ours, tables, joined = bar_lengths(shown.folder / "benchmarks" / "storage.svg")
    assert tables > joined > ours > 10


def bar_lengths(plot: Path) -> list[float]:
    marks = etree.fromstring(plot.read_bytes()).findall(".//{*}path[@aria-roledescription='bar']")
    lengths = [re.search(r"h(-?[\d.]+)", mark.get("d", "")) for mark in marks]
    return [float(length[1]) for length in lengths if length]


@pytest.mark.slow
def test_what_never_ran_is_said(shown: Bench) -> None:
    (shown.folder / "results" / "stance.json").unlink()
    shown.run("--page-only")
    assert "| [stance](#stance) |  | **not run** |" in shown.page
    assert "**Not run yet.**" in shown.page


def test_the_real_list_names_real_scripts() -> None:
    found = tomllib.loads((ROOT / "benchmarks" / "benchmarks.toml").read_text(encoding="utf-8"))
    assert set(found) == set(FIXED)
    for entry in found.values():
        assert (ROOT / "benchmarks" / entry["script"]).is_file()
        options = {each for each in entry["full"] + entry["small"] if each.startswith("--")}
        text = (ROOT / "benchmarks" / entry["script"]).read_text(encoding="utf-8")
        assert all(f'"{option}"' in text for option in options)
