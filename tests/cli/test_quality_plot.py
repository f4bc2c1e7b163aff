from pathlib import Path

import pytest

from treatywatch.classifiers.evaluate import Evaluation, Figure
from treatywatch.cli.evaluate import evaluate
from treatywatch.cli.quality_plot import draw_evaluation, plot_rows
from treatywatch.news.errors import UsageError

FOUND = {
    language: Evaluation(10, {"hope_f1": Figure(value, value - 0.1, value + 0.05)}, {})
    for language, value in (("ar", 0.7), ("en", 0.8), ("all", 0.75))
}


def test_one_row_a_figure_and_language() -> None:
    assert [(row["language"], row["figure"], row["f1"]) for row in plot_rows(FOUND)] == [
        ("ar", "hope", 0.7),
        ("en", "hope", 0.8),
        ("all", "hope", 0.75),
    ]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "start"), [("q.svg", b"<svg"), ("Q.SVG", b"<svg"), ("q.png", b"\x89PNG")]
)
def test_a_plot_is_written_whole(tmp_path: Path, name: str, start: bytes) -> None:
    draw_evaluation(FOUND, tmp_path / name)
    assert (tmp_path / name).read_bytes().startswith(start)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_another_kind_of_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"\.svg or \.png"):
        draw_evaluation(FOUND, tmp_path / "q.pdf")


def test_another_kind_of_file_is_refused_before_anything_is_measured(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"q\.pdf: end the name in \.svg or \.png"):
        evaluate(tmp_path / "no-such-gold.jsonl", plot=Path("q.pdf"))
