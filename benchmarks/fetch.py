"""The daily flow against the script a user would write, on the same web of invented papers.

    python benchmarks/fetch.py --pages 2000          # one run, one JSON object

The script: feedparser, then requests and trafilatura one by one, then the same model on every
article. Both without politeness delays. The flow is run a second time with the sieve off.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
from cpu import run_counted
from newsweb import FEEDS, HOSTS, stories

from treatywatch.config.feeds import load_feeds, write_list
from treatywatch.config.load import load_settings
from treatywatch.config.settings import Settings
from treatywatch.config.treaty import load_treaty

HERE = Path(__file__).parent
SAMPLE_SECONDS = 0.25


# --- the two contestants -----------------------------------------------------------------------


def run_flow(feed_list: Path, out: Path, sieve: bool) -> dict[str, Any]:
    """Run the daily flow on a fresh database; return its figures and the treaty articles."""
    from treatywatch.flows.launch import launch_daily

    settings = settings_for(feed_list, out / f"flow-{sieve}.duckdb")
    extract = settings.extract.model_copy(update={"sieve": sieve})
    settings = settings.model_copy(update={"extract": extract})
    stages = Stages()
    started = time.perf_counter()
    with stages.watching():
        report = launch_daily(settings, progress=stages)
    seconds = time.perf_counter() - started
    found = treaty_paths_in(settings.db)
    return {
        "seconds": round(seconds, 1),
        "articles": report.articles,
        "failures": dict(report.failures),
        "stage_seconds": {name: round(value, 1) for name, value in report.stage_seconds.items()},
        "peak_mb": stages.peaks(),
        "treaty": sorted(found),
    }


def settings_for(feed_list: Path, db: Path, **fetch: float) -> Settings:
    """Return the settings that fetch all of the invented papers at once; `fetch` changes more."""
    settings = load_settings(db=db, feeds=feed_list, allow_loopback=True)
    impatient = {"host_delay": 0.0, "max_pages_per_host": 10_000, **fetch}
    return settings.model_copy(update={"fetch": settings.fetch.model_copy(update=impatient)})


def run_script(feed_list: Path) -> dict[str, Any]:
    """Do what a user's script does."""
    import feedparser
    import requests
    import trafilatura

    from treatywatch.classifiers.classify import Classifier, TextToClassify
    from treatywatch.classifiers.model import load_model

    classifier = Classifier(load_treaty(), load_model(Settings().model))
    started = time.perf_counter()
    found, articles, spent = [], 0, {"fetch": 0.0, "extract": 0.0, "classify": 0.0}
    for feed in load_feeds(feed_list):
        for entry in feedparser.parse(feed.url).entries:
            begun = time.perf_counter()
            page = requests.get(entry.link, timeout=20)
            fetched = time.perf_counter()
            text = trafilatura.extract(page.content, url=entry.link) or ""
            extracted = time.perf_counter()
            answer = classifier.classify_text(TextToClassify(text, feed.language, entry.title))
            names = classifier.find_names(entry.title, text)
            if answer.label != "off_topic" and names:
                found.append(path_of(entry.link))
            articles += 1
            spent["fetch"] += fetched - begun
            spent["extract"] += extracted - fetched
            spent["classify"] += time.perf_counter() - extracted
    return {
        "seconds": round(time.perf_counter() - started, 1),
        "articles": articles,
        "stage_seconds": {name: round(value, 1) for name, value in spent.items()},
        "treaty": sorted(found),
    }


def treaty_paths_in(db: Path) -> list[str]:
    """Return the paths of the stored articles about the treaty."""
    import duckdb

    with duckdb.connect(str(db), read_only=True) as connection:
        rows = connection.execute("SELECT url FROM article_stance").fetchall()
    return [path_of(url) for (url,) in rows]


def path_of(url: str) -> str:
    """Return an address without scheme and host."""
    return url.split("/", 3)[3]


# --- memory by stage -----------------------------------------------------------------------------


class Stages:
    """Samples the memory of this process and its workers, by the stage that runs."""

    def __init__(self) -> None:
        self._stage = "start"
        self._peaks: dict[str, float] = {}
        self._ended = threading.Event()

    def update(self, stage: str, done: int, total: int) -> None:
        """Note the stage, as the flow tells it."""
        self._stage = stage if done < total else f"after {stage}"

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Sample until the end of the block."""
        sampler = threading.Thread(target=self._sample, daemon=True)
        sampler.start()
        try:
            yield
        finally:
            self._ended.set()
            sampler.join()

    def peaks(self) -> dict[str, int]:
        """Return the peak of each stage in MB, shared pages counted once."""
        found = {name: round(value / 1e6) for name, value in self._peaks.items()}
        return {**found, "all": max(found.values(), default=0)}

    def _sample(self) -> None:
        while not self._ended.wait(SAMPLE_SECONDS):
            used = proportional_memory()
            self._peaks[self._stage] = max(self._peaks.get(self._stage, 0.0), used)


def proportional_memory() -> float:
    """Return the bytes of this process and its children; a shared page is divided among them."""
    own = psutil.Process()
    used = 0.0
    for process in (own, *own.children(recursive=True)):
        try:
            used += process.memory_full_info().pss
        except psutil.Error:  # it ended between the listing and the question
            continue
    return used


# --- the comparison ----------------------------------------------------------------------------


@contextmanager
def served(pages: int) -> Iterator[int]:
    """Serve the web in a process of its own; yield its port."""
    command = [sys.executable, str(HERE / "newsweb.py"), "--pages", str(pages)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline())
        finally:
            process.terminate()


def write_feed_list(port: int, out: Path) -> Path:
    """Write the feed list of the invented papers."""
    languages = ("en", "ar", "vi")
    feeds = [
        {
            "id": f"paper-{n}",
            "name": f"Paper {n}",
            "url": f"http://127.0.3.{n % HOSTS + 1}:{port}/feed/{n}.xml",
            "homepage": f"http://127.0.3.{n % HOSTS + 1}:{port}/",
            "language": languages[n % 3],
            "country": "VN",
            "kind": "newspaper",
        }
        for n in range(FEEDS)
    ]
    path = out / "feeds.yaml"
    write_list(path, feeds)
    return path


def in_own_process(role: str, feed_list: Path, out: Path) -> dict[str, Any]:
    """Run one contestant in a fresh process, so that none warms another's caches."""
    command = [sys.executable, str(Path(__file__)), "--role", role, "--feeds", str(feed_list)]
    command += ["--out", str(out)]
    printed, spent = run_counted(command, PREFECT_LOGGING_LEVEL="ERROR")
    result: dict[str, Any] = json.loads(printed.splitlines()[-1])
    return result | spent


def compare(pages: int, skip_script: bool) -> dict[str, Any]:
    """Run all on the same pages and set their figures side by side."""
    with tempfile.TemporaryDirectory() as folder, served(pages) as port:
        out = Path(folder)
        feed_list = write_feed_list(port, out)
        roles = ["flow", *([] if skip_script else ["script"]), "flow-without-sieve"]
        results = {role: in_own_process(role, feed_list, out) for role in roles}
    true = sorted(story.path[1:] for story in stories(pages) if story.is_treaty)
    summary: dict[str, Any] = {
        "pages": pages,
        "treaty_pages": len(true),
        "right": {role: each["treaty"] == true for role, each in results.items()},
        "same": len({json.dumps(each["treaty"]) for each in results.values()}) == 1,
    }
    if not skip_script:
        ratio = results["script"]["seconds"] / results["flow"]["seconds"]
        summary["times_faster"] = round(ratio, 1)
        spent = results["script"]["cpu_seconds"] / results["flow"]["cpu_seconds"]
        summary["times_less_cpu"] = round(spent, 1)
    for each in results.values():
        each["treaty"] = len(each["treaty"])
    return summary | results


ROLES: dict[str, Callable[[Path, Path], dict[str, Any]]] = {
    "flow": lambda feeds, out: run_flow(feeds, out, sieve=True),
    "flow-without-sieve": lambda feeds, out: run_flow(feeds, out, sieve=False),
    "script": lambda feeds, _out: run_script(feeds),
}


def main() -> None:
    """Read the command line and print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=2_000)
    parser.add_argument("--skip-script", action="store_true", help="measure the flow alone")
    parser.add_argument("--role", choices=ROLES, help=argparse.SUPPRESS)
    parser.add_argument("--feeds", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.role:
        print(json.dumps(ROLES[asked.role](asked.feeds, asked.out)))
    else:
        print(json.dumps(compare(asked.pages, asked.skip_script), indent=2, ensure_ascii=False))


if __name__ == "__main__":
    main()
