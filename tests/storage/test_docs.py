"""The pages about the database say what it is."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from tests.storage.conftest import Newsroom, Story
from treatywatch.storage.describe import WORKED, database_markdown
from treatywatch.storage.sandbox import run_query

ROOT = Path(__file__).resolve().parents[2]
QUERIES = re.findall(r"```sql\n(.*?)```", (ROOT / "docs" / "sql.md").read_text("utf-8"), re.S)


def test_the_page_is_what_the_schema_says() -> None:
    page = (ROOT / "docs" / "database.md").read_text(encoding="utf-8")
    assert page == database_markdown(), (
        "docs/database.md is not up to date; "
        "run python -m treatywatch.storage.describe > docs/database.md"
    )
    assert len(WORKED) >= 10


def test_every_table_view_and_column_says_what_it_means(newsroom: Newsroom) -> None:
    with duckdb.connect(str(newsroom.settings.db), read_only=True) as connection:
        silent = connection.execute(
            "SELECT table_name, column_name FROM duckdb_columns() "
            "WHERE NOT internal AND comment IS NULL AND table_name <> 'schema_migrations'"
        ).fetchall()
        silent += connection.execute(
            "SELECT table_name, '' FROM duckdb_tables() "
            "WHERE comment IS NULL AND table_name <> 'schema_migrations'"
        ).fetchall()
        silent += connection.execute(
            "SELECT view_name, '' FROM duckdb_views() WHERE NOT internal AND comment IS NULL"
        ).fetchall()
    assert silent == []


@pytest.mark.slow
def test_every_module_can_be_the_first_to_be_imported() -> None:
    names = sorted(path.stem for path in (ROOT / "storage").glob("*.py") if path.stem != "__init__")
    program = (
        "import importlib, sys\n"
        f"for name in {names!r}:\n"
        "    for known in [n for n in sys.modules if n.startswith('treatywatch')]:\n"
        "        del sys.modules[known]\n"
        "    importlib.import_module('treatywatch.storage.' + name)\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=120)


@pytest.mark.slow
@pytest.mark.parametrize("query", QUERIES)
def test_every_query_of_the_page_is_answered(newsroom: Newsroom, query: str) -> None:
    newsroom.publish(Story("a"), Story("b", published=None))
    assert run_query(newsroom.settings, query).columns
