"""The sentences of the digest: what it says of the week in words, the same in every format."""

from __future__ import annotations

from collections.abc import Sequence

from treatywatch.digest.words import Words
from treatywatch.news.digest import (
    Digest,
    DriftRow,
    Framing,
    LabelCounts,
    Measure,
    StoryRow,
    TrendPoint,
)
from treatywatch.news.week_input import LABELS


def headline(digest: Digest, words: Words) -> str:
    """Say how much was published."""
    counts = digest.counts
    if not counts.articles:
        return words.gettext("No article about the treaty was published this week.")
    stories = _measure(digest, "stories").count
    outlets = _measure(digest, "outlets").count
    return words.gettext(
        "%(articles)s about the treaty, in %(stories)s, from %(outlets)s.",
        articles=words.ngettext("%(n)s article", "%(n)s articles", counts.articles),
        stories=words.ngettext("%(n)s story", "%(n)s stories", stories),
        outlets=words.ngettext("%(n)s outlet", "%(n)s outlets", outlets),
    )


def leaning(digest: Digest, words: Words) -> str:
    """Say which way the week leaned, and only when it clearly did."""
    counts = digest.counts
    if not counts.articles:
        return ""
    shares = {
        "hopes": words.percent(counts.hopes / counts.articles),
        "concerns": words.percent(counts.concerns / counts.articles),
    }
    if digest.lead == "hope":
        return words.gettext(
            "Hopes led: %(hopes)s of the articles spoke mainly of hopes, "
            "%(concerns)s mainly of concerns.",
            **shares,
        )
    if digest.lead == "concern":
        return words.gettext(
            "Concerns led: %(concerns)s of the articles spoke mainly of concerns, "
            "%(hopes)s mainly of hopes.",
            **shares,
        )
    if digest.few:
        return words.ngettext(
            "Of %(n)s article: %(hopes)s mainly of hopes, %(concerns)s mainly of concerns; "
            "too few to say which side led.",
            "Of %(n)s articles: %(hopes)s mainly of hopes, %(concerns)s mainly of concerns; "
            "too few to say which side led.",
            counts.articles,
            hopes=words.number(counts.hopes),
            concerns=words.number(counts.concerns),
        )
    return words.gettext(
        "Neither side clearly led: %(hopes)s of the articles spoke mainly of hopes, "
        "%(concerns)s mainly of concerns.",
        **shares,
    )


def framing_counts(framing: Framing, words: Words) -> str:
    """Say how much one language's press wrote."""
    if not framing.counts.articles:
        return words.gettext("No article about the treaty this week.")
    return words.listing(
        [
            words.ngettext("%(n)s article", "%(n)s articles", framing.counts.articles),
            words.ngettext("%(n)s story", "%(n)s stories", framing.stories),
            words.ngettext("%(n)s outlet", "%(n)s outlets", framing.outlets),
        ]
    )


def theme_list(themes: tuple[tuple[str, int], ...], words: Words) -> str:
    """Name a language's first themes of a side with their articles."""
    return words.listing([f"{words.theme(t)} ({words.number(n)})" for t, n in themes])


def trend_description(language: str, points: Sequence[TrendPoint], words: Words) -> str:
    """Describe a trend plot for those who do not see it."""
    last = points[-1].counts or LabelCounts()
    return words.gettext(
        "%(language)s, articles by week from %(first)s to %(last)s. In the last week: "
        "%(hopes)s hopes, %(mixed)s mixed, %(concerns)s concerns. A table follows.",
        language=words.tongue(language),
        first=words.week(points[0].week),
        last=words.week(points[-1].week),
        hopes=words.number(last.hopes),
        mixed=words.number(last.mixed),
        concerns=words.number(last.concerns),
    )


def share_description(framing: Framing, words: Words) -> str:
    """Describe a bar of shares for those who do not see it."""
    parts = [
        f"{words.label(label)} {words.number(getattr(framing.counts, label))}" for label in LABELS
    ]
    return f"{words.tongue(framing.language)}: {words.listing(parts)}"


def drift_note(words: Words) -> str:
    """Say what the edited articles are, and how to read their balance."""
    return words.gettext(
        "Articles that their outlet changed after publication so that their stance moved. "
        "Balance runs from %(low)s, all concern, to %(high)s, all hope.",
        low=words.signed(-1, 0),
        high=words.signed(1, 0),
    )


def drift_text(drift: DriftRow, words: Words) -> str:
    """Say how an edit moved the stance."""
    if drift.label is None or drift.balance is None:
        return words.gettext("no longer about the treaty")
    balance = words.signed(drift.balance)
    if drift.label_before is None or drift.balance_before is None:
        return words.gettext(
            "about the treaty only since the edit: %(label)s, balance %(balance)s",
            label=words.label(drift.label),
            balance=balance,
        )
    return words.gettext(
        "from %(before)s (balance %(balance_before)s) to %(label)s (balance %(balance)s)",
        before=words.label(drift.label_before),
        balance_before=words.signed(drift.balance_before),
        label=words.label(drift.label),
        balance=balance,
    )


def carried_text(story: StoryRow, words: Words) -> str:
    """Say how widely a story was carried, in which languages, and which way."""
    carried = words.gettext(
        "%(articles)s, %(outlets)s, %(languages)s",
        articles=words.ngettext("%(n)s article", "%(n)s articles", story.counts.articles),
        outlets=words.ngettext("%(n)s outlet", "%(n)s outlets", story.outlets),
        languages=words.listing([words.tongue(language) for language in story.languages]),
    )
    labels = [
        f"{words.label(label)} {words.number(getattr(story.counts, label))}"
        for label in LABELS
        if getattr(story.counts, label)
    ]
    return f"{carried} · {words.listing(labels)}"


def _measure(digest: Digest, name: str) -> Measure:
    return next(measure for measure in digest.measures if measure.name == name)
