"""The records of the weekly digest: what is read for a week, and what is composed from it.

`WeekInput` is what the database knew of one week at one instant. `Digest` is the same week put
into words and figures, ready to render. Neither depends on the clock.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from treatywatch.news.errors import UsageError

Side = Literal["hope", "concern"]
Label = Literal["hopes", "concerns", "mixed", "neutral"]
Verdict = Literal["up", "down", "steady", "unknown"]
Against = Literal["last_week", "recent_weeks"]

SIDES: tuple[Side, ...] = ("hope", "concern")
LABELS: tuple[Label, ...] = ("hopes", "mixed", "neutral", "concerns")

_ISO_WEEK = re.compile(r"(\d{4})-?W(\d{1,2})", re.ASCII | re.IGNORECASE)
_ISO_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
# Weeks are looked at beside the ones before and after, and the calendar ends somewhere.
_YEARS = range(1900, 9000)


def iso_day(text: str) -> date:
    """Read `2026-11-20`; a week, of which the library takes the Monday, is not a day.

    Raises:
        ValueError: when it is not a day of the calendar.
    """
    if _ISO_DAY.fullmatch(text) is None:
        raise ValueError(text)
    return date.fromisoformat(text)


@dataclass(frozen=True, slots=True, order=True)
class IsoWeek:
    """A week of ISO 8601: Monday to Sunday, week 1 is the one with the year's first Thursday."""

    year: int
    week: int

    @classmethod
    def parse(cls, text: str) -> IsoWeek:
        """Read `2026-W47`.

        Raises:
            UsageError: when it is not a week of the calendar.
        """
        match = _ISO_WEEK.fullmatch(text.strip())
        try:
            if match is None or int(match[1]) not in _YEARS:
                raise ValueError(text)
            return cls.of(date.fromisocalendar(int(match[1]), int(match[2]), 1))
        except ValueError as error:
            raise UsageError(
                f"{text!r} is not a week; write year and ISO week, such as 2026-W47."
            ) from error

    @classmethod
    def of(cls, day: date) -> IsoWeek:
        """Return the week that holds a day."""
        year, week, _ = day.isocalendar()
        return cls(year, week)

    @classmethod
    def before(cls, now: datetime, zone: ZoneInfo) -> IsoWeek:
        """Return the last whole week before an instant, in the zone where weeks begin."""
        return cls.of(now.astimezone(zone).date() - timedelta(days=7))

    @property
    def monday(self) -> date:
        """Return the first day."""
        return date.fromisocalendar(self.year, self.week, 1)

    @property
    def sunday(self) -> date:
        """Return the last day."""
        return self.monday + timedelta(days=6)

    def shift(self, weeks: int) -> IsoWeek:
        """Return the week that many weeks later (earlier when negative)."""
        return IsoWeek.of(self.monday + timedelta(weeks=weeks))

    def until(self, last: IsoWeek) -> tuple[IsoWeek, ...]:
        """Return the weeks from this one to `last`, both included."""
        count = (last.monday - self.monday).days // 7
        return tuple(self.shift(step) for step in range(count + 1))

    def bounds(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """Return the first instant of the week and the first after it."""
        start = datetime.combine(self.monday, time(), zone)
        end = datetime.combine(self.monday + timedelta(days=7), time(), zone)
        return start, end

    def __str__(self) -> str:
        return f"{self.year:04d}-W{self.week:02d}"


# --- what is read ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class WeekArticle:
    """An article about the treaty published in the week, in its version of the instant."""

    article_id: str
    url: str
    title: str
    outlet: str
    language: str
    published_at: datetime
    published_date: date
    label: Label
    hope_score: float
    concern_score: float
    balance: float
    confidence: float
    is_sure: bool
    story_id: str  # its own id when it belongs to no story
    is_duplicate: bool
    feed_id: str = ""
    country: str = ""
    model_id: str = ""


@dataclass(frozen=True, slots=True)
class WeekPassage:
    """A passage that takes a stance, with the text around it."""

    article_id: str
    position: int
    text: str
    hope: float
    concern: float
    treaty: float = 1.0
    themes: tuple[str, ...] = ()
    before: str = ""  # up to some hundred characters of the article just before the passage
    after: str = ""  # and just after it


@dataclass(frozen=True, slots=True)
class WeeklyCount:
    """Counts of one week and language."""

    week: IsoWeek
    language: str
    articles: int  # about the treaty
    stories: int
    outlets: int
    hopes: int
    concerns: int
    mixed: int
    neutral: int


@dataclass(frozen=True, slots=True)
class WeekTotal:
    """Counts of one week over all languages, where languages cannot simply be added."""

    week: IsoWeek
    stories: int
    outlets: int
    seen: int  # articles of any subject, the denominator of attention
    feeds: int  # feeds tried in the week
    feeds_ok_share: float | None  # tries that went well; None: no feed was tried


@dataclass(frozen=True, slots=True)
class ThemeCount:
    """Articles of one week and language with a theme on one side."""

    week: IsoWeek
    language: str
    side: Side
    theme: str
    articles: int


@dataclass(frozen=True, slots=True)
class FeedDown:
    """A feed that never answered well in the week."""

    feed_id: str
    name: str
    language: str
    tries: int
    error_class: str  # of the last try
    last_success_at: datetime | None


@dataclass(frozen=True, slots=True)
class StanceDrift:
    """An article about the treaty, before or after, that its outlet edited in the week."""

    article_id: str
    url: str
    title: str
    title_before: str
    outlet: str
    language: str
    edited_at: datetime
    label_before: Label | None  # None: not about the treaty then
    label: Label | None  # None: not about it any more
    balance_before: float | None
    balance: float | None


@dataclass(frozen=True, slots=True)
class NewOutlet:
    """An outlet whose first article about the treaty came in the week."""

    outlet: str
    language: str
    article_id: str  # that first article


@dataclass(frozen=True, slots=True)
class ModelUse:
    """A model and the number of the week's articles it labelled."""

    model_id: str
    articles: int
    description: str = ""


@dataclass(frozen=True, slots=True)
class Omissions:
    """What the week's figures leave out, in counts."""

    undated: int = 0  # about the treaty, first seen in the week, without a date
    not_sure: int = 0  # labelled, but too close to call
    refused: int = 0  # the name was there, yet the article is not about the treaty
    lookalikes: int | None = None  # named another treaty only; None: not recorded
    other_languages: int = 0  # articles in a language that is never scored
    failed_pages: Mapping[str, int] = field(default_factory=dict)  # error class -> pages
    waiting_pages: int = 0  # entries seen in the week whose pages are still to be fetched
    skipped_entries: int = 0  # entries beyond a feed's limit


@dataclass(frozen=True, slots=True)
class WeekInput:
    """Everything a digest needs of one week, as the database knew it at `as_of`.

    `weeks` runs from the oldest week of the trend to the week itself. `counts` and `themes`
    hold only what is not zero. `passages` may be cut to the strongest of each language and side.
    """

    week: IsoWeek
    weeks: tuple[IsoWeek, ...]
    zone: str = "UTC"
    as_of: datetime | None = None  # None: everything stored
    data_until: datetime | None = None  # the last thing known; None: nothing
    first_week: IsoWeek | None = None  # the oldest week with any article; None: no article
    watched_since: date | None = None  # day of the first reading of any feed
    theme_names: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # -> language
    articles: tuple[WeekArticle, ...] = ()
    passages: tuple[WeekPassage, ...] = ()
    counts: tuple[WeeklyCount, ...] = ()
    totals: tuple[WeekTotal, ...] = ()
    themes: tuple[ThemeCount, ...] = ()
    feeds_down: tuple[FeedDown, ...] = ()
    drifts: tuple[StanceDrift, ...] = ()
    new_outlets: tuple[NewOutlet, ...] = ()
    models: tuple[ModelUse, ...] = ()
    omissions: Omissions = Omissions()


# --- what is composed ------------------------------------------------------------------------


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
    reason: Literal["", "no_earlier", "too_few", "feeds_differ", "not_watched"] = ""  # if unknown


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
    stories: tuple[StoryRow, ...]
    coverage: Coverage
    models: tuple[ModelUse, ...]
    theme_names: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
