"""A killed run leaves no worker behind."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

pytestmark = pytest.mark.slow

SCRIPT = """
import os, time
from treatywatch.config.settings import ExtractSettings
from treatywatch.extractors.workers import Workers

def pid(_):
    time.sleep(0.3)
    return os.getpid()

if __name__ == "__main__":
    workers = Workers(ExtractSettings(workers=2))
    pids = {each for each in workers.run(pid, [1, 2, 3, 4])}
    print(*pids, flush=True)
    list(workers.run(time.sleep, [60, 60]))
"""


def test_workers_die_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(SCRIPT)
    with subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        workers = [int(word) for word in parent.stdout.readline().split()]
        children = [each.pid for each in psutil.Process(parent.pid).children(recursive=True)]
        parent.send_signal(signal.SIGKILL)
    assert workers
    assert set(workers) <= set(children)
    deadline = time.monotonic() + 10
    while left := [pid for pid in children if _lives(pid)]:
        assert time.monotonic() < deadline, f"still alive: {left}"
        time.sleep(0.1)


def _lives(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
