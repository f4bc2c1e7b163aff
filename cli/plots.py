"""Draw trends as SVG or PNG: shares with their intervals, and bands where feeds were down."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from treatywatch.news.errors import UsageError
from treatywatch.news.whole import written_whole

if TYPE_CHECKING:
    from treatywatch.storage.trends import TrendPoint, TrendQuery

MAX_POINTS = 20_000
_HOPE, _CONCERN, _BAND = "#1f66b3", "#b4560f", "#c9ccd6"
_WIDTH, _HEIGHT, _BAND_DAYS = 640, 150, 1
# Knows Latin with tones and Arabic, joined and right to left; another font steps in without it.
_FONTS = "DejaVu Sans, Noto Sans, sans-serif"
_LANGUAGES = {
    "ar": "العربية (Arabic)",
    "en": "English",
    "vi": "Tiếng Việt (Vietnamese)",
    "all": "all languages",
}


def draw_trends(points: Sequence[TrendPoint], target: Path, query: TrendQuery) -> None:
    """Draw the points into a .svg or .png file, whole or not at all.

    Raises:
        UsageError: another ending, nothing to draw, too much to draw, or no permission.
    """
    kind = target.suffix.lower()
    if kind not in (".svg", ".png"):
        raise UsageError(f"{target}: a plot is a .svg or a .png file; name one of these.")
    if not any(point.n for point in points):
        raise UsageError("there is nothing to draw: no article with a date in this range.")
    if len(points) > MAX_POINTS:
        raise UsageError(f"more than {MAX_POINTS:,} points; narrow it, or use --by month.")
    image = _render(trend_chart(points, query), kind)
    try:
        with written_whole(target) as temporary:
            temporary.write_bytes(image)
    except OSError as error:
        raise UsageError(
            f"{target}: cannot be written ({error.strerror}); name another place."
        ) from error


def trend_chart(points: Sequence[TrendPoint], query: TrendQuery) -> dict[str, Any]:
    """Return the Vega-Lite description: one panel a language, hopes and concerns in each."""
    import altair as alt

    languages = list(dict.fromkeys(point.language for point in points))
    ends = [
        _day(min(p.period for p in points)),
        max(_day(_end(points, at)) for at in range(len(points))),
    ]
    panels = [
        _panel([point for point in points if point.language == language], ends)
        for language in languages
    ]
    chart = (
        alt.vconcat(*panels)
        .resolve_scale(color="shared")
        .properties(
            title={
                "text": chart_title(query),
                "subtitle": (
                    "Lines: share of each period; shaded: 95% interval; grey bands: fewer than "
                    "four in five feeds answered, do not read a change there"
                ),
            }
        )
        .configure(font=_FONTS)
        .configure_view(strokeOpacity=0.2)
        .configure_title(anchor="start", subtitleColor="#5b6070")
    )
    description: dict[str, Any] = chart.to_dict()
    return description


def chart_title(query: TrendQuery) -> str:
    """Say what the lines count, and of which articles."""
    of = [query.outlet, query.theme and f"theme {query.theme}"]
    of.append(f"as known on {query.as_of:%Y-%m-%d}" if query.as_of else None)
    said = [f"Share of {query.count} mainly of hopes and mainly of concerns", *filter(None, of)]
    return " · ".join(said)


def share_rows(points: Sequence[TrendPoint]) -> list[dict[str, Any]]:
    """Return a row a period and side; a period without articles breaks the line."""
    rows: list[dict[str, Any]] = []
    for point in points:
        for side, share, interval in (
            ("hopes", point.hope_share, point.hope_interval),
            ("concerns", point.concern_share, point.concern_interval),
        ):
            low, high = interval if interval is not None else (None, None)
            rows.append(
                {
                    "period": _day(point.period),
                    "side": side,
                    "share": share,
                    "low": low,
                    "high": high,
                    "n": point.n,
                }
            )
    return rows


def outage_bands(points: Sequence[TrendPoint]) -> list[dict[str, str]]:
    """Return the stretches in which too few feeds answered, neighbours joined."""
    bands: list[dict[str, str]] = []
    for at, point in enumerate(points):
        if not point.is_doubtful:
            continue
        start, end = _day(point.period), _day(_end(points, at))
        if bands and bands[-1]["end"] == start:
            bands[-1]["end"] = end
        else:
            bands.append({"start": start, "end": end})
    return bands


def _panel(points: Sequence[TrendPoint], ends: Sequence[str]) -> Any:
    import altair as alt

    rows = alt.Data(values=share_rows(points))
    axis = alt.Axis(format="%d %b %Y", labelOverlap=True)
    x = alt.X("period:T", title=None, axis=axis, scale=alt.Scale(domain=list(ends)))
    colour = alt.Color(
        "side:N",
        title=None,
        scale=alt.Scale(domain=["hopes", "concerns"], range=[_HOPE, _CONCERN]),
    )
    y = alt.Scale(domain=[0, 1])
    base = alt.Chart(rows).encode(x=x, color=colour)
    interval = base.mark_area(opacity=0.16).encode(
        y=alt.Y("low:Q", scale=y, title="share", axis=alt.Axis(format=".0%", tickCount=4)),
        y2="high:Q",
    )
    line = base.mark_line().encode(y=alt.Y("share:Q", scale=y))
    dots = base.mark_point(filled=True, size=18).encode(y=alt.Y("share:Q", scale=y))
    bands = (
        alt.Chart(alt.Data(values=outage_bands(points)))
        .mark_rect(color=_BAND, opacity=0.6)
        .encode(x=alt.X("start:T", scale=alt.Scale(domain=list(ends))), x2="end:T")
    )
    language = points[0].language
    return alt.layer(bands, interval, line, dots).properties(
        width=_WIDTH, height=_HEIGHT, title=_LANGUAGES.get(language, language)
    )


def _render(description: dict[str, Any], kind: str) -> bytes:
    import vl_convert

    if kind == ".svg":
        return str(vl_convert.vegalite_to_svg(description)).encode("utf-8")
    return bytes(vl_convert.vegalite_to_png(description, scale=2))


def _end(points: Sequence[TrendPoint], at: int) -> date:
    """Return where a period ends: where the next begins, or as long as the one before."""
    here = points[at].period
    later = [p.period for p in points[at + 1 : at + 2] if p.period > here]
    if later:
        return later[0]
    earlier = [p.period for p in points[max(0, at - 1) : at] if p.period < here]
    length = (here - earlier[0]) if earlier else None
    return here + length if length else date.fromordinal(here.toordinal() + _BAND_DAYS)


def _day(day: date) -> str:
    return day.isoformat()
