"""The plots of the page: bars and lines as SVG, readable on white and without their colours."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

OURS, THEIRS, THIRD = "#1f66b3", "#b4560f", "#8b8fa0"
FONT = "system-ui, sans-serif"
Row = dict[str, Any]


def bars(
    rows: Sequence[Row], title: str, axis: str, *, log: bool = False, group: str = "kind"
) -> str:
    """Draw horizontal bars; rows hold `name`, `value` and the group that colours them."""
    import altair as alt

    kinds = list(dict.fromkeys(row[group] for row in rows))
    names = list(dict.fromkeys(row["name"] for row in rows))
    scale = _log_scale(rows) if log else alt.Scale(zero=True)
    base = alt.Chart(alt.Data(values=list(rows))).encode(
        x=alt.X("value:Q", title=axis, scale=scale, stack=None),
        y=alt.Y("name:N", title=None, sort=names),
        yOffset=alt.YOffset(f"{group}:N", sort=kinds),
    )
    coloured = base.mark_bar().encode(
        x2=alt.value(0) if log else alt.Undefined,
        color=alt.Color(
            f"{group}:N", title=None, sort=kinds,
            scale=alt.Scale(domain=kinds, range=[OURS, THEIRS, THIRD][: len(kinds)]),
            legend=alt.Legend(orient="top") if len(kinds) > 1 else None,
        ),
    )  # fmt: skip
    labels = base.mark_text(align="left", dx=3).encode(text=alt.Text("value:Q", format=",.4~g"))
    return _svg((coloured + labels).properties(title=title, width=520, height={"step": 16}))


def _log_scale(rows: Sequence[Row]) -> Any:
    """Return a scale that begins a power of ten below the smallest bar, so that all are seen."""
    import altair as alt

    smallest = min(row["value"] for row in rows if row["value"] > 0)
    return alt.Scale(type="log", domainMin=10 ** math.floor(math.log10(smallest * 0.9)))


def lines(rows: Sequence[Row], title: str, axis: str, values: Sequence[str]) -> str:
    """Draw one panel a value over `x`, from nothing to the largest."""
    import altair as alt

    data = alt.Data(values=list(rows))
    panels = [
        alt.Chart(data)
        .mark_line(color=OURS, point={"color": OURS, "size": 50})
        .encode(
            x=alt.X("x:Q", title=axis, scale=alt.Scale(zero=True)),
            y=alt.Y(f"{value}:Q", title=value, scale=alt.Scale(zero=True)),
        )
        .properties(width=230, height=170)
        for value in values
    ]
    return _svg(alt.hconcat(*panels).properties(title=title))


def _svg(chart: Any) -> str:
    import vl_convert

    styled = chart.configure(font=FONT, background="white").configure_title(anchor="start")
    return str(vl_convert.vegalite_to_svg(styled.to_dict()))
