from __future__ import annotations

import re
from pathlib import Path

import pytest

from treatywatch.classifiers.gold import read_gold
from treatywatch.news.errors import UsageError


def _read(tmp_path: Path, text: str) -> list[tuple[str, str, bool, bool, bool]]:
    path = tmp_path / "gold"
    path.write_text(text, "utf-8")
    rows = read_gold(path, lambda _: "vi")
    return [(row.language, row.text, row.treaty, row.hope, row.concern) for row in rows]


def test_json_lines_with_answers_or_a_label(tmp_path: Path) -> None:
    lines = (
        '{"text": "a", "language": "en", "treaty": true, "hope": true, "concern": false}\n\n'
        '{"text": "b", "label": "Off-topic"}\n'
    )
    assert _read(tmp_path, lines) == [
        ("en", "a", True, True, False),
        ("vi", "b", False, False, False),
    ]


@pytest.mark.parametrize(
    ("label", "answers"),
    [
        ("hopes", (True, True, False)),
        ("Hope", (True, True, False)),
        ("concerns", (True, False, True)),
        ("mixed", (True, True, True)),
        ("neutral", (True, False, False)),
        ("off topic", (False, False, False)),
    ],
)
def test_label_tab_text(tmp_path: Path, label: str, answers: tuple[bool, bool, bool]) -> None:
    assert _read(tmp_path, f"{label}\tCông ước\tHà Nội") == [("vi", "Công ước\tHà Nội", *answers)]


def test_text_is_normalised(tmp_path: Path) -> None:
    ((_, text, *_),) = _read(tmp_path, "hope\tCo\u0302ng u\u031bo\u031b\u0301c")
    assert text == "Công ước"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("no tab here", "label<TAB>text"),
        ("praise\ttext", "is not one of"),
        ('{"text": ""}', "missing or empty"),
        ('{"text": 5}', "not a string"),
        ('{"text": "a", "treaty": true}', "true or false"),
        ('{"text": "a", "treaty": false, "hope": true, "concern": false}', "need `treaty`"),
        ('{"text": "a", "label": "hope", "language": "fr"}', "language 'fr'"),
        ('{"text": ', "gold:2"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, line: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        _read(tmp_path, f"hope\tfine\n{line}\n")
    assert said in str(caught.value)
    assert ":2:" in str(caught.value)


def test_an_empty_or_missing_or_binary_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no labelled passage"):
        _read(tmp_path, "\n")
    with pytest.raises(UsageError, match="cannot be read"):
        read_gold(tmp_path / "none", lambda _: "en")
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match="not UTF-8"):
        read_gold(tmp_path / "binary", lambda _: "en")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("label\ttext", "label 'label' is not one of"),
        ("hope\tX", 'does not tell which of ar, en, vi it is in; name it, as in {"label"'),
    ],
)
def test_a_line_that_tells_no_language_says_what_to_write(
    tmp_path: Path, line: str, said: str
) -> None:
    (tmp_path / "gold").write_text(line, encoding="utf-8")
    with pytest.raises(UsageError, match=re.escape(said)):
        read_gold(tmp_path / "gold", lambda _: "und")
