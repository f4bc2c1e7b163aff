import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from treatywatch.cli.output import cell, clean, table, written


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("two\nlines\tand a tab", "two lines and a tab"),
        ("\x1b[31mred\x07", "\ufffd[31mred\ufffd"),
        ("abc\u202etxt.exe", "abctxt.exe"),
        ("Công ước", "Công ước"),
    ],
)
def test_strangers_text_is_harmless_on_a_terminal(text: str, shown: str) -> None:
    assert clean(text) == shown


def test_cells_that_run_right_to_left_are_isolated() -> None:
    assert cell("اتفاقية") == "\u2068اتفاقية\u2069"
    assert cell("treaty") == "treaty"
    assert cell(None) == ""
    assert cell(0.126) == "0.13"


@pytest.mark.parametrize(
    ("value", "share", "exact"),
    [
        (0.004, "0.00", "0.004"),
        (0.9951, "1.00", "0.9951"),
        (2 / 3, "0.67", "0.666667"),
        (1.0, "1.00", "1"),
        (12345678.5, "12345678.50", "12345678.5"),
        (float("nan"), "nan", "nan"),
        (7, "7", "7"),
        (None, "", ""),
    ],
)
def test_a_float_is_a_share_or_written_exactly(value: float, share: str, exact: str) -> None:
    assert (written(value), written(value, exact=True)) == (share, exact)


def test_a_table_of_exact_numbers_shows_them(capsys: pytest.CaptureFixture[str]) -> None:
    table("", ("confidence", "label"), [(0.9951, "hopes")], exact=True)
    assert "0.9951" in capsys.readouterr().out


def test_files_may_have_names_that_the_locale_cannot_spell(tmp_path: Path) -> None:
    environment = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    name = "báo-صحيفة.yaml"
    (tmp_path / name).write_text("- {id: bao, name: Báo, url: 'https://bao.example/rss'}", "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "treatywatch.cli.main", "feeds", "list", "--feeds", name],
        env=os.environ | environment, capture_output=True, timeout=120, check=False,
    )  # fmt: skip
    said = done.stderr.decode("utf-8")
    assert (done.returncode, "Traceback" in said) == (2, False), said
    assert f"{name}: feed" in said  # it was found and read; it says no language


def _little_room() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))


@pytest.mark.slow
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_disk_that_takes_a_part_of_the_output_is_an_error_in_one_sentence(
    tmp_path: Path, unbuffered: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Nothing else in that process may write: the measuring of coverage would.
    monkeypatch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)
    with (tmp_path / "out").open("wb") as out:
        done = subprocess.run(
            [sys.executable, "-m", "treatywatch.cli.main", "feeds", "export"],
            stdout=out, stderr=subprocess.PIPE, text=True, timeout=120, check=False,
            env={**os.environ, "PYTHONUNBUFFERED": unbuffered}, preexec_fn=_little_room,
        )  # fmt: skip
    assert (done.returncode, done.stderr.count("\n")) == (1, 1), done
    assert "output: File too large" in done.stderr


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_reader_that_went_is_told_nothing(unbuffered: str) -> None:
    """Not even when all was written into a buffer and Python empties it as it leaves."""
    reader, writer = os.pipe()
    os.close(reader)
    program = "from treatywatch.cli import app, main; app.app = lambda: print('x'); main.main()"
    done = subprocess.run(
        [sys.executable, "-c", program], stdout=writer, stderr=subprocess.PIPE, timeout=120,
        env={**os.environ, "PYTHONUNBUFFERED": unbuffered}, check=False,
    )  # fmt: skip
    os.close(writer)
    assert (done.returncode, done.stderr) == (1, b""), done


@pytest.mark.slow
@pytest.mark.parametrize("closed", [0, 1, 2])
def test_a_stream_may_be_closed(closed: int) -> None:
    command = [sys.executable, "-m", "treatywatch.cli.main", "classify", "nowhere.txt", "--json"]
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120,
        check=False, preexec_fn=lambda: os.close(closed),
    )  # fmt: skip
    assert (done.returncode, "Traceback" in done.stderr, done.stdout) == (2, False, ""), done


ROW = ("2026-11-23", "Người Xa Xứ", None, 0, "a title of many short words that may well be wrapped")
COLUMNS = ("published", "outlet", "theme", "hopes", "title")


@pytest.mark.parametrize("width", ["40", "120"])
def test_a_terminal_too_narrow_for_a_table_gets_a_row_as_lines(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], width: str
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")  # rich takes the output for a terminal
    monkeypatch.setenv("TERM", "xterm")  # on a dumb one it is 80 columns wide
    monkeypatch.setenv("COLUMNS", width)
    table("Articles", COLUMNS, [ROW, ROW])
    shown = capsys.readouterr().out
    as_lines = "published  2026-11-23\noutlet     Người Xa Xứ\nhopes      0\ntitle      a title of"
    assert (as_lines in shown) is (width == "40")
    assert "2026-11-23" in shown  # broken at no width


def test_each_line_of_a_cell_that_runs_right_to_left_is_isolated(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "44")
    table("", ("title", "label"), [("\u0648\u0632\u064a\u0631 " * 12, "hopes")])
    lines = [line for line in capsys.readouterr().out.splitlines() if "\u0648" in line]
    assert len(lines) > 1
    for line in lines:
        assert line.strip().startswith("\u2068")
        assert line.count("\u2068") == line.count("\u2069") == 1
        assert "\u2069" not in line.partition("hopes")[2]


def test_a_terminal_too_narrow_for_the_names_of_no_rows_gets_none(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "30")
    table("", ("published", "outlet", "language", "title"), [])
    assert capsys.readouterr().out == ""
