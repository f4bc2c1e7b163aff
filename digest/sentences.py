"""The sentences of the digest: what it says of the week in words, the same in every format."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from treatywatch.digest.words import Words
from treatywatch.news.digest import (
    Against,
    Change,
    Digest,
    DriftRow,
    Framing,
    LabelCounts,
    Measure,
    StoryRow,
    ThemeMove,
    TrendPoint,
)
from treatywatch.news.week_input import LABELS

# A first paragraph that names every theme that moved names none.
NAMED_THEMES = 3


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
    return words.gettext(
        "Neither side clearly led: %(hopes)s of the articles spoke mainly of hopes, "
        "%(concerns)s mainly of concerns.",
        **shares,
    )


def what_changed(digest: Digest, words: Words) -> str:
    """Say what clearly changed; that nothing did is news too."""
    if digest.is_first_week or not digest.counts.articles:
        return ""
    said = [
        _CLEAR[measure.name, change.verdict](words)
        for measure in digest.measures
        for change in measure.changes
        if change.against == "last_week" and (measure.name, change.verdict) in _CLEAR
    ]
    said += _moved_themes(digest, words)
    if said:
        return " ".join(said)
    if all(change.verdict == "unknown" for m in digest.measures for change in m.changes):
        return words.gettext("Earlier weeks cannot be compared with this one.")
    return words.gettext("Nothing changed clearly since last week.")


def _moved_themes(digest: Digest, words: Words) -> list[str]:
    moves = sorted((*digest.hope_themes, *digest.concern_themes), key=_step_of)
    rising = [words.theme(move.theme) for move in moves if move.change.verdict == "up"]
    falling = [words.theme(move.theme) for move in moves if move.change.verdict == "down"]
    said = []
    if rising:
        named = words.listing(rising[:NAMED_THEMES])
        said.append(words.gettext("More was said than before of %(themes)s.", themes=named))
    if falling:
        named = words.listing(falling[:NAMED_THEMES])
        said.append(words.gettext("Less was said than before of %(themes)s.", themes=named))
    return said


def _step_of(move: ThemeMove) -> tuple[float, str]:
    share = move.articles / move.of if move.of else 0.0
    return -abs(share - (move.change.before or 0.0)), move.theme


_CLEAR: dict[tuple[str, str], Callable[[Words], str]] = {
    ("articles", "up"): lambda w: w.gettext("Clearly more articles than last week."),
    ("articles", "down"): lambda w: w.gettext("Clearly fewer articles than last week."),
    ("hopes", "up"): lambda w: w.gettext("The share of hopes clearly rose."),
    ("hopes", "down"): lambda w: w.gettext("The share of hopes clearly fell."),
    ("concerns", "up"): lambda w: w.gettext("The share of concerns clearly rose."),
    ("concerns", "down"): lambda w: w.gettext("The share of concerns clearly fell."),
}


def measure_name(measure: Measure, words: Words) -> str:
    """Name a headline figure."""
    names = {
        "articles": words.gettext("Articles"),
        "stories": words.gettext("Stories"),
        "outlets": words.gettext("Outlets"),
        "hopes": words.gettext("Mainly hopes"),
        "concerns": words.gettext("Mainly concerns"),
    }
    return names[measure.name]


def measure_value(measure: Measure, words: Words) -> str:
    """Write a headline figure."""
    if measure.kind == "count":
        return words.number(measure.count)
    return words.percent(measure.value)


def change_text(measure: Measure, change: Change, words: Words) -> str:
    """Say how a figure stands beside the earlier one."""
    if change.before is None:
        return _against(change.against, words.gettext("nothing to compare with"), words, change)
    is_share = measure.kind == "share"
    before = words.percent(change.before) if is_share else words.mean(change.before)
    return _against(change.against, _verdict(change, before, words), words, change)


def _verdict(change: Change, before: str, words: Words) -> str:
    if change.verdict == "up":
        return words.gettext("up from %(before)s", before=before)
    if change.verdict == "down":
        return words.gettext("down from %(before)s", before=before)
    if change.reason == "feeds_differ":
        return words.gettext("%(before)s, but other feeds were read then", before=before)
    if change.reason == "not_watched":
        return words.gettext("%(before)s, not fully watched", before=before)
    if change.reason == "too_few":
        return words.gettext("%(before)s, too few to compare", before=before)
    return words.gettext("%(before)s, no clear change", before=before)


def _against(against: Against, text: str, words: Words, change: Change) -> str:
    if against == "last_week":
        return words.gettext("Last week: %(text)s", text=text)
    if change.weeks <= 1:
        return words.gettext("Weeks before: %(text)s", text=text)
    return words.ngettext(
        "Mean of %(n)s week: %(text)s", "Mean of %(n)s weeks: %(text)s", change.weeks, text=text
    )


def theme_verdict(move: ThemeMove, words: Words) -> str:
    """Say whether a theme rises or falls."""
    if move.change.verdict == "up":
        return words.gettext("rising")
    if move.change.verdict == "down":
        return words.gettext("falling")
    if move.change.verdict == "unknown":
        return words.gettext("not compared")
    return words.gettext("no clear change")


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
