"""The demo: the real daily flow, twice, on the sample newsroom served on loopback."""

from __future__ import annotations

import shutil
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
from treatywatch.news.runs import RunReport
from treatywatch.news.weekly import IsoWeek
from treatywatch.samples.feeds import sample_feeds
from treatywatch.samples.server import SampleServer

# One machine plays all outlets, so politeness between requests would only be waiting.
_IMPATIENT = {"host_delay": 0.0, "per_host": 8, "min_interval_minutes": 0}
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
    db, feeds = out / "treatywatch.duckdb", out / "feeds.yaml"
    settings = _apart(load_settings(db=db, feeds=feeds, allow_loopback=True))
    with SampleServer(1, now.date()) as server:
        write_list(feeds, sample_feeds(server.url))
        first = launch_daily(settings, progress=progress)
        server.edition = 2
        second = launch_daily(settings, progress=progress)
    week = IsoWeek.before(now, settings.zone)
    made = make_digest(settings, DigestRequest(week, out))
    return DemoResult(first, second, settings, made.paths)


def _apart(settings: Settings) -> Settings:
    """Fetch without waiting; keep what is invented out of the operator's catalogue and alarms."""
    storage = settings.storage.model_copy(update={"url": ""})
    nobody = {"notify_webhook": "", "notify_mail_to": (), "metrics_file": ""}
    flow = settings.flow.model_copy(update=nobody)
    fetch = settings.fetch.model_copy(update=_IMPATIENT)
    return settings.model_copy(update={"storage": storage, "flow": flow, "fetch": fetch})


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
