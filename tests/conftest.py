"""What every test stands on: no settings, no network, no home of the person who runs it."""

from __future__ import annotations

import fcntl
import gc
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from support.prefect_server import running_server
from support.processes import end_watched

ROOT = Path(__file__).resolve().parent.parent
# Real pages are not part of the project.
SHARED = Path(os.environ.get("PRESS_CORPUS", ROOT.parent / "shared")).resolve()

if "PYTEST_XDIST_WORKER" in os.environ:
    # As many workers as cores: threads of numpy and torch would wait for one another.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
# Prefect reads these when it is imported; the server says goodbye after pytest closed its output.
os.environ.setdefault("PREFECT_LOGGING_LEVEL", "ERROR")
os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
os.environ.setdefault("PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS", "120")
# Prefect's records stay out of the tester's home.
_HOME = TemporaryDirectory(prefix="treatywatch-prefect-", ignore_cleanup_errors=True)
os.environ["PREFECT_HOME"] = _HOME.name
os.environ["PREFECT_MEMO_STORE_PATH"] = str(Path(_HOME.name) / "memo_store.toml")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let several test workers begin with what takes long, so that none is left with it alone.

    Files stay whole: their order is all that changes.
    """
    if "PYTEST_XDIST_WORKER" not in os.environ:
        return
    slow = {item.path for item in items if "slow" in item.keywords}
    files = {item.path: place for place, item in enumerate(items)}
    items.sort(
        key=lambda item: (
            item.path.parent.name != "flows",
            item.path not in slow,
            files[item.path],
        )
    )


def pytest_collection_finish() -> None:
    """Keep what is loaded by now out of the collector's sight: it stays, and takes long to walk."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _clean_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Start each test in an empty folder with none of the tester's settings.

    What it sets for the processes it starts, as the command's own `main` does, goes with it.
    """
    before = dict(os.environ)
    for name in before:
        if name.startswith("TREATYWATCH_"):
            del os.environ[name]
    monkeypatch.chdir(tmp_path)
    yield
    for name in os.environ.keys() - before.keys():
        del os.environ[name]
    os.environ.update(before)


@pytest.fixture(autouse=True)
def _nothing_left_running() -> Iterator[None]:
    """End the watched processes that a test did not."""
    yield
    end_watched()


@pytest.fixture(scope="session")
def newsroom() -> Path:
    """Return the folder of real articles, or skip where it is absent."""
    folder = SHARED / "newsroom"
    if not folder.is_dir():
        pytest.skip("the newsroom of real articles is not here; PRESS_CORPUS names its folder")
    return folder


@pytest.fixture(scope="session")
def corpus() -> Path:
    """Return the folder of real pages and feeds, or skip where it is absent."""
    folder = SHARED / "corpus"
    if not folder.is_dir():
        pytest.skip("the corpus of real pages is not here; PRESS_CORPUS names its folder")
    return folder


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """Return a folder that is made once for all test workers: whoever comes first makes it."""
    base = factory.getbasetemp()
    place = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / name
    place.mkdir(exist_ok=True)
    with (place / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (place / "done").exists():
            make(place)
            (place / "done").touch()
    return place


@pytest.fixture(scope="session")
def prefect_records(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an empty database of Prefect, which takes ten seconds to make; copy it."""

    def make(place: Path) -> None:
        command = [sys.executable, "-m", "prefect", "server", "database", "upgrade", "-y"]
        environment = os.environ | {"PREFECT_HOME": str(place)}
        subprocess.run(command, env=environment, check=True, capture_output=True, timeout=280)
        with closing(sqlite3.connect(place / "prefect.db")) as records:
            records.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    return made_once(tmp_path_factory, "prefect-of-all", make) / "prefect.db"


@pytest.fixture(scope="session")
def prefect_server(
    tmp_path_factory: pytest.TempPathFactory, prefect_records: Path
) -> Iterator[str]:
    """Run a real Prefect server and give the address of its API.

    A command that is told of it need not start a server of its own, which takes ten seconds.
    """
    home = tmp_path_factory.mktemp("prefect-server")
    shutil.copy(prefect_records, home)
    with running_server(home) as url:
        yield url


@pytest.fixture(scope="session")
def prefect_home(prefect_records: Path) -> Path:
    """Return the home of Prefect that flows and commands have by default, its database made."""
    home = Path(_HOME.name)
    if not (home / "prefect.db").exists():
        shutil.copy(prefect_records, home)
    return home


@pytest.fixture(scope="session")
def demo_folder(tmp_path_factory: pytest.TempPathFactory, prefect_home: Path) -> Path:
    """Return a folder in which the demo was run as a user runs it; copy it, do not touch it."""

    def make(place: Path) -> None:
        command = [sys.executable, "-m", "treatywatch.cli.main", "demo"]
        subprocess.run(command, cwd=place, check=True, capture_output=True, timeout=280)

    return made_once(tmp_path_factory, "demo-of-all", make) / "demo"
