"""Run a command and count the CPU seconds of it and of every process it starts.

On a machine that does other things too they are steadier than seconds of the clock.
"""

from __future__ import annotations

import os
import resource
import subprocess
import threading
from collections.abc import Mapping, Sequence

import psutil

SAMPLE_SECONDS = 0.2


def run_counted(command: Sequence[str], **environment: str) -> tuple[str, dict[str, object]]:
    """Return what a command printed, its CPU seconds, and the machine's load before and after."""
    before, load = _waited_for(), _load()
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, **environment}
    ) as process:
        meter = _Meter(process.pid)
        meter.start()
        printed, _ = process.communicate()
        meter.stop()
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    # Workers that nobody waits for are in the samples alone; short-lived ones often are not.
    seconds = max(_waited_for() - before, meter.seconds)
    return printed, {"cpu_seconds": round(seconds, 1), "load": [load, _load()]}


class _Meter(threading.Thread):
    """Samples the CPU time of a process and of all below it."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._root = psutil.Process(pid)
        self._spent: Mapping[int, float] = {}
        self._ended = threading.Event()

    @property
    def seconds(self) -> float:
        """Return the sum of what each process had spent when it was last seen."""
        return sum(self._spent.values())

    def run(self) -> None:
        """Sample until told to stop."""
        while not self._ended.wait(SAMPLE_SECONDS):
            self._spent = {**self._spent, **self._sample()}

    def stop(self) -> None:
        """End the sampling."""
        self._ended.set()
        self.join()

    def _sample(self) -> dict[int, float]:
        found = {}
        try:
            processes = [self._root, *self._root.children(recursive=True)]
        except psutil.Error:
            return found
        for process in processes:
            try:
                times = process.cpu_times()
            except psutil.Error:
                continue
            found[process.pid] = times.user + times.system
        return found


def _waited_for() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _load() -> float:
    return round(os.getloadavg()[0], 1)
