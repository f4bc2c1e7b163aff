"""Counting articles by label."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from treatywatch.news.digest import LabelCounts
from treatywatch.news.week_input import WeekArticle, WeeklyCount


def tally(articles: Iterable[WeekArticle]) -> LabelCounts:
    """Count articles by label."""
    labels = Counter(article.label for article in articles)
    return LabelCounts(
        articles=labels.total(),
        hopes=labels["hopes"],
        mixed=labels["mixed"],
        neutral=labels["neutral"],
        concerns=labels["concerns"],
    )


def tally_counts(counts: Iterable[WeeklyCount]) -> LabelCounts:
    """Add up counts that were made by week and language."""
    rows = tuple(counts)
    return LabelCounts(
        articles=sum(row.articles for row in rows),
        hopes=sum(row.hopes for row in rows),
        mixed=sum(row.mixed for row in rows),
        neutral=sum(row.neutral for row in rows),
        concerns=sum(row.concerns for row in rows),
    )
