"""Words on stderr, data on stdout, and tables that read right in every direction."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from functools import cache
from io import RawIOBase, TextIOWrapper
from typing import TYPE_CHECKING, Any

from treatywatch.news.text import fit_to_show

if TYPE_CHECKING:
    from rich.console import Console

# First-strong isolates keep a right-to-left cell from reordering its row.
ISOLATE, POP = "\u2068", "\u2069"
_LARGE = 100_000
_WORD = 20  # characters of a word that a column has room for


def speak_utf8() -> None:
    """Take arguments, file names and streams as UTF-8 whatever the locale says.

    A locale of another encoding, or one that is not installed, knows no Arabic or no Vietnamese;
    cron often has such a one. Python settles the encoding of file names when it starts, so it is
    started once more, in this process's place.
    """
    if sys.getfilesystemencoding() != "utf-8" and os.environ.get("PYTHONUTF8") != "1":
        command = [sys.executable, *sys.orig_argv[1:]]
        os.execve(sys.executable, command, os.environ | {"PYTHONUTF8": "1"})
    _open_closed()
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper) and stream.encoding.lower() != "utf-8":
            stream.reconfigure(encoding="utf-8", errors=stream.errors)
    _write_all_or_fail()


def _open_closed() -> None:
    """Open on nothing each stream that was closed, as by `>&-`; else the database takes its place.

    A file that is opened gets the lowest number that is free, and words would be written into it.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            os.dup2(os.open(os.devnull, os.O_RDWR), number)
            os.set_inheritable(number, True)
            mode = "w" if number else "r"
            setattr(sys, name, os.fdopen(number, mode, encoding="utf-8", closefd=False))


def _write_all_or_fail() -> None:
    """Give stdout the buffer that PYTHONUNBUFFERED takes from it.

    Without one Python drops, without an error, what a disk that is nearly full did not take.
    """
    out = sys.stdout
    if isinstance(out, TextIOWrapper) and isinstance(out.buffer, RawIOBase):
        sys.stdout = os.fdopen(
            out.fileno(), "w", encoding="utf-8", errors=out.errors, closefd=False
        )


def drop_output() -> None:
    """Send the rest of stdout nowhere, so that leaving does not fail on it a second time."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def say(text: str) -> None:
    """Say something to the person, on stderr."""
    print(text, file=sys.stderr, flush=True)  # noqa: T201


@cache
def words() -> Console:
    """Return the console for words: stderr, coloured on a terminal only."""
    from rich.console import Console

    return Console(stderr=True, highlight=False)


def data(text: str) -> None:
    """Write data to stdout."""
    sys.stdout.write(text if text.endswith("\n") else text + "\n")
    sys.stdout.flush()


def clean(text: object) -> str:
    """Return strangers' text fit for a terminal: no control characters, no bidi tricks."""
    return fit_to_show(text)


def cell(value: Any) -> str:
    """Return a value as a table cell; text that runs right to left is isolated."""
    text = written(value)
    return f"{ISOLATE}{text}{POP}" if runs_right_to_left(text) else text


def runs_right_to_left(text: str) -> bool:
    """Tell whether a text holds letters that run right to left."""
    return any("\u0590" <= character <= "\u08ff" for character in text)


def written(value: Any, *, exact: bool = False) -> str:
    """Return a value as text: a float with two decimals, or `exact` to six significant digits."""
    if value is None:
        return ""
    if not isinstance(value, float):
        return clean(value)
    if not exact:
        return f"{value:.2f}"
    # In six digits a large sum would lose its last ones.
    return f"{value:.6g}" if abs(value) < _LARGE else f"{value:.15g}"


def table(
    title: str, columns: Sequence[str], rows: Sequence[Sequence[Any]], *, exact: bool = False
) -> None:
    """Print a table to stdout; numbers stand right, the last column may wrap.

    `exact` writes floats to six significant digits: not every one is a share.
    """
    from rich import box
    from rich.console import Console
    from rich.table import Table

    from treatywatch.cli.isolates import as_cell

    console = Console(highlight=False)
    texts = [[written(value, exact=exact) for value in row] for row in rows]
    if not console.is_terminal:
        console = Console(highlight=False, width=200)
    elif _least_width(columns, texts) > console.width:
        if parts := [*([title] if title else []), *_records(columns, texts)]:
            data("\n\n".join(parts))
        return
    grid = Table(title=title or None, box=box.SIMPLE_HEAD, title_justify="left", pad_edge=False)
    for index, name in enumerate(columns):
        numeric = bool(rows) and all(isinstance(row[index], int | float | None) for row in rows)
        grid.add_column(name, justify="right" if numeric else "left", overflow="fold")
    for line in texts:
        grid.add_row(*map(as_cell, line))
    console.print(grid)


def _least_width(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> int:
    """Return how wide a table must be to break no word shorter than a column's fair share."""
    from rich.cells import cell_len

    widths = []
    for index, name in enumerate(columns):
        texts = [name, *(cell(row[index]) for row in rows)]
        longest = max(cell_len(word) for text in texts for word in (text.split() or [""]))
        widths.append(min(longest, _WORD))
    return sum(widths) + 3 * (len(columns) - 1)


def _records(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return each row as lines of name and value, for a terminal too narrow for the table."""
    indent = max(map(len, columns)) + 2
    return [
        "\n".join(
            f"{name:<{indent}}{text}"
            for name, value in zip(columns, row, strict=True)
            if (text := cell(value))
        )
        for row in rows
    ]
