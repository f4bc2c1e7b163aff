"""What the command line overrides."""

from __future__ import annotations

from pathlib import Path

import pytest

from treatywatch.cli.options import settings_for

CATALOGUE = "ducklake:catalogue.ducklake"


def test_a_file_that_is_named_stands_in_for_the_catalogue(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TREATYWATCH_STORAGE__URL", CATALOGUE)
    assert settings_for().storage.url == CATALOGUE
    named = settings_for(db=Path("trial.duckdb"))
    assert (named.db, named.storage.url) == (Path("trial.duckdb"), "")
