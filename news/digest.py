"""The weekly digest as composed: one week put into words and figures, ready to render.

None of it depends on the clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from treatywatch.news.week_input import FeedDown, Label, ModelUse, Omissions, Side
from treatywatch.news.weekly import IsoWeek

Verdict = Literal["up", "down", "steady", "unknown"]
Against = Literal["last_week", "recent_weeks"]


@dataclass(frozen=True, slots=True)
class Change:
    """A figure beside an earlier one.

    Counts: `low` and `high` bound the ratio now / before. Shares: the difference now - before.
    `verdict` is `up` or `down` only when that 95% interval leaves out "no change".
    """

    against: Against
    before: float | None  # the earlier figure (a mean over the recent weeks)
    weeks: int = 1  # how many earlier weeks it rests on
    low: float | None = None
    high: float | None = None
    verdict: Verdict = "unknown"
    reason: Literal["", "no_earlier", "too_few", "feeds_differ", "not_watched", "not_over"] = (
        ""  # if unknown
    )


@dataclass(frozen=True, slots=True)
class Measure:
    """A headline figure. A share is in [0, 1] with its 95% interval and what it is a share of."""

    name: Literal["articles", "stories", "outlets", "hopes", "concerns"]
    kind: Literal["count", "share"]
    value: float | None  # None: a share of nothing
    count: int
    of: int | None = None
    low: float | None = None
    high: float | None = None
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class LabelCounts:
    """Articles by label."""

    articles: int = 0
    hopes: int = 0
    mixed: int = 0
    neutral: int = 0
    concerns: int = 0


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """One week and language of the trend. None: nothing was watched yet, which is not zero."""

    week: IsoWeek
    language: str
    counts: LabelCounts | None


@dataclass(frozen=True, slots=True)
class ThemeMove:
    """A theme's articles this week, and its share of all beside the recent weeks' share."""

    theme: str
    side: Side
    articles: int
    of: int  # articles about the treaty in the week
    change: Change


@dataclass(frozen=True, slots=True)
class Quote:
    """A sentence as published, with where it stands and what stands around it."""

    article_id: str
    position: int
    text: str
    before: str
    after: str
    title: str
    url: str  # "" when the address is not a safe link
    outlet: str
    language: str
    published_date: date
    side: Side
    score: float
    confidence: float  # of the article's label
    themes: tuple[str, ...]
    story_id: str
    chosen_as: Literal["strongest", "representative"]


@dataclass(frozen=True, slots=True)
class Framing:
    """How the press of one language framed the treaty."""

    language: str
    counts: LabelCounts
    stories: int
    outlets: int
    few: bool  # too few articles to speak of shares
    hope_themes: tuple[tuple[str, int], ...]
    concern_themes: tuple[tuple[str, int], ...]
    hope_quotes: tuple[Quote, ...]  # the strongest first
    concern_quotes: tuple[Quote, ...]


@dataclass(frozen=True, slots=True)
class OutletRow:
    """One outlet's articles of the week."""

    outlet: str
    language: str
    counts: LabelCounts
    mean_balance: float
    is_new: bool


@dataclass(frozen=True, slots=True)
class StoryRow:
    """A story and how widely it was carried."""

    story_id: str
    title: str  # of its first article
    url: str
    outlet: str
    language: str
    published_date: date
    is_origin: bool  # told first in that article; an older story began before the week
    counts: LabelCounts
    outlets: int
    languages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DriftRow:
    """An edit that moved the stance."""

    title: str
    title_before: str  # "" when the title did not change
    url: str
    outlet: str
    language: str
    edited_date: date
    label_before: Label | None
    label: Label | None
    balance_before: float | None
    balance: float | None


@dataclass(frozen=True, slots=True)
class Coverage:
    """What the watch itself was like in the week."""

    watched_since: date | None
    feeds: int
    feeds_ok_share: float | None
    feeds_down: tuple[FeedDown, ...]
    seen: int
    omissions: Omissions


@dataclass(frozen=True, slots=True)
class Digest:
    """A week composed: figures, quotes and tables, in no language yet."""

    week: IsoWeek
    weeks: tuple[IsoWeek, ...]
    zone: str
    as_of: datetime | None
    data_until: datetime | None
    is_first_week: bool
    is_over: bool  # what is known reaches to its last day
    few: bool  # too few articles to speak of shares
    counts: LabelCounts
    lead: Side | None  # the side that clearly leads; None: neither
    measures: tuple[Measure, ...]
    trend: tuple[TrendPoint, ...]
    hope_themes: tuple[ThemeMove, ...]
    concern_themes: tuple[ThemeMove, ...]
    framings: tuple[Framing, ...]
    drifts: tuple[DriftRow, ...]
    edits: int  # edited articles, moved or not
    new_outlets: tuple[OutletRow, ...]
    outlets: tuple[OutletRow, ...]
    outlets_beyond: int  # how many more there are than rows
    stories: tuple[StoryRow, ...]
    coverage: Coverage
    models: tuple[ModelUse, ...]
    theme_names: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
