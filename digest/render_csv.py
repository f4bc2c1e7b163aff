"""Render the digest's tables as CSV files in one zip, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Sequence
from datetime import date

from treatywatch.digest.safety import csv_text
from treatywatch.news.digest import Digest, LabelCounts
from treatywatch.news.week_input import LABELS

Cell = str | int | float | bool | date | None
Rows = Iterable[Sequence[Cell]]

# The oldest instant a zip can hold: the same bytes whenever it is written.
_ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)


def render_csv(digest: Digest) -> bytes:
    """Return a zip of CSV tables in UTF-8 with a byte-order mark, for spreadsheets' sake."""
    tables = {
        "figures": _figures(digest),
        "trend": _trend(digest),
        "themes": _themes(digest),
        "evidence": _evidence(digest),
        "drifts": _drifts(digest),
        "stories": _stories(digest),
        "outlets": _outlets(digest),
        "not_shown": _not_shown(digest),
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, rows in sorted(tables.items()):
            info = zipfile.ZipInfo(f"digest-{digest.week}-{name}.csv", _ZIP_EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            info.create_system = 3
            archive.writestr(info, _csv(rows))
    return packed.getvalue()


def _csv(rows: Rows) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    for row in rows:
        writer.writerow([_cell(value) for value in row])
    return text.getvalue().encode("utf-8-sig")


def _cell(value: Cell) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return csv_text(value)
    return format(value, ".6f").rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


def _labels(counts: LabelCounts) -> list[Cell]:
    return [getattr(counts, label) for label in LABELS]


def _figures(digest: Digest) -> Rows:
    yield (
        *("figure", "kind", "value", "count", "of", "low", "high"),
        *("against", "before", "weeks", "change_low", "change_high", "verdict", "reason"),
    )
    for m in digest.measures:
        head: list[Cell] = [m.name, m.kind, m.value, m.count, m.of, m.low, m.high]
        if not m.changes:
            yield [*head, *([None] * 7)]
        for c in m.changes:
            yield [*head, c.against, c.before, c.weeks, c.low, c.high, c.verdict, c.reason]


def _trend(digest: Digest) -> Rows:
    yield "week", "monday", "language", "articles", *LABELS
    for point in digest.trend:
        head: list[Cell] = [str(point.week), point.week.monday, point.language]
        if point.counts:
            yield [*head, point.counts.articles, *_labels(point.counts)]
        else:
            yield [*head, None, *([None] * len(LABELS))]


def _themes(digest: Digest) -> Rows:
    yield "side", "theme", "articles", "of", "share_before", "change_low", "change_high", "verdict"
    for move in (*digest.hope_themes, *digest.concern_themes):
        change = move.change
        head: list[Cell] = [move.side, move.theme, move.articles, move.of]
        yield [*head, change.before, change.low, change.high, change.verdict]


def _evidence(digest: Digest) -> Rows:
    yield (
        *("language", "side", "chosen_as", "outlet", "published_date", "title", "url"),
        *("before", "text", "after", "score", "confidence", "themes", "article_id", "position"),
    )
    for framing in digest.framings:
        for q in (*framing.hope_quotes, *framing.concern_quotes):
            head: list[Cell] = [q.language, q.side, q.chosen_as, q.outlet, q.published_date]
            said: list[Cell] = [q.title, q.url, q.before, q.text, q.after, q.score, q.confidence]
            yield [*head, *said, " ".join(q.themes), q.article_id, q.position]


def _drifts(digest: Digest) -> Rows:
    yield (
        *("edited_date", "outlet", "language", "title_before", "title", "url"),
        *("label_before", "label", "balance_before", "balance"),
    )
    for d in digest.drifts:
        head: list[Cell] = [d.edited_date, d.outlet, d.language, d.title_before, d.title, d.url]
        yield [*head, d.label_before, d.label, d.balance_before, d.balance]


def _stories(digest: Digest) -> Rows:
    yield (
        *("story_id", "first_outlet", "published_date", "language", "title", "url"),
        *("articles", "outlets", "languages", *LABELS),
    )
    for s in digest.stories:
        head: list[Cell] = [s.story_id, s.outlet, s.published_date, s.language, s.title, s.url]
        yield [*head, s.counts.articles, s.outlets, " ".join(s.languages), *_labels(s.counts)]


def _outlets(digest: Digest) -> Rows:
    yield "outlet", "language", "is_new", "articles", *LABELS, "mean_balance"
    for row in digest.outlets:
        head: list[Cell] = [row.outlet, row.language, row.is_new, row.counts.articles]
        yield [*head, *_labels(row.counts), row.mean_balance]


def _not_shown(digest: Digest) -> Rows:
    missing = digest.coverage.omissions
    yield "what", "detail", "count", "tries"
    for feed in digest.coverage.feeds_down:
        yield "feed_down", f"{feed.feed_id} {feed.error_class}", 1, feed.tries
    for error_class, pages in sorted(missing.failed_pages.items()):
        yield "failed_page", error_class, pages, None
    for what in ("undated", "not_sure", "refused", "lookalikes", "other_languages"):
        yield what, "", getattr(missing, what), None
    yield "waiting_pages", "", missing.waiting_pages, None
    yield "skipped_entries", "", missing.skipped_entries, None
