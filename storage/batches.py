"""Turn records into batches: plain rows that can be written now, or kept in a file for later.

A batch is JSON through and through, so that the one waiting beside a busy database is the very
one that would have been written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from typing import Any, Literal

from treatywatch.news.records import Article, Feed, FeedResult, PageOutcome
from treatywatch.news.runs import RunReport
from treatywatch.news.stance import ArticleStance, Passage, PassageStance, ScoredArticle
from treatywatch.news.text import stable_id
from treatywatch.storage.rows import Row, storable

BatchKind = Literal["register", "run", "interrupt", "feeds", "pages", "stances", "stories", "model"]
Retries = Mapping[str, datetime | None]
"""Entry id -> when to try its page again; None: give it up now."""

_STATE_COLUMNS = (
    "redirect_url", "redirect_sightings", "etag", "last_modified", "body_hash", "last_fetch_at",
    "last_success_at", "last_full_fetch_at", "next_fetch_at", "failure_weight", "retired_at",
    "listed_url",
)  # fmt: skip
_ENTRY_COLUMNS = (
    "entry_id", "feed_id", "url", "guid", "title", "summary", "content", "author", "outlet",
    "published_at", "updated_at", "entry_hash", "status",
)  # fmt: skip
_ARTICLE_COLUMNS = (
    "article_id", "url", "canonical_url", "feed_id", "entry_id", "outlet", "country", "kind",
    "title", "text", "language", "language_source", "published_at", "date_source",
    "extraction_method", "author", "description", "site_name", "image_url",
    "look_alike", "content_hash",
)  # fmt: skip
_CUT_COLUMNS = ("article_id", "cut_id")
_SCORE_COLUMNS = ("model_id", "classified_at")

COLUMNS_WHEN_EMPTY: Mapping[str, tuple[str, ...]] = {
    "staged_feeds": tuple(f.name if f.name != "id" else "feed_id" for f in fields(Feed)),
    "staged_entries": _ENTRY_COLUMNS,
    "staged_dead": ("process",),
    "staged_stories": ("article_id", "story_id"),
    "staged_articles": (
        *_ARTICLE_COLUMNS, "published_date", "is_treaty", "seen_at", "seen_date", "words", "names",
        "fingerprint",
    ),
    "staged_passages": (*_CUT_COLUMNS, *(f.name for f in fields(Passage))),
    "staged_passage_stances": (
        *_CUT_COLUMNS, *(f.name for f in fields(PassageStance)), *_SCORE_COLUMNS,
    ),
    "staged_article_stances": (
        *_CUT_COLUMNS, "content_hash", *(f.name for f in fields(ArticleStance)), *_SCORE_COLUMNS,
    ),
}  # fmt: skip
"""The columns of a staged table without rows; rows name their own."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What one transaction writes. `tables` holds rows by the name they are staged under."""

    kind: BatchKind
    now: datetime
    run_id: str = ""
    tables: Mapping[str, Sequence[Row]] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)


def register_batch(feeds: Sequence[Feed], now: datetime) -> Batch:
    """Return the batch that makes the feed list known."""
    rows = [_plain(asdict(feed)) for feed in feeds]
    for row in rows:
        row["feed_id"] = row.pop("id")
    return Batch("register", now, tables={"staged_feeds": rows})


def run_batch(report: RunReport, process: str) -> Batch:
    """Return the batch that writes a run's row, new or again."""
    row = _plain(asdict(report)) | {"process": process}
    del row["batches_spooled"]  # soon written, while the row stays
    at = report.finished_at or report.started_at
    return Batch("run", at, run_id=report.run_id, tables={"staged_runs": [row]})


def feeds_batch(run_id: str, results: Sequence[FeedResult], now: datetime) -> Batch:
    """Return the batch of fetched feeds with their entries."""
    fetches = [{"run_id": run_id} | _plain(asdict(result.fetch)) for result in results]
    states = [
        {"feed_id": r.state.feed_id, "current_url": r.state.url}
        | _plain({name: getattr(r.state, name) for name in _STATE_COLUMNS})
        for r in results
    ]
    entries = [
        _plain({name: getattr(entry, name) for name in _ENTRY_COLUMNS})
        for result in results
        for entry in result.entries
    ]
    tables: dict[str, Sequence[Row]] = {
        "staged_feed_fetches": fetches, "staged_feeds": states, "staged_entries": entries,
    }  # fmt: skip
    return Batch("feeds", now, run_id=run_id, tables=tables)


@dataclass(frozen=True, slots=True)
class PageBatch:
    """What the fetching, reading and scoring of some pages came to."""

    run_id: str
    outcomes: Sequence[PageOutcome]
    scored: Sequence[ScoredArticle]
    now: datetime
    retries: Retries = field(default_factory=dict)


def pages_batch(pages: PageBatch, zone: Any, max_attempts: int) -> Batch:
    """Return the batch of page outcomes with the scored articles among them."""
    tables = _stance_tables(pages.scored, pages.now)
    tables["staged_outcomes"] = [_outcome_row(o, pages.retries) for o in pages.outcomes]
    tables["staged_articles"] = [
        _article_row(o.article, o.kind == "article", pages.now, zone)
        for o in pages.outcomes
        if o.article is not None and o.kind in ("article", "off_topic")
    ]
    tables["staged_stories"] = [
        {"article_id": s.article.article_id, "story_id": s.story_id}
        for s in pages.scored
        if s.story_id is not None
    ]
    options = {"max_attempts": max_attempts}
    return Batch("pages", pages.now, run_id=pages.run_id, tables=tables, options=options)


def stances_batch(scored: Sequence[ScoredArticle], now: datetime) -> Batch:
    """Return the batch of scores of articles stored before."""
    return Batch("stances", now, tables=_stance_tables(scored, now))


def stories_batch(stories: Mapping[str, str], now: datetime) -> Batch:
    """Return the batch that links articles (keys) into stories (values)."""
    rows = [{"article_id": article, "story_id": story} for article, story in stories.items()]
    return Batch("stories", now, tables={"staged_stories": rows})


def cut_id(scored: ScoredArticle) -> str:
    """Return the id of how this version's text was cut into passages."""
    offsets = (f"{p.position}:{p.kind}:{p.char_start}:{p.char_end}" for p in scored.passages)
    return stable_id(scored.article.article_id, scored.article.content_hash, *offsets)


def _stance_tables(scored: Sequence[ScoredArticle], now: datetime) -> dict[str, Sequence[Row]]:
    at = now.isoformat()
    tables: dict[str, list[Row]] = {
        "staged_passages": [], "staged_passage_stances": [], "staged_article_stances": [],
    }  # fmt: skip
    for article in scored:
        cut = {"article_id": article.article.article_id, "cut_id": cut_id(article)}
        score = {"model_id": article.model_id, "classified_at": at}
        tables["staged_passages"] += [_clean(cut | _shallow(p)) for p in article.passages]
        tables["staged_passage_stances"] += [
            cut | _shallow(stance) | score for stance in article.passage_stances
        ]
        row = cut | {"content_hash": article.article.content_hash}
        row |= _shallow(article.stance) | score
        tables["staged_article_stances"].append(row)
    return dict(tables)


def _shallow(record: Any) -> Row:
    """Return the fields of a flat record, many times faster than `asdict`, which copies each."""
    return {each.name: getattr(record, each.name) for each in fields(record)}


def _article_row(
    article: Article,
    is_treaty: bool,
    now: datetime,
    zone: Any,
) -> Row:
    row = _plain({name: getattr(article, name) for name in _ARTICLE_COLUMNS})
    published = article.published_at
    return row | {
        "text": row["text"] if is_treaty else None,
        "published_date": published.astimezone(zone).date().isoformat() if published else None,
        "is_treaty": is_treaty,
        "seen_at": now.isoformat(),
        "seen_date": now.astimezone(zone).date().isoformat(),
        "words": len(article.text.split()),
        "names": [_clean(asdict(name)) for name in article.names] if is_treaty else None,
        "fingerprint": list(article.fingerprint) if is_treaty else None,
    }


def _outcome_row(outcome: PageOutcome, retries: Retries) -> Row:
    failure = outcome.failure
    retry = retries.get(outcome.entry_id)
    failed = outcome.kind == "failed"
    return {
        "entry_id": outcome.entry_id,
        "feed_id": outcome.feed_id,
        "outcome": outcome.kind,
        "tried_at": outcome.at.isoformat(),
        "checked_at": outcome.at.isoformat(),
        "article_id": outcome.article.article_id if outcome.article else None,
        "http_status": outcome.http_status,
        "url": storable(failure.where) if failure else None,
        "stage": failure.what if failure else ("page" if failed else None),
        "error_class": failure.error_class if failure else ("unknown" if failed else None),
        "error_message": storable(failure.message[:2000]) if failure else None,
        "next_try_at": retry.isoformat() if retry else None,
        "is_final": outcome.entry_id in retries and retry is None,
    }


def _plain(row: Mapping[str, Any]) -> Row:
    return {
        key: value.isoformat() if isinstance(value, datetime) else _clean_value(value)
        for key, value in row.items()
    }


def _clean(row: Mapping[str, Any]) -> Row:
    return {key: _clean_value(value) for key, value in row.items()}


def _clean_value(value: Any) -> Any:
    return storable(value) if isinstance(value, str) else value
