"""The backfill command refuses in one sentence what it cannot use, before anything starts."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from treatywatch.cli.app import app


def test_help_shows_examples() -> None:
    result = CliRunner().invoke(app, ["backfill", "--help"], env={"COLUMNS": "100"})
    assert result.exit_code == 0
    assert "treatywatch backfill CC-NEWS" in result.output


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["missing.warc.gz"], "missing.warc.gz: No such file"),
        (["urls.txt", "--since", "soon"], "--since soon: write a day"),
        (["urls.txt", "--since", ""], "--since : write a day"),
        (["urls.txt", "--until", ""], "--until : write a day"),
        (["urls.txt", "--since", "2025-02-01", "--until", "2025-01-01"], "lies before"),
        (["urls.txt", "--language", "fr"], "--language fr"),
        (["https://a.example/story.html"], "https://a.example/story.html"),
        (["urls.txt", "--feeds", "none.yaml"], "none.yaml: no such feed list"),
        ([], "Missing argument"),
    ],
)
def test_wrong_use_is_told_in_a_sentence(arguments: list[str], words: str) -> None:
    Path("urls.txt").write_text("https://a.example/1\n")
    command = [sys.executable, "-m", "treatywatch.cli.main", "backfill", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert not Path("data").exists()
