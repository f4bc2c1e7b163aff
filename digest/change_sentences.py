"""The sentences of the digest about change: each figure and theme beside the weeks before."""

from __future__ import annotations

from collections.abc import Callable

from treatywatch.digest.words import Words
from treatywatch.news.digest import Against, Change, Digest, Measure, ThemeMove

# A first paragraph that names every theme that moved names none.
NAMED_THEMES = 3


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
    last = [c for m in digest.measures for c in m.changes if c.against == "last_week"]
    if all(change.verdict == "unknown" for change in last):
        return words.gettext("Last week cannot be compared with this one.")
    return words.gettext("Nothing changed clearly since last week.")


def _moved_themes(digest: Digest, words: Words) -> list[str]:
    moves = sorted((*digest.hope_themes, *digest.concern_themes), key=_step_of)
    rising = [words.theme(move.theme) for move in moves if move.change.verdict == "up"]
    falling = [words.theme(move.theme) for move in moves if move.change.verdict == "down"]
    said = []
    if rising:
        named = words.listing(rising[:NAMED_THEMES])
        said.append(
            words.gettext(
                "A larger share of the articles than before raised: %(themes)s.", themes=named
            )
        )
    if falling:
        named = words.listing(falling[:NAMED_THEMES])
        said.append(
            words.gettext(
                "A smaller share of the articles than before raised: %(themes)s.", themes=named
            )
        )
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
    if change.reason == "not_over":
        return words.gettext("%(before)s; this week is not over", before=before)
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
