from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html
from markdown_it import MarkdownIt

from treatywatch.storage.formats import Format, Rows, json_value, write_rows

CELLS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(st.characters(codec="utf-8")),
    st.dates(),
    st.lists(st.text(st.characters(codec="utf-8"), max_size=5), max_size=3),
)
ROWS = st.lists(st.tuples(CELLS, CELLS), max_size=5)


def _text(kind: Format, columns: Sequence[str], rows: Rows) -> str:
    out = io.StringIO()
    write_rows(kind, columns, rows, out)
    return out.getvalue()


@given(ROWS)
def test_csv_reads_back_cell_by_cell(rows: list[tuple[Any, ...]]) -> None:
    out = io.StringIO(newline="")
    assert write_rows("csv", ("a", "b"), rows, out) == len(rows)
    back = list(csv.reader(io.StringIO(out.getvalue(), newline="")))
    assert back[0] == ["a", "b"]
    assert len(back) == len(rows) + 1
    for row, cells in zip(rows, back[1:], strict=True):
        for value, cell in zip(row, cells, strict=True):
            if isinstance(value, str):
                assert cell == value


@given(ROWS)
def test_json_and_jsonl_say_the_same(rows: list[tuple[Any, ...]]) -> None:
    whole = json.loads(_text("json", ("a", "b"), rows))
    lines = [json.loads(line) for line in _text("jsonl", ("a", "b"), rows).split("\n") if line]
    assert whole == lines
    assert len(whole) == len(rows)


@given(ROWS)
def test_markdown_keeps_one_line_a_row_and_its_columns(rows: list[tuple[Any, ...]]) -> None:
    lines = _text("markdown", ("a", "b"), rows).rstrip("\n").split("\n")
    assert len(lines) == len(rows) + 2
    for line in lines:
        bare = line.replace("\\\\", "").replace("\\|", "")
        assert bare.count("|") == 3


@pytest.mark.parametrize(
    "cell",
    ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "\uff1dcmd", "=HYPERLINK(1)"],
)
def test_a_formula_is_defused_on_request_alone(cell: str) -> None:
    def cell_of(*, safe: bool) -> str:
        out = io.StringIO(newline="")
        write_rows("csv", ("a",), [(cell,)], out, safe_csv=safe)
        return list(csv.reader(io.StringIO(out.getvalue(), newline="")))[1][0]

    assert cell_of(safe=True) == "'" + cell
    assert cell_of(safe=False) == cell


def test_numbers_are_not_defused() -> None:
    out = io.StringIO()
    write_rows("csv", ("=a", "b"), [(-1, -2.5)], out, safe_csv=True)
    assert out.getvalue() == "'=a,b\n-1,-2.5\n"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (datetime(2026, 11, 16, 5, tzinfo=UTC), "2026-11-16T05:00:00Z"),
        (date(2026, 11, 16), "2026-11-16"),
        (float("nan"), None),
        (float("inf"), None),
        (Decimal("1.5"), 1.5),
        (Decimal(10**20), 10**20),
        (b"\x00\xff", "AP8="),
        (timedelta(seconds=90), "0:01:30"),
        ({"a": [date(2026, 1, 1)]}, {"a": ["2026-01-01"]}),
    ],
)
def test_values_have_one_json_form(value: Any, expected: Any) -> None:
    assert json_value(value) == expected


def test_columns_of_one_name_are_numbered_in_objects() -> None:
    assert json.loads(_text("jsonl", ("a", "a"), [(1, 2)])) == {"a": 1, "a_2": 2}


def test_an_empty_answer_is_still_valid() -> None:
    assert json.loads(_text("json", ("a",), [])) == []
    assert _text("csv", ("a",), []) == "a\n"


def test_markdown_of_strangers_stays_text() -> None:
    hostile = "![x](https://evil.example/p.png) [log in](https://evil.example) `a` *b* <b>&\u202e"
    line = _text("markdown", ("a",), [(hostile,)]).splitlines()[-1]
    assert line == (
        r"| !\[x\](https\://evil.example/p.png) \[log in\](https\://evil.example) "
        r"\`a\` \*b\* &lt;b&gt;&amp; |"
    )


def test_markdown_makes_no_link_and_no_emphasis_of_what_strangers_wrote() -> None:
    cells = ("http://evil.example", "www.evil.example", "_x_", "~~y~~", "-1.5", "2026-11-16")
    table = _text("markdown", ("a_b", *"cdefg"), [cells])
    page = MarkdownIt("gfm-like", {"linkify": False}).render(table)
    shown = html.fragment_fromstring(page)
    assert [cell.text for cell in shown.iter("td")] == list(cells)
    assert not list(shown.iter("a", "em", "s"))
    assert r"| http\://evil.example | www\.evil.example |" in table
    assert "| -1.5 | 2026-11-16 |" in table
