"""What is built from the checkout is whole: the source archive builds the wheel, and that works."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# The first one builds the wheel too.
pytestmark = [pytest.mark.slow, pytest.mark.server, pytest.mark.timeout(900)]


def python(*words: str, folder: Path, **environment: str) -> str:
    """Run this Python in a folder and return what it printed."""
    done = subprocess.run(
        [sys.executable, *words], cwd=folder, env=os.environ | environment, capture_output=True,
        text=True, timeout=280, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the wheel that the source archive builds, far from the checkout."""
    folder = tmp_path_factory.mktemp("package")
    python("-m", "hatchling", "build", "-t", "sdist", "-d", str(folder), folder=ROOT)
    with tarfile.open(next(folder.glob("*.tar.gz"))) as archive:
        archive.extractall(folder, filter="data")
    source = next(each for each in folder.iterdir() if each.is_dir())
    python("-m", "hatchling", "build", "-t", "wheel", "-d", str(folder), folder=source)
    return next(folder.glob("*.whl"))


def test_the_wheel_owns_one_name_and_carries_all_it_needs(wheel: Path) -> None:
    inside = set(zipfile.ZipFile(wheel).namelist())
    owned = {name.split("/")[0] for name in inside if ".dist-info/" not in name}
    assert owned == {"treatywatch"}
    in_checkout = subprocess.run(
        ["git", "ls-files", "classifiers", "cli", "config", "digest", "extractors", "flows",
         "news", "samples", "storage"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    missing = {f"treatywatch/{name}" for name in in_checkout.stdout.splitlines()} - inside
    assert missing == set()


def test_the_installed_wheel_runs_the_demo_outside_the_checkout(
    wheel: Path, tmp_path: Path, prefect_server: str
) -> None:
    place = tmp_path / "site"
    install = ("-m", "pip", "--disable-pip-version-check", "--no-input", "install", "--quiet")
    python(*install, "--no-deps", "--no-index", "--target", str(place), str(wheel), folder=tmp_path)
    asked = "import treatywatch.cli as c; print(c.__file__)"
    assert python("-c", asked, folder=tmp_path, PYTHONPATH=str(place)).startswith(str(place))

    words = (str(place / "bin" / "treatywatch"), "demo", "--out", "out")
    environment = {"PYTHONPATH": str(place), "PREFECT_API_URL": prefect_server}
    said = python(*words, folder=tmp_path, **environment)

    assert "digest" in said
    assert (tmp_path / "out" / "treatywatch.duckdb").stat().st_size > 0
    assert len(list((tmp_path / "out").glob("digest-*.html"))) == 1
