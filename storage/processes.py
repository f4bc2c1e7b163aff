"""The name of a process, as the row of a run keeps it, and whether it still lives."""

from __future__ import annotations

import os
import socket

import psutil


def this_process() -> str:
    """Return a name that no other process bears, on any machine and after a restart."""
    started = psutil.Process().create_time()
    return f"{socket.gethostname()}:{os.getpid()}:{started:.2f}"


def is_alive(process: str) -> bool:
    """Tell whether the process of a run still lives; one of another machine is taken to."""
    try:
        host, pid, started = process.rsplit(":", 2)
        if host != socket.gethostname():
            return True
        return abs(psutil.Process(int(pid)).create_time() - float(started)) < 1.0
    except (ValueError, psutil.NoSuchProcess, psutil.AccessDenied):
        return False
