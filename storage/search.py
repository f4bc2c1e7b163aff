"""Search the articles about the treaty by their words, as a reader would type them.

Index and query are folded by one rule: hamza and its seats, tashkeel, tones, đ, case and digits
make no difference. Every word must occur; a phrase in quotation marks must occur as it stands.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

import duckdb

from treatywatch.config.settings import Settings
from treatywatch.storage import search_index, snapshots
from treatywatch.storage.database import Connection, open_database, translated_errors
from treatywatch.storage.rows import rows_of, scalar
from treatywatch.storage.search_segments import Segment, SegmentGoneError, noticing_gone
from treatywatch.storage.search_text import Snippet, Words, parse_words, snippet
from treatywatch.storage.sqlfiles import read_sql

_SPARE = 3
"""How many more are asked of the index than shown, for versions that are no longer current; and
how many times more again, as long as too few are."""


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """What to look for. `words` may hold phrases in quotation marks."""

    words: str
    language: str | None = None
    limit: int = 20
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Hit:
    """An article that was found, best first, with the place that says it."""

    article_id: str
    title: str
    outlet: str
    language: str
    published_date: date | None
    label: str
    url: str
    score: float
    title_snippet: Snippet
    text_snippet: Snippet


def search(settings: Settings, query: SearchQuery) -> list[Hit]:
    """Return the articles that hold all the words, best first; the index is renewed first.

    Raises:
        UsageError: no word, no database.
        StorageError: the index or the database cannot be read.
    """
    words = parse_words(query.words)
    try:
        return _searched(settings, words, query)
    except SegmentGoneError:  # a run that refreshes the index meanwhile does so once
        return _searched(settings, words, query)


def _searched(settings: Settings, words: Words, query: SearchQuery) -> list[Hit]:
    most = (query.offset + query.limit) * _SPARE
    with search_index.up_to_date(settings) as listed:
        while True:
            found = _ranked(listed, words, query, most)
            hits = _hits(settings, found, words, query)
            if len(hits) == query.limit or len(found) < most:
                return hits
            most *= _SPARE


Found = tuple[str, str, float]  # article id, content hash, score


def _ranked(listed: Sequence[Segment], words: Words, query: SearchQuery, most: int) -> list[Found]:
    with _opened(listed) as connections:
        docs = sum(segment.docs for segment in listed)
        weights = [_weight(docs, _df(connections, term)) for term in words.terms]
        total = sum(scalar(c, "SELECT coalesce(sum(words), 0) FROM lengths") for c in connections)
        parameters: dict[str, Any] = {
            "terms": list(words.terms),
            "weights": weights,
            "phrases": [f" {' '.join(phrase)} " for phrase in words.phrases],
            "average_words": max(1.0, total / max(1, docs)),
            "language": query.language,
            "most": most,
        }
        sql = read_sql("queries/search_segment")
        found = [row for c in connections for row in c.execute(sql, parameters).fetchall()]
    return sorted(found, key=lambda row: (-row[2], row[0]))


def _hits(
    settings: Settings, found: Sequence[Found], words: Words, query: SearchQuery
) -> list[Hit]:
    scores = {(article_id, content_hash): score for article_id, content_hash, score in found}
    source = snapshots.for_reading(settings)
    with open_database(settings, read_only=True, path=source) as connection:
        answer = connection.execute(
            read_sql("queries/search_hits"), {"articles": [row[0] for row in found]}
        )
        rows = rows_of(answer)
    current = [row for row in rows if (row["article_id"], row["content_hash"]) in scores]
    hits = [_hit(row, scores[row["article_id"], row["content_hash"]], words) for row in current]
    hits.sort(key=lambda hit: (-hit.score, hit.article_id))
    return hits[query.offset : query.offset + query.limit]


def _hit(row: dict[str, Any], score: float, words: Words) -> Hit:
    names = ("article_id", "title", "outlet", "language", "published_date", "label", "url")
    return Hit(
        **{name: row[name] for name in names},
        score=score,
        title_snippet=snippet(row["title"], words),
        text_snippet=snippet(row["text"], words),
    )


def _weight(docs: int, df: int) -> float:
    return math.log(1 + (docs - df + 0.5) / (df + 0.5))


def _df(connections: Sequence[Connection], term: str) -> int:
    query = "SELECT coalesce(sum(df), 0) FROM dictionary WHERE term = $term"
    return sum(scalar(connection, query, {"term": term}) for connection in connections)


@contextmanager
def _opened(listed: Sequence[Segment]) -> Iterator[list[Connection]]:
    connections: list[Connection] = []
    try:
        with noticing_gone(listed):
            for segment in listed:
                with translated_errors(segment.path):
                    connections.append(duckdb.connect(str(segment.path), read_only=True))
        yield connections
    finally:
        for connection in connections:
            connection.close()
