"""The records that are read for a weekly digest: what the database knew of one week at one instant.

None depends on the clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from treatywatch.news.weekly import IsoWeek

Side = Literal["hope", "concern"]
Label = Literal["hopes", "concerns", "mixed", "neutral"]

SIDES: tuple[Side, ...] = ("hope", "concern")
LABELS: tuple[Label, ...] = ("hopes", "mixed", "neutral", "concerns")


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
