"""Hostile SQL changes nothing, reads nothing else, and ends in time with a clear sentence."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest

from tests.storage.conftest import NOON, Newsroom, Story
from treatywatch.config.settings import Settings, StorageSettings
from treatywatch.news.errors import UsageError
from treatywatch.storage.named import named_queries, parse_parameters
from treatywatch.storage.query_errors import QueryError
from treatywatch.storage.sandbox import bytes_of, open_query, run_query, write_parquet

LIMIT = 0.8

# {secret} is a file outside the database, {target} one that must not come to be.
WRITES = [
    "DROP TABLE feeds",
    "DROP VIEW article_stance",
    "DELETE FROM feeds",
    "UPDATE feeds SET name = 'x'",
    "INSERT INTO feeds SELECT * FROM feeds",
    "MERGE INTO feeds USING feeds AS s ON false WHEN NOT MATCHED THEN INSERT",
    "CREATE TABLE x AS SELECT 1",
    "CREATE OR REPLACE VIEW article_stance AS SELECT 1",
    "CREATE TEMP TABLE x AS SELECT 1",
    "CREATE MACRO m() AS 1",
    "ALTER TABLE feeds ADD COLUMN x INTEGER",
    "TRUNCATE feeds",
    "VACUUM",
    "CHECKPOINT",
    "BEGIN TRANSACTION",
    "COMMENT ON TABLE feeds IS 'x'",
    "PREPARE p AS DELETE FROM feeds",
    "EXECUTE p",
    "EXPLAIN ANALYZE DELETE FROM feeds",
    "EXPLAIN ANALYZE INSERT INTO feeds SELECT * FROM feeds",
    "WITH x AS (DELETE FROM feeds RETURNING *) SELECT * FROM x",
    "SELECT 1; DROP TABLE feeds",
    "SELECT 1 -- ;\n; DELETE FROM feeds",
    "/* SELECT */ DELETE /* x */ FROM feeds",
    "-- SELECT\nDELETE FROM feeds",
    "SELECT 'a;b'; DELETE FROM feeds; --",
    "SELECT * FROM query('DELETE FROM feeds')",
    "SELECT * FROM query_table('feeds'); DELETE FROM feeds",
]
OUTSIDE = [
    "COPY feeds TO '{target}'",
    "COPY (SELECT 1) TO '{target}' (FORMAT csv)",
    "COPY feeds FROM '{secret}'",
    "EXPORT DATABASE '{target}'",
    "IMPORT DATABASE '{target}'",
    "ATTACH '{target}' AS other",
    "ATTACH '{target}' AS other (READ_ONLY)",
    "DETACH news",
    "USE memory",
    "SELECT * FROM read_csv('{secret}')",
    "SELECT * FROM read_text('{secret}')",
    "SELECT * FROM read_blob('{secret}')",
    "SELECT * FROM read_json('{secret}')",
    "SELECT * FROM read_parquet('{secret}')",
    "SELECT * FROM '{secret}'",
    'SELECT * FROM "{secret}"',
    "SELECT * FROM glob('/etc/*')",
    "SELECT * FROM sniff_csv('{secret}')",
    "SELECT * FROM parquet_metadata('{secret}')",
    "SELECT * FROM 'https://example.org/x.csv'",
    "SELECT * FROM read_csv('http://127.0.0.1:1/x.csv')",
    "SELECT * FROM read_csv('s3://bucket/x.csv')",
    "SELECT content FROM read_text('/proc/self/environ')",
    "SELECT * FROM query('SELECT * FROM read_text(''{secret}'')')",
    "SELECT (SELECT content FROM read_text('{secret}'))",
    "INSTALL httpfs",
    "LOAD httpfs",
    "LOAD '{secret}'",
    "FORCE INSTALL postgres",
    "SET memory_limit = '100GB'",
    "SET enable_external_access = true",
    "SET SESSION threads = 64",
    "RESET memory_limit",
    "PRAGMA memory_limit = '100GB'",
    "PRAGMA enable_profiling",
    "CREATE SECRET x (TYPE s3)",
    "CALL dbgen(sf = 1)",
    "SELECT getenv('HOME')",
    "SELECT * FROM secret_variable",
    "SELECT * FROM postgres_scan('host=127.0.0.1', 'public', 'x')",
    "SELECT * FROM sqlite_scan('{secret}', 'x')",
]
HEAVY = [
    "SELECT count(*) FROM range(100000000000) AS a, range(100000000) AS b",
    "WITH RECURSIVE t (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM t) SELECT count(*) FROM t",
    "WITH RECURSIVE t (x) AS (SELECT 1 UNION SELECT x + 1 FROM t) SELECT max(x) FROM t",
    "SELECT list(x) FROM range(10000000000) AS t (x)",
    "SELECT list_sort(range(300000000))",
    "SELECT sum(length(repeat('x', 1000000000))) FROM range(1000)",
    "SELECT levenshtein(repeat('a', 100000), repeat('b', 100000))",
    "SELECT string_agg(repeat('x', 1000000), '') FROM range(100000)",
    "SELECT count(DISTINCT x) FROM range(100000000000) AS t (x)",
    "SELECT max(md5(CAST(x AS VARCHAR))) FROM range(100000000000) AS t (x)",
    "SELECT format('{:>2000000000}', 'a')",
    "SELECT * FROM generate_series(1, 10000000000) AS t (x) ORDER BY hash(x)",
]
secret_variable = [("a variable of the program", 1)]


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("sandbox")
    storage = StorageSettings(query_timeout=LIMIT, query_memory_limit="150MB", threads=1)
    room = Newsroom(Settings(db=folder / "news.duckdb", storage=storage))
    room.publish(Story("a", title="Hiệp ước، المعاهدة"), Story("b", label="hopes"))
    return room.settings


def fingerprint(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


@pytest.mark.slow
@pytest.mark.parametrize("query", [*WRITES, *OUTSIDE])
def test_a_hostile_query_is_refused_and_leaves_nothing(
    asked: Settings, tmp_path: Path, query: str
) -> None:
    secret, target = tmp_path / "secret.csv", tmp_path / "target"
    secret.write_text("name,word\na,swordfish\n", encoding="utf-8")
    before = fingerprint(asked.db)
    with pytest.raises(UsageError) as caught:
        run_query(asked, query.format(secret=secret, target=target))
    assert "swordfish" not in str(caught.value)
    assert str(caught.value).strip().count("\n") <= 3
    assert fingerprint(asked.db) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["secret.csv"]


@pytest.mark.slow
@pytest.mark.parametrize("query", HEAVY)
def test_a_heavy_query_ends_in_time_with_a_clear_sentence(asked: Settings, query: str) -> None:
    started = time.monotonic()
    with pytest.raises(UsageError, match=r"stopped after 0\.8 s|needs more memory"):
        run_query(asked, query)
    # Starting and stopping a process on a machine with other work takes its own while.
    assert time.monotonic() - started < LIMIT + 8


def test_the_process_of_a_query_loads_nothing_that_only_others_need() -> None:
    asked = "import sys, treatywatch.storage.sandbox_child; print(*sys.modules)"
    command = [sys.executable, "-P", "-c", asked]
    loaded = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert "duckdb" in loaded
    assert {"pydantic", "treatywatch.config.settings", "numpy", "typer"} & set(loaded) == set()


def test_there_are_enough_hostile_queries() -> None:
    assert len({*WRITES, *OUTSIDE, *HEAVY}) >= 60


@pytest.mark.slow
def test_what_reads_is_answered(asked: Settings) -> None:
    for query in (
        "SELECT count(*) FROM article_stance",
        "WITH x AS (FROM article_stance) SELECT count(*) FROM x;",
        "FROM article_stance",
        "VALUES (1)",
        "DESCRIBE article_stance",
        "SHOW TABLES",
        "SUMMARIZE article_stance",
        "EXPLAIN SELECT 1",
        "-- a comment\nSELECT 1 /* and ; more */",
    ):
        assert run_query(asked, query).rows


def test_an_answer_has_columns_types_rows_and_says_what_was_cut(asked: Settings) -> None:
    result = run_query(asked, "SELECT x, 'é' AS y FROM range(10) AS t (x)", max_rows=3)
    assert (result.columns, result.types) == (("x", "y"), ("BIGINT", "VARCHAR"))
    assert (list(result.rows), result.is_truncated) == ([(0, "é"), (1, "é"), (2, "é")], True)
    assert result.source == asked.db.absolute()


def test_an_endless_answer_is_read_only_as_far_as_wanted(asked: Settings) -> None:
    with open_query(asked, "SELECT * FROM range(100000000000)") as running:
        first = next(iter(running.portions))
    assert first[:2] == [(0,), (1,)]


def test_parameters_are_bound_not_pasted(asked: Settings) -> None:
    hostile = "'; DROP TABLE feeds; --"
    query = "SELECT $a AS a, $n + 1 AS n"
    assert list(run_query(asked, query, {"a": hostile, "n": 1}).rows) == [(hostile, 2)]
    assert parse_parameters({"a": "x", "b": "12", "c": "1.5", "d": "true"}) == {
        "a": "x", "b": 12, "c": 1.5, "d": True,
    }  # fmt: skip


def test_a_mistake_is_shown_with_its_place_and_a_suggestion(asked: Settings) -> None:
    with pytest.raises(QueryError) as caught:
        run_query(asked, "SELECT outlet,\n  titel\nFROM article_stance")
    assert (caught.value.line, caught.value.column) == (2, 3)
    assert '"title"' in str(caught.value)
    assert "  titel\n    ^" in str(caught.value)


def test_a_mistake_in_a_long_line_is_pointed_at(asked: Settings) -> None:
    query = "SELECT " + ", ".join(["title"] * 40) + ", titel FROM article_stance"
    with pytest.raises(QueryError) as caught:
        run_query(asked, query)
    assert caught.value.column == query.index("titel ") + 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("", "empty"),
        ("  -- nothing", "empty"),
        ("SELEC 1", "syntax error"),
        ("SELECT * FROM stance_by_wek", "stance_by_week"),
        ("SELECT $missing", "missing"),
        ("SELECT '" + "x" * 200_000 + "'", "longer than"),
        ("SELECT 1 \x00", "null character"),
        ("@nothing", "no query is named"),
        ("SELECT \ud800", "UTF-8"),
    ],
)
def test_a_wrong_query_is_named(asked: Settings, query: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        run_query(asked, query)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(named_queries()))
def test_every_named_query_is_answered(asked: Settings, name: str) -> None:
    query = named_queries()[name]
    assert run_query(asked, f"@{name}").columns
    assert query.title.endswith(".")
    given = {parameter: {"since": "2026-01-01", "language": "en"}.get(parameter, 1)
             for parameter in query.parameters}  # fmt: skip
    assert run_query(asked, f"@{name}", given).columns


def test_a_named_query_refuses_parameters_it_does_not_have(asked: Settings) -> None:
    with pytest.raises(UsageError, match="takes language, most"):
        run_query(asked, "@latest_articles", {"lang": "en"})


@pytest.mark.slow
def test_parquet_holds_what_the_query_says(asked: Settings, tmp_path: Path) -> None:
    import duckdb

    target = tmp_path / "it's.parquet"
    write_parquet(asked, "SELECT title FROM article_stance ORDER BY 1;", None, target)
    assert duckdb.connect().execute("FROM read_parquet($f)", {"f": str(target)}).fetchall() == [
        ("Hiệp ước، المعاهدة",),
        ("The treaty",),
    ]
    with pytest.raises(UsageError):
        write_parquet(asked, "SELECT nothing", None, tmp_path / "other.parquet")
    with pytest.raises(UsageError, match="no such folder"):
        write_parquet(asked, "SELECT 1", None, tmp_path / "none" / "x.parquet")
    assert [path.name for path in tmp_path.iterdir()] == ["it's.parquet"]


def test_a_parquet_query_cannot_write_elsewhere(asked: Settings, tmp_path: Path) -> None:
    escape = f"SELECT 1) TO '{tmp_path}/x' (FORMAT csv); --"
    with pytest.raises(UsageError):
        write_parquet(asked, escape, None, tmp_path / "y.parquet")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_a_query_can_ask_as_of_a_moment(asked: Settings) -> None:
    before = run_query(asked, "SELECT count(*) FROM article_stance", as_of=NOON - timedelta(1))
    after = run_query(asked, "SELECT count(*) FROM article_stance", as_of=NOON)
    assert (list(before.rows), list(after.rows)) == ([(0,)], [(2,)])
    with pytest.raises(UsageError, match="time zone"):
        run_query(asked, "SELECT 1", as_of=NOON.replace(tzinfo=None))


def test_without_a_database_the_way_to_one_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="treatywatch run"):
        run_query(Settings(db=tmp_path / "none.duckdb"), "SELECT 1")


@pytest.mark.parametrize(
    ("text", "size"), [("512MB", 512_000_000), ("1.5 GiB", 1_500_000_000), ("10", 10)]
)
def test_sizes_are_read(text: str, size: int) -> None:
    assert bytes_of(text) == size


def test_a_size_that_is_none_is_refused() -> None:
    with pytest.raises(UsageError, match="512MB"):
        bytes_of("much")


def test_a_parameter_that_was_not_given_is_asked_for_by_name(newsroom: Newsroom) -> None:
    with pytest.raises(QueryError, match=r"asks for \$lang, which .* --param lang=\.\.\."):
        run_query(newsroom.settings, "FROM feeds WHERE language = $lang")


@pytest.mark.parametrize("query", ["SELECT ?", "FROM feeds WHERE language = $1 OR id = $2"])
def test_a_parameter_without_a_name_is_given_one(newsroom: Newsroom, query: str) -> None:
    with pytest.raises(QueryError, match=r"has a \? or \$1; write \$name in its place and add"):
        run_query(newsroom.settings, query)


@pytest.mark.slow
def test_a_reader_that_stops_early_is_not_taken_for_a_failure(newsroom: Newsroom) -> None:
    def head() -> None:
        with open_query(newsroom.settings, "FROM range(100000)") as running:
            next(running.rows())
            raise BrokenPipeError  # as `| head -1` does

    with pytest.raises(BrokenPipeError):
        head()


def test_a_module_in_the_folder_one_stands_in_is_not_run(
    asked: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("duckdb", "pickle"):
        (tmp_path / f"{name}.py").write_text(f"open('{name}-ran', 'w')", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    settings = asked.model_copy(update={"db": asked.db.absolute()})
    assert list(run_query(settings, "SELECT 1").rows) == [(1,)]
    assert list(tmp_path.glob("*-ran")) == []
