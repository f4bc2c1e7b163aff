"""What every test stands on: no settings, no network, no home of the person who runs it."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"


@pytest.fixture(autouse=True)
def _clean_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Start each test in an empty folder with none of the tester's settings."""
    for name in list(os.environ):
        if name.startswith("TREATYWATCH_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="session")
def newsroom() -> Path:
    """Return the folder of real articles, or skip where it is absent."""
    folder = SHARED / "newsroom"
    if not folder.is_dir():
        pytest.skip("the newsroom of real articles is not here")
    return folder


@pytest.fixture(scope="session")
def corpus() -> Path:
    """Return the folder of real pages and feeds, or skip where it is absent."""
    folder = SHARED / "corpus"
    if not folder.is_dir():
        pytest.skip("the corpus of real pages is not here")
    return folder


@pytest.fixture(scope="session")
def demo_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder in which the demo has been run as a user runs it; copy it, do not change it.

    The test workers share it: whoever comes first runs the demo, the others wait.
    """
    base = tmp_path_factory.getbasetemp()
    place = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "demo-of-all"
    place.mkdir(exist_ok=True)
    with (place / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (place / "done").exists():
            command = [sys.executable, "-m", "treatywatch.cli.main", "demo"]
            subprocess.run(command, cwd=place, check=True, capture_output=True, timeout=280)
            (place / "done").touch()
    return place / "demo"
