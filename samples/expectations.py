"""Derive expected.json from the articles.

`python -m treatywatch.samples.expectations` rewrites it.
"""

from __future__ import annotations

import json
from typing import Any

from .records import ARTICLE, GONE, HERE, Article, load_articles, load_outlets

EXPECTED_FILE = HERE / "expected.json"


def expectations() -> dict[str, Any]:
    """Return what a run over the newsroom must find: one record a page, feed and trap."""
    articles = load_articles()
    return {
        "pages": [_page(article) for article in articles],
        "feeds": [
            {
                "id": outlet.id,
                "path": outlet.feed_path,
                "state": outlet.feed_state,
                "entries": sum(article.outlet == outlet for article in articles),
            }
            for outlet in load_outlets().values()
        ],
        "traps": _traps(articles),
    }


def main() -> None:
    """Write expected.json."""
    text = json.dumps(expectations(), ensure_ascii=False, indent=1)
    EXPECTED_FILE.write_text(text + "\n", encoding="utf-8")


def _page(article: Article) -> dict[str, Any]:
    record = {
        "path": article.path,
        "outlet": article.outlet.id,
        "language": article.language,
        "title": article.title,
        "article": article.kind in (ARTICLE, GONE),
        "treaty": article.treaty,
        "label": article.label,
        "themes": list(article.themes),
        "week": article.week,
        "dated": article.dated,
        "story": article.copy_of or article.path,
        "traps": list(article.traps),
        "why": article.why,
    }
    if article.revision is not None:
        record["edition_2"] = {
            "label": article.revision.label,
            "themes": list(article.revision.themes),
            "why": article.revision.why,
        }
    return record


def _traps(articles: tuple[Article, ...]) -> list[dict[str, Any]]:
    records: list[dict[str, Any]] = json.loads((HERE / "traps.json").read_text(encoding="utf-8"))
    for record in records:
        found = [article.path for article in articles if record["id"] in article.traps]
        record["paths"] = [*record.get("paths", []), *found]
    return records


if __name__ == "__main__":
    main()
