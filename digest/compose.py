"""Compose the weekly digest: from the week's records to figures, quotes and tables. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from zoneinfo import ZoneInfo

from treatywatch.digest.changes import (
    headline_measures,
    leading_side,
    theme_moves,
)
from treatywatch.digest.evidence import choose_quotes
from treatywatch.digest.figures import is_over, known_weeks
from treatywatch.digest.options import DigestOptions
from treatywatch.digest.safety import NAME_CHARS, TITLE_CHARS, clean_line, safe_url
from treatywatch.digest.tally import tally, tally_counts
from treatywatch.news.digest import (
    Coverage,
    Digest,
    DriftRow,
    Framing,
    OutletRow,
    Quote,
    StoryRow,
    TrendPoint,
)
from treatywatch.news.records import LANGUAGES
from treatywatch.news.week_input import (
    FeedDown,
    ModelUse,
    Side,
    StanceDrift,
    WeekArticle,
    WeekInput,
)

# Below this many articles a share says more about chance than about the press.
FEW_ARTICLES = 10
TOP_THEMES = 3
MOST_STORIES = 8
MOST_OUTLETS = 40
MOST_DRIFTS = 12
# A balance that moved less than this reads the same.
DRIFT_STEP = 0.2

Quotes = dict[tuple[str, Side], tuple[Quote, ...]]


def compose(week: WeekInput, options: DigestOptions) -> Digest:
    """Compose the digest of a week; the same input and options give the same digest."""
    quotes = choose_quotes(week.articles, week.passages, options.quotes_per_side)
    outlets = _outlet_rows(week)
    drifts = [drift for drift in week.drifts if _moved(drift)]
    counts = tally_counts(c for c in week.counts if c.week == week.week)
    return Digest(
        week=week.week,
        weeks=week.weeks,
        zone=week.zone,
        as_of=week.as_of,
        data_until=week.data_until,
        is_first_week=week.first_week == week.week,
        is_over=is_over(week, week.week),
        few=counts.articles < FEW_ARTICLES,
        counts=counts,
        lead=leading_side(week),
        measures=headline_measures(week),
        trend=_trend(week),
        hope_themes=theme_moves(week, "hope"),
        concern_themes=theme_moves(week, "concern"),
        framings=tuple(_framing(week, language, quotes) for language in LANGUAGES),
        drifts=tuple(
            _drift_row(drift, ZoneInfo(week.zone))
            for drift in sorted(drifts, key=_drift_key)[:MOST_DRIFTS]
        ),
        edits=len(week.drifts),
        new_outlets=tuple(row for row in outlets if row.is_new),
        outlets=outlets[:MOST_OUTLETS],
        outlets_beyond=len(outlets[MOST_OUTLETS:]),
        stories=_story_rows(week.articles),
        coverage=_coverage(week),
        models=_models(week.models),
        theme_names=week.theme_names,
    )


def _is_start(week: WeekInput) -> bool:
    """Tell whether every outlet would be new, because nobody watched before."""
    if week.watched_since is not None and week.watched_since > week.week.monday:
        return True
    return week.first_week is None or week.first_week >= week.week


def _trend(week: WeekInput) -> tuple[TrendPoint, ...]:
    counts = {(count.week, count.language): count for count in week.counts}
    points, weeks_known = [], known_weeks(week)
    for at in week.weeks:
        watched = at in weeks_known
        for language in LANGUAGES:
            found = counts.get((at, language))
            known = tally_counts([found] if found else ()) if watched else None
            points.append(TrendPoint(at, language, known))
    return tuple(points)


def _framing(week: WeekInput, language: str, quotes: Quotes) -> Framing:
    articles = [article for article in week.articles if article.language == language]
    counts = tally(articles)
    return Framing(
        language=language,
        counts=counts,
        stories=len({article.story_id for article in articles}),
        outlets=len({article.outlet for article in articles}),
        few=counts.articles < FEW_ARTICLES,
        hope_themes=_top_themes(week, language, "hope"),
        concern_themes=_top_themes(week, language, "concern"),
        hope_quotes=quotes.get((language, "hope"), ()),
        concern_quotes=quotes.get((language, "concern"), ()),
    )


def _top_themes(week: WeekInput, language: str, side: Side) -> tuple[tuple[str, int], ...]:
    found = [
        (clean_line(count.theme, NAME_CHARS), count.articles)
        for count in week.themes
        if (count.week, count.language, count.side) == (week.week, language, side)
    ]
    return tuple(sorted(found, key=lambda pair: (-pair[1], pair[0]))[:TOP_THEMES])


def _outlet_rows(week: WeekInput) -> tuple[OutletRow, ...]:
    groups: dict[tuple[str, str], list[WeekArticle]] = defaultdict(list)
    for article in week.articles:
        groups[article.outlet, article.language].append(article)
    met = () if _is_start(week) else week.new_outlets
    new = {(outlet.outlet, outlet.language) for outlet in met}
    rows = [
        OutletRow(
            outlet=clean_line(outlet, NAME_CHARS),
            language=language,
            counts=tally(group),
            mean_balance=sum(_leaning(a) for a in sorted(group, key=_by_id)) / len(group),
            is_new=(outlet, language) in new,
        )
        for (outlet, language), group in groups.items()
    ]
    return tuple(sorted(rows, key=lambda row: (-row.counts.articles, row.outlet, row.language)))


def _by_id(article: WeekArticle) -> str:
    return article.article_id


def _leaning(article: WeekArticle) -> float:
    """Return the balance; of a neutral article it is a ratio of two scores near nothing."""
    return 0.0 if article.label == "neutral" else article.balance


def _story_rows(articles: Iterable[WeekArticle]) -> tuple[StoryRow, ...]:
    groups: dict[str, list[WeekArticle]] = defaultdict(list)
    for article in articles:
        groups[article.story_id].append(article)
    rows = [_story_row(story, group) for story, group in groups.items() if len(group) > 1]
    carried = sorted(rows, key=lambda row: (-row.outlets, -row.counts.articles, row.story_id))
    return tuple(carried[:MOST_STORIES])


def _story_row(story_id: str, group: Sequence[WeekArticle]) -> StoryRow:
    first = min(group, key=lambda a: (a.is_duplicate, a.published_at, a.article_id))
    return StoryRow(
        story_id=story_id,
        title=clean_line(first.title, TITLE_CHARS),
        url=safe_url(first.url),
        outlet=clean_line(first.outlet, NAME_CHARS),
        language=first.language,
        published_date=first.published_date,
        is_origin=not first.is_duplicate,
        counts=tally(group),
        outlets=len({article.outlet for article in group}),
        languages=tuple(sorted({article.language for article in group})),
    )


def _moved(drift: StanceDrift) -> bool:
    if drift.label_before != drift.label:
        return True
    return drift.label != "neutral" and _step(drift) >= DRIFT_STEP


def _step(drift: StanceDrift) -> float:
    return abs((drift.balance or 0.0) - (drift.balance_before or 0.0))


def _drift_key(drift: StanceDrift) -> tuple[bool, float, str]:
    return drift.label_before == drift.label, -_step(drift), drift.article_id


def _drift_row(drift: StanceDrift, zone: ZoneInfo) -> DriftRow:
    title = clean_line(drift.title, TITLE_CHARS)
    before = clean_line(drift.title_before, TITLE_CHARS)
    return DriftRow(
        title=title,
        title_before="" if before == title else before,
        url=safe_url(drift.url),
        outlet=clean_line(drift.outlet, NAME_CHARS),
        language=drift.language,
        edited_date=drift.edited_at.astimezone(zone).date(),
        label_before=drift.label_before,
        label=drift.label,
        balance_before=drift.balance_before,
        balance=drift.balance,
    )


def _coverage(week: WeekInput) -> Coverage:
    total = next((total for total in week.totals if total.week == week.week), None)
    return Coverage(
        watched_since=week.watched_since,
        feeds=total.feeds if total else 0,
        feeds_ok_share=total.feeds_ok_share if total else None,
        feeds_down=tuple(_feed_down(feed) for feed in sorted(week.feeds_down, key=_by_feed)),
        seen=total.seen if total else 0,
        omissions=replace(week.omissions, failed_pages=_failures(week.omissions.failed_pages)),
    )


def _failures(failed_pages: Mapping[str, int]) -> dict[str, int]:
    """Clean the classes: a database may hold some that this version does not know."""
    cleaned: Counter[str] = Counter()
    for error_class, pages in sorted(failed_pages.items()):
        cleaned[clean_line(error_class, NAME_CHARS)] += pages
    return dict(cleaned)


def _models(models: Iterable[ModelUse]) -> tuple[ModelUse, ...]:
    cleaned = [
        replace(
            use,
            model_id=clean_line(use.model_id, NAME_CHARS),
            description=clean_line(use.description, TITLE_CHARS),
        )
        for use in models
    ]
    return tuple(sorted(cleaned, key=lambda use: (-use.articles, use.model_id)))


def _by_feed(feed: FeedDown) -> tuple[str, str]:
    return feed.language, feed.feed_id


def _feed_down(feed: FeedDown) -> FeedDown:
    return replace(
        feed,
        feed_id=clean_line(feed.feed_id, NAME_CHARS),
        name=clean_line(feed.name, NAME_CHARS),
        error_class=clean_line(feed.error_class, NAME_CHARS),
    )
