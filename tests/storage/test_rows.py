import duckdb

from treatywatch.storage.rows import identifier, literal, rows_of, scalar, storable


def test_an_answer_is_read_by_the_names_of_its_columns() -> None:
    with duckdb.connect() as connection:
        assert rows_of(connection.execute("SELECT 1 AS a, 'x' AS b UNION ALL SELECT 2, NULL")) == [
            {"a": 1, "b": "x"},
            {"a": 2, "b": None},
        ]
        assert scalar(connection, "SELECT $n + 1", {"n": 4}) == 5
        assert scalar(connection, "SELECT 1 WHERE false") is None


def test_what_is_written_into_sql_stays_what_it_was() -> None:
    with duckdb.connect() as connection:
        hostile = """a'b"c'; DROP TABLE x --"""
        assert scalar(connection, f"SELECT {literal(hostile)}") == hostile
        answer = connection.execute(f"SELECT 1 AS {identifier(hostile)}")
        assert rows_of(answer) == [{hostile: 1}]


def test_half_a_pair_is_replaced_and_all_else_stays() -> None:
    assert storable("Công ước \ud800 معاهدة") == "Công ước ? معاهدة"
    assert storable("plain") == "plain"
