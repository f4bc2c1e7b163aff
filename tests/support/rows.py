"""What a database holds, without the instants that differ from run to run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb

# Times and ids of runs differ between two runs over the same pages; everything else must not.
_QUERIES = {
    "entries": "SELECT entry_id, feed_id, url, title, entry_hash, status, article_id "
    "FROM entries ORDER BY ALL",
    "articles": "SELECT article_id, url, title, language, published_at, date_source, "
    "extraction_method, content_hash, is_treaty FROM articles ORDER BY ALL",
    "versions": "SELECT article_id, version, content_hash, text, is_treaty "
    "FROM article_versions ORDER BY ALL",
    "passages": "SELECT article_id, position, kind, text, char_start, char_end "
    "FROM passages ORDER BY ALL",
    "stances": "SELECT article_id, content_hash, model_id, label, n_passages, n_hope, n_concern "
    "FROM article_stances ORDER BY ALL",
    "views": "SELECT article_id, label, story_id, is_duplicate, version "
    "FROM article_stance ORDER BY ALL",
    "scores": "SELECT article_id, position, treaty, hope, concern "
    "FROM passage_stances ORDER BY ALL",
}


class Score(float):
    """A score of the model; two are equal within what it promises for any batch.

    Rounding would not do: two scores a millionth apart can stand on both sides of a half.
    """

    PROMISED = 1e-3
    __hash__ = None  # type: ignore[assignment]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, float) and abs(float(self) - float(other)) <= self.PROMISED


def rows_of(database: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Return the rows of every table that a run writes, by table."""
    with duckdb.connect(str(database), read_only=True) as connection:
        rows = {name: connection.execute(sql).fetchall() for name, sql in _QUERIES.items()}
    rows["scores"] = [
        (article, place, *map(Score, scores)) for article, place, *scores in rows["scores"]
    ]
    return rows
