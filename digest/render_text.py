"""Render the digest as plain text, for mail readers without pages and for terminals."""

from __future__ import annotations

import textwrap

from treatywatch.digest import change_sentences as beside
from treatywatch.digest import sentences as say
from treatywatch.digest import small_print
from treatywatch.digest.options import DigestOptions
from treatywatch.digest.render_html import page_title
from treatywatch.digest.words import Words, words_for
from treatywatch.news.digest import Digest, Framing, Quote

_WIDTH = 76


def render_text(digest: Digest, options: DigestOptions) -> str:
    """Return the digest's sentences, figures and quotes as plain text."""
    words = words_for(digest, options)
    parts = [
        page_title(options, words),
        f"{words.week(digest.week)} · {words.week_days(digest.week)}",
        say.headline(digest, words),
        say.leaning(digest, words),
        beside.what_changed(digest, words),
        _figures(digest, words),
        *(_framing(framing, words) for framing in digest.framings),
        _listed(words.gettext("What was watched, and what is missing"), _missing(digest, words)),
        _listed(words.gettext("How it was made"), small_print.method_sentences(digest, words)),
        small_print.provenance(digest, words),
    ]
    return "\n\n".join(_wrapped(part) for part in parts if part) + "\n"


def _wrapped(text: str) -> str:
    return "\n".join(
        _isolated(
            textwrap.wrap(
                line,
                _WIDTH,
                subsequent_indent=_indent(line),
                break_long_words=False,
                break_on_hyphens=False,
            )
        )
        for line in text.split("\n")
    )


def _isolated(lines: list[str]) -> str:
    """Join the lines of one, each with isolates of its own: an isolate ends with its line."""
    found, is_open = [], False
    for line in lines:
        indent = line[: len(line) - len(line.lstrip())]
        begun = f"{indent}\u2068{line[len(indent) :]}" if is_open else line
        is_open = begun.count("\u2068") > begun.count("\u2069")
        found.append(begun + "\u2069" * is_open)
    return "\n".join(found)


def _indent(line: str) -> str:
    return "  " if line.startswith(("- ", "  ")) else ""


def _listed(title: str, lines: list[str]) -> str:
    return "\n".join([title.upper(), *(f"- {line}" for line in lines)])


def _figures(digest: Digest, words: Words) -> str:
    lines = []
    for measure in digest.measures:
        changes = " · ".join(
            beside.change_text(measure, change, words) for change in measure.changes
        )
        name, value = beside.measure_name(measure, words), beside.measure_value(measure, words)
        lines.append(f"{name}: {value} ({changes})")
    return "\n".join(lines)


def _framing(framing: Framing, words: Words) -> str:
    lines = [words.tongue(framing.language).upper(), say.framing_counts(framing, words)]
    if framing.counts.articles:
        lines.append(say.share_description(framing, words))
    for side, quotes in (("hope", framing.hope_quotes), ("concern", framing.concern_quotes)):
        for quote in quotes:
            lines.append(f"\n{words.side(side)}:")
            lines.append(_quote(quote, words))
    return "\n".join(lines)


def _quote(quote: Quote, words: Words) -> str:
    day = words.short_date(quote.published_date)
    sure = words.gettext("%(share)s sure", share=words.sureness(quote.score))
    lines = [
        f"\u2068{quote.text}\u2069",
        f"— \u2068{quote.outlet}\u2069, {day}, {sure}",
        f"\u2068{quote.title}\u2069" if quote.title else "",
        quote.url,
    ]
    return "\n".join(f"  {line}" for line in lines if line)


def _missing(digest: Digest, words: Words) -> list[str]:
    down = digest.coverage.feeds_down
    lines = small_print.coverage_sentences(digest, words)
    if down:
        names = ", ".join(f"\u2068{feed.name}\u2069" for feed in down)
        lines.append(f"{small_print.feeds_down_sentence(digest, words)} {names}")
    return lines + small_print.omission_sentences(digest, words)
