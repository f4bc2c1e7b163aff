"""What the views show, derived when it is written, and only for the articles a batch touched."""

from __future__ import annotations

from treatywatch.storage.batches import Batch
from treatywatch.storage.database import Connection
from treatywatch.storage.sqlfiles import read_sql, statements

FACTS = (
    "stance_facts", "evidence_facts", "theme_facts", "watch_facts", "stance_counts", "theme_counts",
)  # fmt: skip
"""The tables derived from the others, in the order in which they build on each other."""

_SOURCES = {
    "passages": "passages",
    "passage_stances": "passage_stances",
    "evidence": "evidence_facts",
    "since": "DATE '0001-01-01'",
}
# The staged tables whose articles a kind of batch may change in the views.
_TOUCHED = {
    "pages": ("staged_articles", "new_links"),
    "stances": ("staged_article_stances",),
    "stories": ("new_links",),
}


def rebuild_facts(connection: Connection) -> None:
    """Derive again all that the views show, inside the caller's transaction."""
    for table in FACTS:
        connection.execute(f"DELETE FROM {table}")
        connection.execute(f"INSERT INTO {table} BY NAME " + facts_sql(table, "articles"))


def facts_sql(name: str, scope: str, **relations: str) -> str:
    """Return the query behind a facts table, for the articles of one relation.

    `relations` names other tables to read in place of `passages`, `passage_stances`, `evidence`,
    and `days` those whose periods are counted: all when it is left out.
    """
    sources = {"days": read_sql("queries/all_days")} | _SOURCES | relations | {"scope": scope}
    sql = read_sql(f"queries/{name}")
    for source, relation in sources.items():
        sql = sql.replace("{" + source + "}", relation)
    return sql


def refresh_facts(connection: Connection, batch: Batch) -> None:
    """Derive again what a batch may have changed, inside its transaction."""
    if batch.kind == "model":
        _choose_model(connection, batch)
    elif batch.kind in _CHANGED_SINCE:
        _refresh_watch(connection, _CHANGED_SINCE[batch.kind])
    elif batch.kind in _TOUCHED:
        _refresh_facts(connection, batch)


def _refresh_watch(connection: Connection, changed_since: str) -> None:
    """Count again the days a batch can have changed: from the first it touched to the newest."""
    row = connection.execute(changed_since).fetchone()
    if row is None or row[0] is None:
        return
    since = f"DATE '{row[0]:%Y-%m-%d}'"
    connection.execute(f"DELETE FROM watch_facts WHERE day >= {since}")
    counted = facts_sql("watch_facts", "", since=since)
    connection.execute("INSERT INTO watch_facts BY NAME " + counted)


def _refresh_facts(connection: Connection, batch: Batch) -> None:
    touched = " UNION ".join(f"SELECT article_id FROM {name}" for name in _TOUCHED[batch.kind])
    connection.execute(f"CREATE OR REPLACE TEMP TABLE touched AS {touched}")
    _drop_former(connection)
    fresh = facts_sql("stance_facts", "touched")
    connection.execute(f"CREATE OR REPLACE TEMP TABLE fresh_facts AS {fresh}")
    connection.execute("INSERT INTO stance_facts BY NAME FROM fresh_facts")
    _gather_evidence(connection, is_scored="staged_passages" in batch.tables)
    connection.execute("INSERT INTO evidence_facts BY NAME FROM fresh_evidence")
    themes = facts_sql("theme_facts", "touched", evidence="fresh_evidence")
    connection.execute("INSERT INTO theme_facts BY NAME " + themes)
    _count_again(connection)


def _drop_former(connection: Connection) -> None:
    """Take out what was shown of the touched articles, and keep the days it was shown on."""
    connection.execute(_FORMER)
    row = connection.execute("SELECT count(*) FROM former_facts").fetchone()
    if row and row[0]:
        # Articles that were shown nowhere yet need no search in the big tables.
        for table in ("stance_facts", "evidence_facts", "theme_facts"):
            connection.execute(_DELETE_TOUCHED.format(table=table))


def _count_again(connection: Connection) -> None:
    """Count again the periods in which a touched article lies or lay."""
    for statement in statements("queries/changed_days"):
        connection.execute(statement)
    for table in ("stance_counts", "theme_counts"):
        counted = facts_sql(table, "", days="FROM changed_days")
        connection.execute(f"INSERT INTO {table} BY NAME " + counted)


def _gather_evidence(connection: Connection, *, is_scored: bool) -> None:
    """Take the passages from the batch itself, and search the stored ones only for the rest."""
    fresh = "CREATE OR REPLACE TEMP TABLE fresh_evidence AS "
    if not is_scored:
        connection.execute(fresh + facts_sql("evidence_facts", "touched"))
        return
    for statement in _SPLIT_TOUCHED:
        connection.execute(statement)
    staged = facts_sql(
        "evidence_facts", "touched_here", passages="fresh_passages", passage_stances="fresh_stances"
    )
    connection.execute(fresh + staged)
    row = connection.execute("SELECT count(*) FROM touched_elsewhere").fetchone()
    if row and row[0]:
        rest = facts_sql("evidence_facts", "touched_elsewhere")
        connection.execute("INSERT INTO fresh_evidence BY NAME " + rest)


def _choose_model(connection: Connection, batch: Batch) -> None:
    if not batch.options.get("is_current"):
        return
    model_id = batch.tables["staged_models"][0]["model_id"]
    current = connection.execute(
        "SELECT max_by(model_id, (chosen_at, model_id)) FROM model_choices"
    ).fetchone()
    if current is not None and current[0] == model_id:
        return
    connection.execute("INSERT INTO model_choices VALUES (?, ?)", [model_id, batch.now])
    rebuild_facts(connection)


_CHANGED_SINCE = {
    "feeds": """
        SELECT least(
            min(CAST(s.fetched_at AT TIME ZONE b.zone AS DATE)),
            (SELECT max(day) FROM watch_facts)
        )
        FROM staged_feed_fetches AS s, batch AS b
    """,
    "register": """
        SELECT CASE WHEN count(*) > 0 THEN (SELECT min(day) FROM watch_facts) END FROM moved
    """,
}
_FORMER = """
CREATE OR REPLACE TEMP TABLE former_facts AS
SELECT published_date FROM stance_facts
WHERE article_id IN (SELECT article_id FROM touched)
"""
_DELETE_TOUCHED = "DELETE FROM {table} WHERE article_id IN (SELECT article_id FROM touched)"
_SPLIT_TOUCHED = (
    """
    CREATE OR REPLACE TEMP TABLE touched_here AS
    SELECT f.article_id
    FROM stance_facts AS f
    JOIN new_scores AS n ON n.cut_id = f.cut_id AND n.model_id = f.model_id
    WHERE f.article_id IN (SELECT article_id FROM touched)
    """,
    """
    CREATE OR REPLACE TEMP TABLE touched_elsewhere AS
    SELECT t.article_id
    FROM touched AS t
    JOIN stance_facts AS f ON f.article_id = t.article_id
    WHERE t.article_id NOT IN (SELECT article_id FROM touched_here)
    """,
)
