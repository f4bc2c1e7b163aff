"""The figures of `evaluate`, drawn."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from treatywatch.news.errors import UsageError
from treatywatch.news.whole import written_whole

if TYPE_CHECKING:
    from treatywatch.classifiers.evaluate import Evaluation

# Told apart by colour-blind readers, and by shape without any colour.
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#555555")
_DRAWN = {
    "treaty_f1": "about the treaty",
    "hope_f1": "hope",
    "concern_f1": "concern",
    "macro_f1": "five classes",
    "theme_f1": "themes",
}


def draw_evaluation(found: Mapping[str, Evaluation], path: Path) -> None:
    """Draw the F1 of each label and language with its 95% interval into an svg or png file.

    Raises:
        UsageError: when the file is neither, or cannot be written.
    """
    kind = kind_of(path)
    chart = _chart(plot_rows(found), list(found))
    try:
        with written_whole(path) as temporary:
            chart.save(str(temporary), format=kind, scale_factor=2 if kind == "png" else 1)
    except OSError as error:
        raise UsageError(
            f"{path}: cannot be written ({error.strerror}); name another place."
        ) from error


def kind_of(path: Path) -> str:
    """Return svg or png, as the name of the file ends.

    Raises:
        UsageError: when it ends otherwise.
    """
    kind = path.suffix.lower().removeprefix(".")
    if kind not in ("svg", "png"):
        raise UsageError(f"--plot {path}: end the name in .svg or .png.")
    return kind


def plot_rows(found: Mapping[str, Evaluation]) -> list[dict[str, Any]]:
    """Return one row a figure and language, as the plot takes them."""
    return [
        {
            "language": language,
            "figure": label,
            "f1": each.figures[name].value,
            "low": each.figures[name].low,
            "high": each.figures[name].high,
        }
        for language, each in found.items()
        for name, label in _DRAWN.items()
        if name in each.figures
    ]


def _chart(rows: list[dict[str, Any]], languages: list[str]) -> Any:
    import altair as alt

    colour = alt.Color("language:N", scale=alt.Scale(domain=languages, range=list(_COLOURS)))
    across = alt.YOffset("language:N", sort=languages)
    base = alt.Chart(alt.Data(values=rows)).encode(
        y=alt.Y("figure:N", sort=list(_DRAWN.values()), title=None), yOffset=across, color=colour
    )
    span = base.mark_rule(strokeWidth=2).encode(
        x=alt.X("low:Q", scale=alt.Scale(domain=[0, 1]), title="F1 with 95% interval"), x2="high:Q"
    )
    dots = base.mark_point(filled=True, size=70, opacity=1).encode(
        x="f1:Q", shape=alt.Shape("language:N", sort=languages)
    )
    return (span + dots).properties(width=460, height=alt.Step(22))
