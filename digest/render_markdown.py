"""Render the digest as Markdown: the same sentences and tables, for a wiki or a chat."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from treatywatch.digest import change_sentences as beside
from treatywatch.digest import sentences as say
from treatywatch.digest import small_print
from treatywatch.digest.options import DigestOptions
from treatywatch.digest.render_html import page_title
from treatywatch.digest.words import Words, words_for
from treatywatch.news.digest import (
    Digest,
    DriftRow,
    Framing,
    LabelCounts,
    Quote,
    StoryRow,
    ThemeMove,
)
from treatywatch.news.markdown import markdown_text
from treatywatch.news.week_input import LABELS, Side

MOST_OUTLETS = 12


def render_markdown(digest: Digest, options: DigestOptions) -> str:
    """Return the digest as Markdown in the language of the options."""
    words = words_for(digest, options)
    blocks = [
        f"# {markdown_text(page_title(options, words))}",
        f"**{words.week(digest.week)}** · {words.week_days(digest.week)}",
        *_told(say.headline(digest, words), say.leaning(digest, words)),
        *_told(beside.what_changed(digest, words)),
        _figures(digest, words),
        *_trend(digest, words),
        *_themes(digest, words),
        *_framings(digest, words),
        *_drifts(digest, words),
        *_stories(digest, words),
        *_outlets(digest, words),
        *_missing(digest, words),
        *_method(digest, words),
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def isolated(text: str) -> str:
    """Escape a stranger's text and keep its direction from its neighbours."""
    return f"\u2068{markdown_text(text)}\u2069"


def linked(text: str, url: str) -> str:
    """Return a stranger's title as a link, or as text when its address is no safe link."""
    return f"[{isolated(text)}](<{url}>)" if url else isolated(text)


def _told(*told: str) -> list[str]:
    return [markdown_text(sentence) for sentence in told if sentence]


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]], numbers: int) -> str:
    """Return a table whose last `numbers` columns are flush right."""
    rule = ["---"] * (len(heads) - numbers) + ["--:"] * numbers
    lines = [heads, rule, *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _figures(digest: Digest, words: Words) -> str:
    rows = []
    for measure in digest.measures:
        changes = " · ".join(
            beside.change_text(measure, change, words) for change in measure.changes
        )
        name = beside.measure_name(measure, words)
        rows.append(
            (markdown_text(name), beside.measure_value(measure, words), markdown_text(changes))
        )
    heads = (words.gettext("The week in figures"), "", words.gettext("Change"))
    return _table(heads, rows, 0)


def _label_heads(words: Words) -> list[str]:
    return [words.label(label) for label in LABELS]


def _label_cells(counts: LabelCounts, words: Words) -> list[str]:
    return [words.number(getattr(counts, label)) for label in LABELS]


def _trend(digest: Digest, words: Words) -> list[str]:
    title = words.ngettext(
        "Hopes and concerns over %(n)s week",
        "Hopes and concerns over %(n)s weeks",
        len(digest.weeks),
    )
    languages = tuple(framing.language for framing in digest.framings)
    known = {(point.week, point.language): point.counts for point in digest.trend}
    rows = [
        [
            words.digits(str(week.week)),
            *(_labels_in_a_row(known.get((week, language)), words) for language in languages),
        ]
        for week in digest.weeks
    ]
    order = " · ".join(words.label(label) for label in LABELS)
    heads = [words.gettext("Week"), *(words.tongue(language) for language in languages)]
    return [f"## {title}", f"({order})", _table(heads, rows, len(languages))]


def _labels_in_a_row(counts: LabelCounts | None, words: Words) -> str:
    return " · ".join(_label_cells(counts, words)) if counts else "–"


def _themes(digest: Digest, words: Words) -> list[str]:
    blocks = [f"## {words.gettext('What they hope and what they fear')}"]
    sides: tuple[tuple[Side, tuple[ThemeMove, ...]], ...] = (
        ("hope", digest.hope_themes),
        ("concern", digest.concern_themes),
    )
    for side, moves in sides:
        heads = [words.side(side), words.gettext("Change"), words.gettext("Articles")]
        heads += [words.gettext("Share"), words.gettext("Before")]
        rows = [
            [
                markdown_text(words.theme(move.theme)),
                beside.theme_verdict(move, words),
                words.number(move.articles),
                words.percent(move.articles / move.of if move.of else None),
                words.percent(move.change.before),
            ]
            for move in moves
        ]
        none = f"{words.side(side)}: {words.gettext('No theme this week.')}"
        blocks.append(_table(heads, rows, 3) if rows else none)
    return blocks


def _framings(digest: Digest, words: Words) -> list[str]:
    blocks = [f"## {words.gettext('Three presses, three framings')}"]
    for framing in digest.framings:
        blocks.append(f"### {words.tongue(framing.language)}")
        blocks.append(say.framing_counts(framing, words))
        if framing.counts.articles:
            blocks.append(say.share_description(framing, words))
            blocks += _side(framing, "hope", words) + _side(framing, "concern", words)
    return blocks


def _side(framing: Framing, side: Side, words: Words) -> list[str]:
    hope = side == "hope"
    themes = framing.hope_themes if hope else framing.concern_themes
    quotes = framing.hope_quotes if hope else framing.concern_quotes
    named = markdown_text(say.theme_list(themes, words))
    blocks = [f"#### {words.side(side)}", named]
    if not quotes:
        return [*blocks, words.gettext("No sentence that way this week.")]
    return blocks + [_quote(quote, words) for quote in quotes]


def _quote(quote: Quote, words: Words) -> str:
    sure = words.gettext("%(share)s sure", share=words.sureness(quote.score))
    lines = [
        isolated(quote.text),
        "",
        f"— {isolated(quote.outlet)} · {words.short_date(quote.published_date)} · "
        f"{linked(quote.title, quote.url)} · {sure}",
    ]
    return "\n".join(f"> {line}".rstrip() for line in lines)


def _drifts(digest: Digest, words: Words) -> list[str]:
    if not digest.drifts:
        return []
    lines = [_drift(drift, words) for drift in digest.drifts]
    title = words.gettext("Edited, and read differently since")
    note = markdown_text(say.drift_note(words))
    return [f"## {title}", note, "\n".join(lines)]


def _drift(drift: DriftRow, words: Words) -> str:
    before = f"{words.gettext('Before:')} {isolated(drift.title_before)} · "
    return (
        f"- {linked(drift.title, drift.url)} · {before if drift.title_before else ''}"
        f"{isolated(drift.outlet)} · {words.short_date(drift.edited_date)} · "
        f"{markdown_text(say.drift_text(drift, words))}"
    )


def _stories(digest: Digest, words: Words) -> list[str]:
    if not digest.stories:
        return []
    lines = [
        f"- {linked(story.title, story.url)} · {_told_in(story, words)} · "
        f"{words.short_date(story.published_date)} · "
        f"{markdown_text(say.carried_text(story, words))}"
        for story in digest.stories
    ]
    return [f"## {words.gettext('The stories carried most')}", "\n".join(lines)]


def _told_in(story: StoryRow, words: Words) -> str:
    outlet = isolated(story.outlet)
    return f"{words.gettext('First in')} {outlet}" if story.is_origin else outlet


def _outlets(digest: Digest, words: Words) -> list[str]:
    if not digest.outlets:
        return []
    blocks = [f"## {words.gettext('Outlets')}"]
    if digest.new_outlets:
        names = ", ".join(isolated(row.outlet) for row in digest.new_outlets)
        blocks.append(f"{words.gettext('For the first time on the treaty:')} {names}")
    heads = [words.gettext("Outlet"), words.gettext("Language"), words.gettext("Articles")]
    rows = [
        [
            isolated(row.outlet),
            words.tongue(row.language),
            words.number(row.counts.articles),
            *_label_cells(row.counts, words),
        ]
        for row in digest.outlets[:MOST_OUTLETS]
    ]
    return [*blocks, _table([*heads, *_label_heads(words)], rows, 1 + len(LABELS))]


def _missing(digest: Digest, words: Words) -> list[str]:
    told = small_print.coverage_sentences(digest, words)
    lines = [f"- {markdown_text(sentence)}" for sentence in told]
    down = digest.coverage.feeds_down
    if down:
        lines.append(f"- {markdown_text(small_print.feeds_down_sentence(digest, words))}")
        lines += [
            f"  - {isolated(feed.name)}: {markdown_text(words.error(feed.error_class))}"
            for feed in down
        ]
    lines += [
        f"- {markdown_text(sentence)}" for sentence in small_print.omission_sentences(digest, words)
    ]
    return [f"## {words.gettext('What was watched, and what is missing')}", "\n".join(lines)]


def _method(digest: Digest, words: Words) -> list[str]:
    told = (*small_print.method_sentences(digest, words), small_print.provenance(digest, words))
    lines = [f"- {markdown_text(sentence)}" for sentence in told]
    return [f"## {words.gettext('How it was made')}", "\n".join(lines)]
