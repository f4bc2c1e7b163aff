"""`treatywatch search`: articles and passages by words."""

from __future__ import annotations

import json as json_module
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from treatywatch.cli.options import Db, Json, Language, settings_for
from treatywatch.cli.output import cell, clean, data, say

if TYPE_CHECKING:
    from treatywatch.storage.search import Hit
    from treatywatch.storage.search_text import Snippet

EXAMPLES = """
Examples:

  treatywatch search surveillance

  treatywatch search '"serious crime" journalists' --language en

  treatywatch search cong uoc ha noi        (tones may be left out)
"""


def search(
    words: Annotated[list[str], typer.Argument(help='Words; "quoted" for a phrase.')],
    language: Language = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="At most.")] = 20,
    db: Db = None,
    json: Json = False,
) -> None:
    """Find articles about the treaty by words; tones, hamza and vowel marks may be left out."""
    from treatywatch.storage.search import SearchQuery
    from treatywatch.storage.search import search as find

    hits = find(settings_for(db), SearchQuery(" ".join(words), language, limit))
    if json:
        data(json_module.dumps([asdict(hit) for hit in hits], ensure_ascii=False, default=str))
        return
    for hit in hits:
        _show(hit)
    if not hits:
        say("nothing found.")


def _show(hit: Hit) -> None:
    day = hit.published_date or "undated"
    data(f"{cell(hit.title)}\n  {cell(hit.outlet)}, {day}, {hit.language}, {hit.label}")
    data(f"  {cell(_marked(hit.text_snippet))}\n  {clean(hit.url)}\n")


def _marked(snippet: Snippet) -> str:
    """Return the snippet with its hits between asterisks."""
    text, reached = [], 0
    for start, end in snippet.marks:
        text += [snippet.text[reached:start], "*", snippet.text[start:end], "*"]
        reached = end
    return "".join([*text, snippet.text[reached:]])


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog=EXAMPLES)(search)
