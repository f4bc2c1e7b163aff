"""The interactive prompt of `treatywatch sql`: history, completion, several lines."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from prompt_toolkit.auto_suggest import AutoSuggestFromHistory
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.filters import Condition
from prompt_toolkit.history import FileHistory, History, InMemoryHistory
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.lexers import PygmentsLexer
from prompt_toolkit.shortcuts import PromptSession
from pygments.lexers.sql import SqlLexer

from treatywatch.cli.output import say, table
from treatywatch.config.settings import Settings
from treatywatch.news.errors import TreatywatchError
from treatywatch.storage.vocabulary import Vocabulary, complete, read_vocabulary, word_before

if TYPE_CHECKING:
    from prompt_toolkit.document import Document

_ROWS = 200
_HELP = """A query ends with ';' (Enter before that makes a new line). Tab completes.
  @name     a named query            .tables   the tables and views
  .named    the named queries        .quit     leave (also Ctrl-D)"""


@dataclass(frozen=True, slots=True)
class Reply:
    """What to show for an input: a table, words, or the end."""

    words: str = ""
    title: str = ""
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[object, ...], ...] = ()
    is_end: bool = False


class SqlCompleter(Completer):
    """Complete tables, columns, keywords, functions and named queries."""

    def __init__(self, words: Vocabulary) -> None:
        self._words = words

    def get_completions(
        self,
        document: Document,
        complete_event: CompleteEvent,  # noqa: ARG002
    ) -> Iterator[Completion]:
        """Yield what the word at the cursor may become."""
        before = document.text_before_cursor
        typed = word_before(before)
        for name in complete(before, document.text_after_cursor, self._words):
            meta = self._words.named.get(name, "")
            yield Completion(name, start_position=-len(typed), display_meta=meta)


def start_prompt(settings: Settings) -> None:
    """Ask and answer until the person leaves.

    Raises:
        UsageError, StorageError: there is no database, or it cannot be read.
    """
    words = read_vocabulary(settings)
    session = make_session(words)
    say(_HELP)
    while True:
        try:
            text = session.prompt("sql> ")
        except KeyboardInterrupt:
            continue
        except EOFError:
            return
        try:
            reply = answer(settings, words, text)
        except TreatywatchError as error:
            say(str(error))
            continue
        except KeyboardInterrupt:
            say("stopped.")
            continue
        if reply.is_end:
            return
        if reply.columns:
            table(reply.title, reply.columns, reply.rows, exact=True)
        if reply.words:
            say(reply.words)


def make_session(words: Vocabulary) -> PromptSession[str]:
    """Return a prompt with history, completion and several lines."""
    session: PromptSession[str] = PromptSession(
        history=open_history(),
        completer=SqlCompleter(words),
        complete_while_typing=False,
        auto_suggest=AutoSuggestFromHistory(),
        lexer=PygmentsLexer(SqlLexer),
        multiline=True,
        prompt_continuation="...> ",
        key_bindings=_keys(),
    )
    return session


def answer(settings: Settings, words: Vocabulary, text: str) -> Reply:
    """Return what an input gets: the answer to a query, or to one of the prompt's own words.

    Raises:
        UsageError: the query cannot be answered; it says where and why.
    """
    line = text.strip()
    if not line:
        return Reply()
    if line.startswith("."):
        return _own_word(line.rstrip(";").split()[0], words)
    from treatywatch.storage.sandbox import run_query

    query = line.rstrip("; \n") if line.startswith("@") else line
    result = run_query(settings, query, max_rows=_ROWS)
    more = f" (the first {_ROWS} are shown)" if result.is_truncated else ""
    return Reply(
        words=f"{len(result.rows)} rows{more} in {result.seconds:.2f} s",
        columns=result.columns,
        rows=tuple(result.rows),
    )


def is_complete(text: str) -> bool:
    """Tell whether Enter sends this text, or begins a new line."""
    line = text.strip()
    return not line or line.startswith((".", "@")) or line.endswith(";")


def history_file() -> Path:
    """Return where the history of the prompt is kept."""
    state = os.environ.get("XDG_STATE_HOME")
    base = Path(state) if state else Path.home() / ".local" / "state"
    return base / "treatywatch" / "sql_history"


def open_history() -> History:
    """Return the history of earlier sessions, or an empty one where no file can be kept."""
    path = history_file()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
    except OSError:
        return InMemoryHistory()
    return FileHistory(str(path))


def _own_word(word: str, words: Vocabulary) -> Reply:
    if word in (".quit", ".exit", ".q"):
        return Reply(is_end=True)
    if word == ".tables":
        rows: Iterable[tuple[object, ...]] = (
            (name, ", ".join(columns)) for name, columns in words.tables.items()
        )
        return Reply(columns=("table or view", "columns"), rows=tuple(rows))
    if word == ".named":
        return Reply(columns=("query", "what it asks"), rows=tuple(words.named.items()))
    return Reply(words=_HELP)


def _keys() -> KeyBindings:
    keys = KeyBindings()

    @Condition
    def sends() -> bool:
        from prompt_toolkit.application import get_app

        return is_complete(get_app().current_buffer.text)

    @keys.add("enter", filter=sends)
    def _send(event: KeyPressEvent) -> None:
        event.current_buffer.validate_and_handle()

    return keys
