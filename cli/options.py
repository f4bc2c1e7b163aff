"""Options that several commands share, and the settings they override."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from treatywatch.config.load import load_settings
from treatywatch.config.settings import Settings
from treatywatch.news.errors import UsageError
from treatywatch.news.records import LANGUAGES

Db = Annotated[
    Path | None,
    typer.Option("--db", help="The database file.", metavar="PATH", show_default=False),
]
Feeds = Annotated[
    Path | None,
    typer.Option("--feeds", help="The feed list (YAML).", metavar="FILE", show_default=False),
]
Json = Annotated[bool, typer.Option("--json", help="Write JSON for programs.")]


def known_language(language: str | None) -> str | None:
    """Return a language that is read here; refuse another by name."""
    if language and language not in LANGUAGES:
        raise UsageError(f"--language {language}: must be one of {', '.join(LANGUAGES)}.")
    return language


Language = Annotated[
    str | None,
    typer.Option("--language", help="ar, en or vi.", callback=known_language, show_default=False),
]


def settings_for(db: Path | None = None, feeds: Path | None = None) -> Settings:
    """Return the settings with what the command line overrides; `--db` means a file."""
    settings = load_settings(db=db, feeds=feeds)
    if db is None or not settings.storage.url:
        return settings
    file = settings.storage.model_copy(update={"url": ""})
    return settings.model_copy(update={"storage": file})
