from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from tests.storage.conftest import Newsroom, Story
from treatywatch.cli.prompt import (
    SqlCompleter,
    answer,
    history_file,
    is_complete,
    make_session,
    start_prompt,
)
from treatywatch.cli.sql import sql
from treatywatch.config.settings import Settings
from treatywatch.news.errors import UsageError
from treatywatch.storage.vocabulary import Vocabulary, complete, read_vocabulary

WORDS = Vocabulary(
    {
        "article_stance": ("article_id", "title", "label"),
        "stance_by_week": ("period", "language"),
        "feeds": ("feed_id", "name"),
    },
    ("FROM", "SELECT", "WHERE", "LIMIT"),
    ("lower", "list_sort"),
    {"@stance_by_week": "Weeks.", "@feed_health": "Feeds."},
)


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Newsroom:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    made = Newsroom(Settings(db=tmp_path / "news.duckdb"))
    made.publish(Story("a", title="المعاهدة"))
    return made


@pytest.mark.parametrize(
    ("before", "after", "first"),
    [
        ("SELECT ti", " FROM article_stance", ["title"]),
        ("SELECT l", " FROM article_stance", ["label", "limit", "lower", "list_sort"]),
        ("SEL", "", ["SELECT"]),
        ("select * from sta", "", ["stance_by_day", "stance_by_week"]),
        ("SELECT * FROM fee", "", ["feed_health"]),
        ("SELECT s.l", " FROM stance_by_week AS s", ["s.language"]),
        ("SELECT feeds.n", " FROM feeds", ["feeds.name"]),
        ("@st", "", ["@stance_by_week"]),
        ("SELECT zzz", "", []),
        ("SELECT ", "", []),
    ],
)
def test_the_word_at_the_cursor_is_completed(before: str, after: str, first: list[str]) -> None:
    found = complete(before, after, WORDS)
    assert [name for name in found if name in first][: len(first)] == [
        name for name in first if name in found
    ]
    assert (not found) == (not first)
    assert set(first) & set(found) or not first


def test_the_completer_replaces_the_typed_part() -> None:
    document = Document("SELECT tit", len("SELECT tit"))
    (found,) = SqlCompleter(WORDS).get_completions(document, CompleteEvent())
    assert (found.text, found.start_position) == ("title", -3)


@pytest.mark.parametrize(
    ("text", "sends"),
    [("", True), ("SELECT 1", False), ("SELECT\n1 ;", True), ("@x", True), (".help", True)],
)
def test_enter_sends_only_what_is_complete(text: str, sends: bool) -> None:
    assert is_complete(text) is sends


@pytest.mark.slow
def test_the_vocabulary_is_that_of_the_database(room: Newsroom) -> None:
    words = read_vocabulary(room.settings)
    assert words.tables["stance_by_week"][:2] == ("period", "language")
    assert "SELECT" in words.keywords
    assert "CREATE" not in words.keywords
    assert "regexp_matches" in words.functions
    assert "@stance_by_week" in words.named


@pytest.mark.slow
def test_queries_and_own_words_are_answered(room: Newsroom) -> None:
    words = read_vocabulary(room.settings)
    assert answer(room.settings, words, "SELECT title FROM article_stance;").rows == (
        ("المعاهدة",),
    )
    assert answer(room.settings, words, "@stance_by_week;").columns[0] == "period"
    assert answer(room.settings, words, ".quit").is_end
    assert "article_stance" in dict(answer(room.settings, words, ".tables").rows)
    assert "@feed_health" in dict(answer(room.settings, words, ".named").rows)
    assert "Tab completes" in answer(room.settings, words, ".what").words
    assert answer(room.settings, words, "  ").columns == ()
    with pytest.raises(UsageError, match="DROP"):
        answer(room.settings, words, "DROP TABLE feeds;")


def test_a_query_over_several_lines_is_typed_sent_and_remembered(
    room: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    with create_pipe_input() as keys, create_app_session(input=keys, output=DummyOutput()):
        keys.send_text("SELECT title\r")
        keys.send_text("FROM article_stance;\r")
        session = make_session(WORDS)
        assert session.prompt() == "SELECT title\nFROM article_stance;"
    assert "FROM article_stance;" in history_file().read_text(encoding="utf-8")
    assert history_file().stat().st_mode & 0o077 == 0


def test_options_of_an_answer_open_no_session(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", SimpleNamespace(isatty=lambda: True))
    for options in ({"as_of": "2026-10-31"}, {"param": ["a=1"]}, {"out": Path("x")}):
        with pytest.raises(UsageError, match="need a query"):
            sql(None, **options)  # type: ignore[arg-type]


@pytest.mark.slow
def test_a_session_answers_shows_mistakes_and_ends(
    room: Newsroom, capsys: pytest.CaptureFixture[str]
) -> None:
    with create_pipe_input() as keys, create_app_session(input=keys, output=DummyOutput()):
        keys.send_text("SELECT titel FROM article_stance;\r")
        keys.send_text("SELECT title FROM article_stance;\r")
        keys.send_text("SELECT 0.004::DOUBLE;\r")
        keys.send_text(".quit\r")
        start_prompt(room.settings)
    shown = capsys.readouterr()
    assert "المعاهدة" in shown.out
    assert "0.004" in shown.out
    assert "(line 1, column 8)" in shown.err
    assert "1 rows" in shown.err
