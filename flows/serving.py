"""Serving: one long-lived process that starts each run at its time. No Prefect server needed.

Each run is a process of its own, so that what it used is given back, one that crashes takes
nothing with it, and an upgrade takes effect at the next run.
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from treatywatch.config.settings import Settings
from treatywatch.flows.timetable import AGAIN_AFTER, Job, Past, first_due, past_of, timetable
from treatywatch.news.errors import StorageError, UsageError
from treatywatch.storage.reader import Reader

logger = logging.getLogger(__name__)
# Short, because a machine that slept or whose clock was set must not oversleep.
LOOK_EVERY = 20.0
GRACE = 60.0  # less than the 90 that the unit gives to all of it
_RUNS_LOOKED_AT = 200
NOTHING_FETCHED = 3
Say = Callable[[str], None]


class Server:
    """Starts the runs of a timetable until it is stopped."""

    def __init__(self, settings: Settings, commands: Mapping[str, Sequence[str]], say: Say) -> None:
        """`commands` are the arguments of treatywatch that do each kind of run."""
        self.settings = settings
        self.jobs = timetable(settings)
        self.commands = commands
        self.say = say
        self._stopping = threading.Event()
        self._child: subprocess.Popen[bytes] | None = None
        self._started: dict[str, datetime] = {}

    def serve(self) -> None:
        """Wait and run until `stop` is called."""
        since = datetime.now(UTC)
        said = None
        while not self._stopping.is_set():
            job, at = first_due(self.jobs, self._past(), since)
            now = datetime.now(UTC)
            if at <= now:
                said = None
                self._run(job, now)
                continue
            if said != (job, at):
                self.say(f"next: {job.kind} at {at.astimezone(job.zone):%Y-%m-%d %H:%M %Z}")
                said = (job, at)
            self._stopping.wait(min(LOOK_EVERY, (at - now).total_seconds()))

    def stop(self) -> None:
        """End serving; a run in progress is asked to end, and what it finished is stored."""
        self._stopping.set()
        child = self._child
        if child is not None and child.poll() is None:
            child.terminate()

    def _past(self) -> dict[str, Past]:
        """Return what this process and the database know of the runs of each kind."""
        try:
            runs = Reader(self.settings).last_runs(_RUNS_LOOKED_AT)
        except UsageError:  # no database yet
            runs = []
        except StorageError as error:  # somebody has it, which a run waits out by itself
            logger.warning("when runs last ended is not known: %s", error)
            runs = []
        return {
            job.kind: past_of(
                [run for run in runs if run.kind == job.kind], self._started.get(job.kind)
            )
            for job in self.jobs
        }

    def _run(self, job: Job, now: datetime) -> None:
        self._started[job.kind] = now
        self.say(f"{now.astimezone(job.zone):%Y-%m-%d %H:%M %Z}: {job.kind} starts")
        code = self._call(self.commands[job.kind])
        # Nothing could be fetched: most often the network came up late.
        again = AGAIN_AFTER.total_seconds()
        if code == NOTHING_FETCHED and not self._stopping.wait(again):
            self.say(f"{job.kind} is tried again")
            code = self._call(self.commands[job.kind])
        self.say(f"{job.kind} {'is done' if code == 0 else f'ended with exit code {code}'}")

    def _call(self, arguments: Sequence[str]) -> int:
        if self._stopping.is_set():
            return 0
        # -P: no module is taken out of the folder that one stands in.
        command = [sys.executable, "-P", "-m", "treatywatch.cli.main", *arguments]
        self._child = subprocess.Popen(command, start_new_session=True)
        try:
            return self._wait(self._child)
        finally:
            # Whatever the run left behind in its group ends with it.
            _signal_group(self._child, signal.SIGKILL)
            self._child = None

    def _wait(self, child: subprocess.Popen[bytes]) -> int:
        while not self._stopping.is_set():
            try:
                return child.wait(1.0)
            except subprocess.TimeoutExpired:
                continue
        try:
            return child.wait(GRACE)
        except subprocess.TimeoutExpired:
            _signal_group(child, signal.SIGKILL)
            return child.wait()


def _signal_group(child: subprocess.Popen[bytes], which: signal.Signals) -> None:
    try:
        os.killpg(child.pid, which)
    except ProcessLookupError:
        logger.debug("the run had ended")


def serve(settings: Settings, commands: Mapping[str, Sequence[str]], say: Say) -> None:
    """Serve until SIGTERM or SIGINT.

    Raises:
        UsageError: when a cron line cannot be read.
    """
    server = Server(settings, commands, say)
    before = {which: signal.getsignal(which) for which in (signal.SIGTERM, signal.SIGINT)}
    for which in before:
        signal.signal(which, lambda *_: server.stop())
    try:
        server.serve()
    finally:
        for which, handler in before.items():
            signal.signal(which, handler)
    say("stopped")
