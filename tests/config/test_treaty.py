from __future__ import annotations

from pathlib import Path

import pytest

from treatywatch.config.treaty import BUILT_IN, load_treaty
from treatywatch.news.errors import UsageError
from treatywatch.news.text import fold

TREATY = load_treaty()


def test_codebook_themes_are_all_there_with_labels_in_three_languages() -> None:
    assert [theme.id for theme in TREATY.themes_of("hope")] == [
        "cooperation", "evidence", "victims", "capacity", "global_order",
        "rights_safeguards", "security", "standing", "economy",
    ]  # fmt: skip
    assert [theme.id for theme in TREATY.themes_of("concern")] == [
        "surveillance", "privacy", "expression", "vagueness", "repression",
        "weak_safeguards", "researchers", "host", "industry", "legitimacy",
    ]  # fmt: skip
    assert all(set(theme.labels) == {"en", "ar", "vi"} for theme in TREATY.themes)


def test_hypotheses_are_asked_in_every_language() -> None:
    assert set(TREATY.hypotheses) == {"treaty", "hope", "concern"}
    assert all(set(by_language) == {"en", "ar", "vi"} for by_language in TREATY.hypotheses.values())


def test_signals_are_stored_folded() -> None:
    assert [signal for signal in TREATY.signals if signal != fold(signal)] == []


def _broken(tmp_path: Path, old: str, new: str) -> Path:
    text = BUILT_IN.read_text("utf-8")
    assert old in text
    path = tmp_path / "treaty.yaml"
    path.write_text(text.replace(old, new, 1), "utf-8")
    return path


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("strength: S,", "strength: X,", "strength"),
        ("{un} {quality}{text} (?:", "{nobody} (?:", "{nobody}"),
        ('pattern: "uncc"', 'pattern: "(uncc)"', "captures a group"),
        ('pattern: "uncc"', 'pattern: "uncc("', "not a regular expression"),
        ("hypotheses:", "guesses:", "hypotheses"),
        ("names:\n", "names: [\n", "not valid YAML"),
        ("names:\n", f"names:\n  {'[' * 1000 + ']' * 1000}\n", "nested too deep (line "),
    ],
)
def test_a_bad_file_is_refused_in_one_sentence(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    path = _broken(tmp_path, old, new)
    with pytest.raises(UsageError) as caught:
        load_treaty(path)
    message = str(caught.value)
    assert said in message
    assert str(path) in message
    assert "\n" not in message


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"nowhere\.yaml: cannot be read"):
        load_treaty(tmp_path / "nowhere.yaml")


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "empty.yaml"
    path.write_text("", "utf-8")
    with pytest.raises(UsageError, match="mend that entry"):
        load_treaty(path)


def test_a_huge_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "huge.yaml"
    path.write_text("a" * 1_000_001, "utf-8")
    with pytest.raises(UsageError, match="larger than"):
        load_treaty(path)
