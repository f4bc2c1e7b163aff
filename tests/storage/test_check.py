"""Every rule of `db check` finds what breaks it."""

from __future__ import annotations

import duckdb
import pytest

from tests.storage.conftest import Newsroom, Story
from treatywatch.storage.check import check_connection, checks

BREAKS = {
    "entry_twice": "INSERT INTO entries SELECT * FROM entries",
    "article_twice": "INSERT INTO articles SELECT * FROM articles",
    "feed_twice": "INSERT INTO feeds SELECT * FROM feeds LIMIT 1",
    "version_twice": "INSERT INTO article_versions SELECT * FROM article_versions",
    "version_numbers": "UPDATE article_versions SET version = 7",
    "passage_twice": "INSERT INTO passages SELECT * FROM passages LIMIT 1",
    "score_twice": "INSERT INTO passage_stances SELECT * FROM passage_stances LIMIT 1",
    "stance_twice": "INSERT INTO article_stances SELECT * FROM article_stances",
    "version_orphan": "UPDATE article_versions SET article_id = 'x'",
    "sighting_orphan": "UPDATE article_sightings SET content_hash = 'x'",
    "version_unseen": "DELETE FROM article_sightings",
    "treaty_without_version": "DELETE FROM article_versions",
    "stance_orphan": "UPDATE article_stances SET content_hash = 'x'",
    "passage_orphan": "UPDATE passages SET cut_id = 'x'",
    "score_orphan": "UPDATE passage_stances SET position = 99",
    "link_orphan": "INSERT INTO story_links VALUES ('x', 's', false, now())",
    "model_orphan": "DELETE FROM models",
    "entry_orphan": "DELETE FROM feeds",
    "done_without_article": "UPDATE entries SET article_id = NULL",
    "passage_offsets": "UPDATE passages SET char_start = char_start + 1 WHERE kind = 'body'",
    "name_offsets": "UPDATE article_versions SET names = [{'name': 'n', 'matched': 'nothing', "
    "'char_start': 0, 'char_end': 3, 'strength': 'S', 'field': 'text'}]",
    "text_of_others": "UPDATE article_versions SET is_treaty = false",
    "label_known": "UPDATE article_stances SET label = 'glad'",
    "scores_in_range": "UPDATE article_stances SET hope_score = 1.5",
    "days_of_times": "UPDATE articles SET published_date = '2020-01-01'",
    "seen_in_order": "UPDATE articles SET last_seen_at = '2020-01-01'",
    "views_add_up": "CREATE OR REPLACE VIEW stance_by_day AS SELECT 3 AS articles",
    "stance_facts_stale": "UPDATE stance_facts SET label = 'hopes'",
    "evidence_facts_stale": "DELETE FROM evidence_facts",
    "theme_facts_stale": "DELETE FROM theme_facts",
    "watch_facts_stale": "DELETE FROM watch_facts",
    "stance_counts_stale": "UPDATE stance_counts SET stories = stories + 1",
    "theme_counts_stale": "DELETE FROM theme_counts",
}


@pytest.mark.slow
def test_each_rule_finds_what_breaks_it(newsroom: Newsroom) -> None:
    newsroom.publish(Story("a"))
    assert set(BREAKS) >= {check.name for check in checks()}
    with duckdb.connect(str(newsroom.settings.db)) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        assert check_connection(connection) == []
        for name, statement in BREAKS.items():
            connection.execute("BEGIN")
            connection.execute(statement)
            found = {problem.name: problem for problem in check_connection(connection)}
            connection.execute("ROLLBACK")
            assert name in found, (name, list(found))
            assert found[name].count >= 1
            assert found[name].examples
