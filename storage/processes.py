"""The name of a process, as the row of a run keeps it, and whether it still lives."""

from __future__ import annotations

import os
import socket

import psutil

# When a process started is reckoned from the clock of today: a clock that is set moves it.
_CLOCK_STEP = 10.0  # seconds


def this_process() -> str:
    """Return a name that no other process bears, on any machine and after a restart."""
    started = psutil.Process().create_time()
    return f"{socket.gethostname()}:{os.getpid()}:{started:.2f}"


def is_alive(process: str, *, is_overdue: bool = False) -> bool:
    """Tell whether the process of a run still lives.

    One of another machine is taken to, until its run `is_overdue`: each container is another.
    """
    try:
        host, pid, started = process.rsplit(":", 2)
        if host != socket.gethostname():
            return not is_overdue
        return abs(psutil.Process(int(pid)).create_time() - float(started)) < _CLOCK_STEP
    except (ValueError, psutil.NoSuchProcess, psutil.AccessDenied):
        return False
