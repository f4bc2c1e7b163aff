"""The fuzzer, short: the same command runs longer by hand."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

FUZZER = Path(__file__).with_name("fuzz.py")


def test_mutated_input_neither_crashes_nor_hangs_nor_leaks() -> None:
    command = [sys.executable, str(FUZZER), "--inputs", "600", "--seed", "7"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
