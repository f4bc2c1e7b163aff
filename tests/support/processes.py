"""Which processes a test started and did not end, and where they may listen."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from typing import TypeVar

import psutil

AnyPopen = TypeVar("AnyPopen", bound="subprocess.Popen[str] | subprocess.Popen[bytes]")
_started: list[subprocess.Popen[str] | subprocess.Popen[bytes]] = []


def watched(process: AnyPopen) -> AnyPopen:
    """Return a process with a group of its own, to be ended when its test fails to."""
    _started.append(process)
    return process


def end_watched() -> None:
    """End what a test that failed left running, so that it fails alone."""
    while _started:
        process = _started.pop()
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()


def left_behind(mark: str, patience: float = 10.0) -> list[str]:
    """Return the command lines of the marked processes that do not end, without this one."""
    deadline = time.monotonic() + patience
    while (found := _marked(mark)) and time.monotonic() < deadline:
        time.sleep(0.2)
    return found


def _marked(mark: str) -> list[str]:
    found = []
    for process in psutil.process_iter():
        try:
            is_ours = process.pid != os.getpid() and process.environ().get("TESTED_AS") == mark
            if is_ours and process.status() != psutil.STATUS_ZOMBIE:
                found.append(" ".join(process.cmdline()))
        except psutil.Error:
            continue
    return found


def free_port() -> int:
    """Return a port that nobody listens at."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
