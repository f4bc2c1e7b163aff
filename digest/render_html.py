"""Render the digest as one self-contained page: no script, nothing remote, no inline style."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from treatywatch.digest import change_sentences, sentences, small_print
from treatywatch.digest.charts import page_svg, reach_of, share_plot, trend_plot
from treatywatch.digest.options import DigestOptions
from treatywatch.digest.safety import TITLE_CHARS, clean_line, host_of
from treatywatch.digest.words import Words, words_for
from treatywatch.news.digest import Digest, Framing, LabelCounts, ThemeMove, TrendPoint
from treatywatch.news.records import LANGUAGES
from treatywatch.news.week_input import LABELS

FOREMOST_THEMES = 5


@dataclass(frozen=True, slots=True)
class _TrendPanel:
    language: str
    points: tuple[TrendPoint, ...]
    svg: Markup


@dataclass(frozen=True, slots=True)
class _FramingCard:
    framing: Framing
    counted: str
    svg: Markup
    themes: dict[str, str]


def render_html(digest: Digest, options: DigestOptions) -> str:
    """Return the digest as an HTML page in the language of the options."""
    words = words_for(digest, options)
    style = page_style()
    template = environment(words).get_template("digest.html.j2")
    return template.render(
        digest=digest,
        title=page_title(options, words),
        summary=summary_of(digest, words),
        updated=updated_at(digest).isoformat(),
        style=style,
        policy=page_policy(style),
        trend=_trend_panels(digest, words),
        framings=[_framing_card(framing, words) for framing in digest.framings],
        most_themed=_most_themed(digest),
        has_more_quotes=any(f.hope_quotes[1:] or f.concern_quotes[1:] for f in digest.framings),
    )


def page_title(options: DigestOptions, words: Words) -> str:
    """Return the operator's title, or the standing one."""
    return clean_line(options.title, TITLE_CHARS) or words.gettext(
        "The UN cybercrime treaty in the press"
    )


def summary_of(digest: Digest, words: Words) -> str:
    """Return the week in one line, for lists of digests."""
    told = (
        sentences.headline(digest, words),
        sentences.leaning(digest, words),
        change_sentences.what_changed(digest, words),
    )
    return " ".join(sentence for sentence in told if sentence)


def updated_at(digest: Digest) -> datetime:
    """Return the instant the digest speaks of; never that of its writing."""
    known = digest.as_of or digest.data_until
    after = datetime.combine(digest.week.sunday + timedelta(days=1), time(), ZoneInfo(digest.zone))
    return (known or after).astimezone(ZoneInfo("UTC"))


@cache
def _base_environment() -> Environment:
    loader = PackageLoader("treatywatch.digest", "templates")
    return Environment(
        loader=loader,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def environment(words: Words) -> Environment:
    """Return the templates' environment speaking one language."""
    made = _base_environment().overlay()
    made.globals = {
        **made.globals,
        "_": words.gettext,
        "ngettext": words.ngettext,
        "words": words,
        "say": sentences,
        "beside": change_sentences,
        "small_print": small_print,
        "labels": LABELS,
    }
    made.filters = {
        **made.filters,
        "dir": text_direction,
        "foremost": foremost_themes,
        "host": host_of,
        "labels": label_counts,
        "balance": words.signed,
        "digits": lambda number: words.digits(str(number)),
        "year": lambda number: words.digits(str(number)),
    }
    return made


def foremost_themes(
    moves: Sequence[ThemeMove],
) -> tuple[tuple[ThemeMove, ...], tuple[ThemeMove, ...]]:
    """Part the themes that are frequent or moved from the further ones."""
    clear = {"up", "down"}
    kept = {
        move.theme
        for rank, move in enumerate(moves)
        if rank < FOREMOST_THEMES or move.change.verdict in clear
    }
    first = tuple(move for move in moves if move.theme in kept)
    return first, tuple(move for move in moves if move.theme not in kept)


def text_direction(language: str) -> str:
    """Return the direction in which a language is written."""
    return "rtl" if language == "ar" else "ltr"


def label_counts(counts: LabelCounts) -> dict[str, int]:
    """Return the articles by label, in the order in which labels are shown."""
    return {label: getattr(counts, label) for label in LABELS}


@cache
def page_style() -> Markup:
    """Return the style sheet of the pages, as it stands in them."""
    source, _, _ = PackageLoader("treatywatch.digest", "templates").get_source(
        _base_environment(), "digest.css"
    )
    return Markup(source)


def page_policy(style: str) -> str:
    """Return the content security policy that lets this style in, and nothing else at all."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _trend_panels(digest: Digest, words: Words) -> list[_TrendPanel]:
    highest = max((reach_of(p.counts) for p in digest.trend if p.counts), default=0)
    panels = []
    for language in LANGUAGES:
        points = tuple(point for point in digest.trend if point.language == language)
        description = sentences.trend_description(language, points, words)
        svg = page_svg(trend_plot(points, highest, words), description, words)
        panels.append(_TrendPanel(language, points, _markup(svg)))
    return panels


def _framing_card(framing: Framing, words: Words) -> _FramingCard:
    described = sentences.share_description(framing, words)
    svg = page_svg(share_plot(framing.counts, words), described, words)
    return _FramingCard(
        framing=framing,
        counted=sentences.framing_counts(framing, words),
        svg=_markup(svg),
        themes={
            "hope": sentences.theme_list(framing.hope_themes, words),
            "concern": sentences.theme_list(framing.concern_themes, words),
        },
    )


def _markup(svg: str) -> Markup:
    # Serialised by lxml from elements and attributes of a closed list: safe as it is.
    return Markup(svg)


def _most_themed(digest: Digest) -> int:
    moves = (*digest.hope_themes, *digest.concern_themes)
    return max((move.articles for move in moves), default=0) or 1
