from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.storage.conftest import Newsroom, Story
from treatywatch.cli.plots import (
    chart_title,
    draw_trends,
    outage_bands,
    share_rows,
    trend_chart,
)
from treatywatch.cli.trends import Format, trends
from treatywatch.config.settings import Settings
from treatywatch.news.errors import UsageError
from treatywatch.storage.trend_math import NO_CHANGE_KNOWN
from treatywatch.storage.trends import TrendPoint, TrendQuery

MONDAY = date(2026, 11, 2)
WEEK = timedelta(days=7)
ALL = TrendQuery()


def point(week: int, language: str = "ar", *, doubtful: bool = False, n: int = 10) -> TrendPoint:
    share = 0.4 if n else None
    interval = (0.2, 0.6) if n else None
    return TrendPoint(
        period=MONDAY + week * WEEK, language=language, n=n, articles=n, stories=n, outlets=3,
        hopes=4, concerns=4, mixed=1, neutral=1, hope_share=share, hope_interval=interval,
        hope_average=None, hope_change=NO_CHANGE_KNOWN, hope_change_4=NO_CHANGE_KNOWN,
        concern_share=share, concern_interval=interval, concern_average=None,
        concern_change=NO_CHANGE_KNOWN, concern_change_4=NO_CHANGE_KNOWN, balance=0.0,
        balance_interval=None, feeds_ok_share=0.5 if doubtful else 1.0, feeds=3, pages_failed=0,
        undated=0, is_doubtful=doubtful, is_partial=False,
    )  # fmt: skip


def test_a_period_without_articles_breaks_the_line() -> None:
    rows = share_rows([point(0), point(1, n=0)])
    assert [(row["side"], row["share"]) for row in rows] == [
        ("hopes", 0.4),
        ("concerns", 0.4),
        ("hopes", None),
        ("concerns", None),
    ]


def test_neighbouring_outages_are_one_band() -> None:
    points = [point(week, doubtful=week in (1, 2, 4)) for week in range(5)]
    assert outage_bands(points) == [
        {"start": "2026-11-09", "end": "2026-11-23"},
        {"start": "2026-11-30", "end": "2026-12-07"},
    ]


def test_each_language_has_its_panel() -> None:
    chart = trend_chart([point(0, "ar"), point(1, "ar"), point(0, "vi")], ALL)
    titles = [panel["title"] for panel in chart["vconcat"]]
    assert titles == ["العربية (Arabic)", "Tiếng Việt (Vietnamese)"]


def test_the_title_says_what_is_counted_and_of_what() -> None:
    assert chart_title(ALL) == "Share of articles mainly of hopes and mainly of concerns"
    query = TrendQuery(count="stories", outlet="The Post", theme="privacy")
    query = replace(query, as_of=datetime(2026, 11, 3, tzinfo=UTC))
    assert chart_title(query) == (
        "Share of stories mainly of hopes and mainly of concerns · The Post · theme privacy · "
        "as known on 2026-11-03"
    )


def test_all_panels_reach_as_far_as_the_language_that_reaches_furthest() -> None:
    points = [*(point(week, "ar") for week in range(6)), point(0, "vi"), point(1, "vi")]
    chart = trend_chart(points, ALL)
    assert json.dumps(chart).count('"2026-12-14"') >= 2


@pytest.mark.slow
def test_a_plot_and_the_figures_come_in_one_call(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    room = Newsroom(Settings(db=tmp_path / "t.duckdb"))
    room.publish(Story("a"))
    trends(plot=tmp_path / "p.svg", format=Format.CSV, db=room.settings.db)
    assert (tmp_path / "p.svg").is_file()
    assert capsys.readouterr().out.startswith("period,")


@pytest.mark.slow
def test_the_svg_holds_the_marks_and_the_arabic_words(tmp_path: Path) -> None:
    target = tmp_path / "trend.svg"
    draw_trends([point(week, doubtful=week == 2) for week in range(6)], target, ALL)
    root = ElementTree.fromstring(target.read_text(encoding="utf-8"))
    texts = {element.text for element in root.iter("{http://www.w3.org/2000/svg}text")}
    assert "العربية (Arabic)" in texts
    fills = {element.get("fill") for element in root.iter("{http://www.w3.org/2000/svg}path")}
    assert {"#1f66b3", "#b4560f", "#c9ccd6"} <= fills
    assert [path.name for path in tmp_path.iterdir()] == ["trend.svg"]


def test_the_png_is_an_image(tmp_path: Path) -> None:
    target = tmp_path / "trend.PNG"
    draw_trends([point(0)], target, ALL)
    assert target.read_bytes().startswith(b"\x89PNG\r\n")


def test_what_cannot_be_drawn_is_said(tmp_path: Path) -> None:
    for points, name, words in (
        ([point(0)], "trend.jpg", r"\.svg or a \.png"),
        ([], "trend.svg", "nothing to draw"),
        ([point(0, n=0)], "trend.svg", "nothing to draw"),
        ([replace(point(0))] * 20_001, "trend.svg", "more than"),
        ([point(0)], "none/trend.svg", "cannot be written"),
    ):
        with pytest.raises(UsageError, match=words):
            draw_trends(points, tmp_path / name, ALL)
    assert list(tmp_path.iterdir()) == []
