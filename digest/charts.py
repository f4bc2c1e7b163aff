"""The plots of the digest, drawn by Altair and turned into SVG (page) and PNG (mail).

No word stands in a plot: legends and captions are text of the page, so they can be read aloud,
translated, shaped and coloured with it. Marks carry classes instead of colours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from lxml import etree

from treatywatch.digest.words import Words
from treatywatch.news.digest import LabelCounts, TrendPoint

# Blue against orange is told apart by every common kind of colour blindness; mixed is grey.
COLOURS = {"hopes": "#1f66b3", "mixed": "#8b8fa0", "neutral": "#d5d8df", "concerns": "#b4560f"}
_AXIS, _GRID = "#5b6070", "#e3e5ea"
_CLASSES = {
    **{colour: f"mark-{label}" for label, colour in COLOURS.items()},
    _AXIS: "ink",
    _GRID: "grid",
}
_HATCH = (
    '<defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" '
    'patternTransform="rotate(45)"><rect width="6" height="6" fill="#f3c9a3"/>'
    f'<rect width="2.2" height="6" fill="{COLOURS["concerns"]}"/></pattern></defs>'
)
_HATCHED = f'fill="url(#hatch)" stroke="{COLOURS["concerns"]}"'
_SVG = "{http://www.w3.org/2000/svg}"
_KEPT = frozenset({"d", "x", "x1", "x2", "y", "y1", "y2", "width", "height", "transform"}) | {
    "text-anchor",
    "fill",
    "stroke",
    "stroke-width",
    "font-size",
    "opacity",
}


@dataclass(frozen=True, slots=True)
class Plot:
    """A plot as the plotting library drew it, before it is dressed for a page."""

    raw: str

    def png(self) -> bytes:
        """Return the plot as an image for mail, at twice its size, concerns hatched."""
        import vl_convert

        start = self.raw.index(">") + 1
        hatched = self.raw[start:].replace(f'fill="{COLOURS["concerns"]}"', _HATCHED)
        return bytes(vl_convert.svg_to_png(self.raw[:start] + _HATCH + hatched, scale=2))


def trend_plot(points: Sequence[TrendPoint], highest: int, words: Words) -> Plot:
    """Draw one language's weeks: hopes above the line, concerns below, mixed across it.

    `highest` is the greatest reach on either side in any language, so that panels compare.
    """
    return _trend(tuple(points), highest, words.direction)


# Page and mail show the same plots, and drawing one takes longer than the rest of the page.
@lru_cache(maxsize=32)
def _trend(points: tuple[TrendPoint, ...], highest: int, direction: str) -> Plot:
    import altair as alt

    rows = [row for point in points for row in _trend_rows(point)]
    weeks = [f"{point.week.week:02d}" for point in points]
    bars = (
        alt.Chart(alt.Data(values=rows))
        .mark_bar(size=max(3, 192 // len(weeks)))
        .encode(
            x=_week_axis(weeks, direction),
            y=_article_axis(max(highest, 4), direction),
            y2="high:Q",
            color=_paint(),
        )
    )
    line = alt.Chart(alt.Data(values=[{}])).mark_rule(color=_AXIS).encode(y=alt.datum(0))
    return _draw((bars + line).properties(width=320, height=160))


def _week_axis(weeks: list[str], direction: str) -> Any:
    import altair as alt

    axis = alt.Axis(
        labelAngle=0,
        labelOverlap="parity",
        labelPadding=8,
        labelColor=_AXIS,
        labelFontSize=13,
        ticks=False,
        domain=False,
    )
    # The weeks are named, so that one without articles keeps its place.
    scale = alt.Scale(domain=weeks, reverse=direction == "rtl")
    return alt.X("week:O", title=None, axis=axis, scale=scale)


def _article_axis(reach: int, direction: str) -> Any:
    import altair as alt

    # A fixed extent: measured text would differ with the fonts of the machine.
    axis = alt.Axis(
        labelExpr="format(abs(datum.value), ',d')",
        tickMinStep=1,
        tickCount=4,
        ticks=False,
        domain=False,
        gridColor=_GRID,
        labelColor=_AXIS,
        labelFontSize=13,
        minExtent=30,
        maxExtent=30,
        orient="right" if direction == "rtl" else "left",
    )
    return alt.Y("low:Q", title=None, scale=alt.Scale(domain=[-reach, reach]), axis=axis)


def _paint() -> Any:
    import altair as alt

    scale = alt.Scale(domain=list(COLOURS), range=list(COLOURS.values()))
    return alt.Color("kind:N", scale=scale, legend=None)


def _trend_rows(point: TrendPoint) -> list[dict[str, object]]:
    week = f"{point.week.week:02d}"
    counts = point.counts or LabelCounts()
    half = counts.mixed / 2
    bars = (
        ("mixed", -half, half),
        ("hopes", half, half + counts.hopes),
        ("concerns", -half - counts.concerns, -half),
    )
    return [
        {"week": week, "kind": kind, "low": low, "high": high}
        for kind, low, high in bars
        if low < high
    ]


def reach_of(counts: LabelCounts) -> int:
    """Return how far a week's bar reaches from the middle line, in articles."""
    return max(counts.hopes, counts.concerns) + (counts.mixed + 1) // 2


def share_plot(counts: LabelCounts, words: Words) -> Plot:
    """Draw the labels of some articles as one bar."""
    return _share(counts, words.direction)


@lru_cache(maxsize=64)
def _share(counts: LabelCounts, direction: str) -> Plot:
    import altair as alt

    rows = []
    start = 0
    for label in COLOURS:
        count = getattr(counts, label)
        if count:
            rows.append({"kind": label, "low": start, "high": start + count})
        start += count
    scale = alt.Scale(domain=[0, max(start, 1)], nice=False, reverse=direction == "rtl")
    bar = (
        alt.Chart(alt.Data(values=rows))
        .mark_bar(height=18)
        .encode(x=alt.X("low:Q", axis=None, scale=scale), x2="high:Q", color=_paint())
    )
    return _draw(bar.properties(width=360, height=18))


def _draw(chart: Any) -> Plot:
    import vl_convert

    styled = chart.configure_view(stroke="transparent").configure(padding=2)
    return Plot(vl_convert.vegalite_to_svg(styled.to_dict()))


def page_svg(plot: Plot, description: str, words: Words) -> str:
    """Dress a plot for the page: no colours of its own, no ids, and its text alternative.

    Only known elements and attributes are kept, so that nothing of the library's making can
    run or load.
    """
    root = etree.fromstring(plot.raw.encode(), etree.XMLParser(resolve_entities=False))
    new = etree.Element("svg", {"viewBox": root.get("viewBox", "0 0 1 1"), "role": "img"})
    new.set("xmlns", "http://www.w3.org/2000/svg")
    new.set("class", "plot")
    new.set("aria-label", description)
    for child in root:
        _copy(child, new, words)
    return str(etree.tostring(new, encoding="unicode"))


def _copy(node: Any, parent: Any, words: Words) -> None:
    name = str(node.tag).removeprefix(_SVG)
    if name not in {"g", "path", "rect", "line", "text"} or _is_nothing(node):
        return
    made = etree.SubElement(parent, name)
    for key, value in node.attrib.items():
        if key in _KEPT:
            made.set(key, value)
    for paint in ("fill", "stroke"):
        if made.get(paint) in _CLASSES:
            known = _CLASSES[str(made.attrib.pop(paint))]
            made.set("class", " ".join(filter(None, [made.get("class"), f"{paint}-{known}"])))
    if name == "text":
        made.text = words.digits(node.text or "")
    for child in node:
        _copy(child, made, words)
    if name == "g" and not len(made):
        parent.remove(made)


def _is_nothing(node: Any) -> bool:
    """Tell whether a node draws nothing: backgrounds, empty foregrounds."""
    if node.get("display") == "none" or node.get("class") in {"background", "foreground"}:
        return True
    return bool(str(node.tag) == f"{_SVG}rect" and node.get("fill") == "white")
