"""The demo: the real daily flow, twice, on the sample newsroom served on loopback."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from treatywatch.config.feeds import write_list
from treatywatch.config.load import load_settings
from treatywatch.config.settings import Settings
from treatywatch.flows.digests import DigestRequest, make_digest
from treatywatch.flows.launch import launch_daily
from treatywatch.flows.progress import Progress
from treatywatch.news.errors import UsageError
from treatywatch.news.records import RunReport
from treatywatch.news.weekly import IsoWeek
from treatywatch.samples.feeds import sample_feeds
from treatywatch.samples.server import SampleServer

# One machine plays all outlets, so politeness between requests would only be waiting.
_SETTINGS = {
    "TREATYWATCH_ALLOW_LOOPBACK": "1",
    "TREATYWATCH_FETCH__HOST_DELAY": "0",
    "TREATYWATCH_FETCH__PER_HOST": "8",
    "TREATYWATCH_FETCH__MIN_INTERVAL_MINUTES": "0",
}
_MADE_HERE = "made-by-treatywatch-demo"


@dataclass(frozen=True, slots=True)
class DemoResult:
    """What the demo made."""

    first: RunReport
    second: RunReport
    settings: Settings
    digests: tuple[Path, ...]


def run_demo(out: Path, progress: Progress) -> DemoResult:
    """Run the daily flow on both editions of the sample newsroom and write the digest into `out`.

    Raises:
        UsageError: when `out` holds something that no demo made.
    """
    _make_room(out)
    now = datetime.now(UTC)
    with _variables(_SETTINGS), SampleServer(1, now.date()) as server:
        write_list(out / "feeds.yaml", sample_feeds(server.url))
        settings = _apart(load_settings(db=out / "treatywatch.duckdb", feeds=out / "feeds.yaml"))
        first = launch_daily(settings, progress=progress)
        server.edition = 2
        second = launch_daily(settings, progress=progress)
    week = IsoWeek.before(now, settings.zone)
    digests = make_digest(settings, DigestRequest(week, out))
    return DemoResult(first, second, settings, tuple(digests))


def _apart(settings: Settings) -> Settings:
    """Keep what the demo invents out of the operator's catalogue, figures and alarms."""
    storage = settings.storage.model_copy(update={"url": ""})
    nobody = {"notify_webhook": "", "notify_mail_to": (), "metrics_file": ""}
    flow = settings.flow.model_copy(update=nobody)
    return settings.model_copy(update={"storage": storage, "flow": flow})


def _make_room(out: Path) -> None:
    """Empty the folder of an earlier demo; leave anything else alone."""
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        if not (out / _MADE_HERE).is_file():
            raise UsageError(f"{out}: is not empty and no demo made it; name another with --out.")
        _empty(out)
    out.mkdir(parents=True, exist_ok=True)
    (out / _MADE_HERE).touch()


def _empty(folder: Path) -> None:
    """Remove what a folder holds, the mark last; the folder itself may be somebody's place."""
    for path in sorted(folder.iterdir(), key=lambda each: each.name == _MADE_HERE):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


@contextmanager
def _variables(values: Mapping[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
