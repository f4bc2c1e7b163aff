"""On what machine and with which versions figures were made."""

from __future__ import annotations

import os
import platform
import re
import sqlite3
from importlib import metadata
from pathlib import Path
from typing import Any

import psutil

PACKAGES = (
    "treatywatch", "prefect", "duckdb", "trafilatura", "lxml", "httpx", "feedparser", "requests",
    "onnxruntime", "warcio", "torch", "transformers",
)  # fmt: skip


def machine() -> dict[str, Any]:
    """Return the machine in a few words and numbers."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count() or 0,
        "memory_gb": round(psutil.virtual_memory().total / 1e9),
        "system": f"{platform.system()} {platform.release().split('-')[0]}",
    }


def versions() -> dict[str, str]:
    """Return the versions of what was measured, of those that are installed."""
    found = {"python": platform.python_version(), "sqlite": sqlite3.sqlite_version}
    for package in PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found


def load() -> float:
    """Return how many processes wanted a core in the last minute."""
    return round(os.getloadavg()[0], 1)


def _processor() -> str:
    """Name the processor, and whether it has the products of 8 bits that the model lives on."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text("utf-8").splitlines() if info.exists() else []
    known = {name.strip(): value.strip() for name, _, value in (x.partition(":") for x in lines)}
    if "model name" not in known:
        return platform.processor() or platform.machine()
    has = "with" if re.search(r"avx(512)?_vnni", known.get("flags", "")) else "without"
    return f"{known['model name']} {has} VNNI"
