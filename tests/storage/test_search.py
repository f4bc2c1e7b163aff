from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.storage.conftest import NOON, Newsroom, Story
from treatywatch.config.settings import Settings
from treatywatch.news.errors import StorageError, UsageError
from treatywatch.storage import search_index, snapshots
from treatywatch.storage.search import SearchQuery, search
from treatywatch.storage.search_segments import Segment
from treatywatch.storage.search_text import (
    Words,
    folded_words,
    parse_words,
    snippet,
    tokens,
)
from treatywatch.storage.writer import Writer

ARABIC = "أعلنت الحكومة أنّ الاتفاقية الدولية تُلزم الدول بإنشاء نقطة اتصال، ورحّب بها المدافعون."
VIETNAMESE = "Công ước Hà Nội mở ra cơ hội hợp tác; Đại sứ nói hiệp ước bảo vệ người dân."
ENGLISH = "Campaigners warned that the convention lets states demand private data abroad."


def fill(newsroom: Newsroom) -> Newsroom:
    newsroom.publish(
        Story("ar", text=ARABIC, title="الاتفاقية الجديدة", language="ar", feed_id="feed2"),
        Story(
            "vi", text=VIETNAMESE, title="Công ước về tội phạm mạng", language="vi", feed_id="feed3"
        ),
        Story("en", text=ENGLISH, title="A convention with doubts"),
        Story("other", text="The states met in May. Nothing private was said.", title="Talks"),
    )
    return newsroom


@pytest.fixture
def library(newsroom: Newsroom) -> Newsroom:
    return fill(newsroom)


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory, template: Path) -> Newsroom:
    """The library and its index, made once, for tests that only ask."""
    db = tmp_path_factory.mktemp("shelf") / "news.duckdb"
    return fill(Newsroom(Settings(db=db), template))


def found(room: Newsroom, words: str, **query: object) -> list[str]:
    hits = search(room.settings, SearchQuery(words, **query))  # type: ignore[arg-type]
    return [hit.article_id.removeprefix("a-") for hit in hits]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("cong uoc", ["vi"]),
        ("CÔNG ƯỚC", ["vi"]),
        ("dai su", ["vi"]),
        ("Đại sứ", ["vi"]),
        ("Co\u0302ng u\u031bo\u031b\u0301c", ["vi"]),
        ("الاتفاقيه", ["ar"]),
        ("الاتفاقيّة", ["ar"]),
        ("اعلنت", ["ar"]),
        ("أعلنت", ["ar"]),
        ("إنشاء", []),
        ("بإنشاء", ["ar"]),
        ("بانشاء نقطه", ["ar"]),
        ("اتصال", ["ar"]),
        ("private data", ["en"]),
        ('"private data"', ["en"]),
        ('"data private"', []),
        ("«نقطة اتصال»", ["ar"]),
        ('"hop tac dai su"', ["vi"]),
        ("nowhere", []),
        ("states nowhere", []),
    ],
)
def test_words_are_found_as_readers_type_them(
    shelf: Newsroom, words: str, expected: list[str]
) -> None:
    assert found(shelf, words) == expected


@pytest.mark.slow
def test_the_better_match_comes_first_and_languages_filter(shelf: Newsroom) -> None:
    assert found(shelf, "private") == ["en", "other"] or found(shelf, "private") == [
        "other",
        "en",
    ]
    assert found(shelf, "convention")[0] == "en"
    assert found(shelf, "states", language="vi") == []
    assert len(found(shelf, "states", limit=1)) == 1
    assert found(shelf, "states", offset=1) == found(shelf, "states")[1:]


def test_the_place_of_a_hit_is_marked_in_the_text_itself(shelf: Newsroom) -> None:
    (hit,) = search(shelf.settings, SearchQuery("dai su"))
    shown = hit.text_snippet
    assert VIETNAMESE[shown.start : shown.start + len(shown.text)] == shown.text
    assert [shown.text[start:end] for start, end in shown.marks] == ["Đại", "sứ"]
    (arabic,) = search(shelf.settings, SearchQuery("الاتفاقيه"))
    marks = [arabic.text_snippet.text[a:b] for a, b in arabic.text_snippet.marks]
    assert marks == ["الاتفاقية"]


@pytest.mark.slow
def test_new_and_edited_articles_are_found_at_once_and_old_words_are_not(
    library: Newsroom,
) -> None:
    assert found(library, "treaty") == []
    library.publish(
        Story("new", text="A treaty at last."),
        Story("en", text="The warning was withdrawn.", title="Correction"),
        at=NOON + timedelta(days=1),
    )
    assert found(library, "last") == ["new"]
    assert found(library, "withdrawn") == ["en"]
    assert found(library, "campaigners") == []
    assert search_index.refresh(library.settings) == 0


@pytest.mark.slow
def test_what_is_shown_is_not_crowded_out_by_what_is_not(newsroom: Newsroom) -> None:
    loud = [Story(f"off{n}", text="convention " * 5, label="off_topic") for n in range(12)]
    newsroom.publish(*loud, Story("quiet", text="Of the convention, at length. " + "word " * 60))
    assert found(newsroom, "convention", limit=1) == ["quiet"]
    assert found(newsroom, "convention", limit=1, offset=1) == []


@pytest.mark.slow
def test_many_small_segments_become_one(newsroom: Newsroom) -> None:
    for number in range(8):
        newsroom.publish(Story(str(number), text=f"word{number} common"))
        search_index.refresh(newsroom.settings)
    listed = search_index.segments(newsroom.settings)
    assert len(listed) <= 7
    assert sum(segment.docs for segment in listed) == 8
    assert len(found(newsroom, "common")) == 8
    assert found(newsroom, "word3") == ["3"]
    files = {path.name for path in search_index.folder(newsroom.settings).glob("segment-*")}
    assert files == {segment.path.name for segment in listed}


@pytest.mark.slow
def test_the_index_follows_what_readers_read(library: Newsroom) -> None:
    snapshots.make(library.settings, NOON)
    library.publish(Story("late", text="Unseen words."), at=NOON + timedelta(days=1))
    assert found(library, "unseen") == []
    snapshots.make(library.settings, NOON + timedelta(days=1))
    assert found(library, "unseen") == ["late"]


@pytest.mark.slow
def test_a_damaged_manifest_and_a_missing_segment_are_made_again(
    library: Newsroom,
) -> None:
    assert found(library, "campaigners") == ["en"]
    (segment,) = search_index.segments(library.settings)
    segment.path.unlink()
    assert found(library, "campaigners") == ["en"]
    manifest = search_index.folder(library.settings) / "manifest.json"
    for damage in (b"{", b"[]", b"", b"\xff", b'{"format": 1}', b'{"format": 1, "segments": [7]}'):
        manifest.write_bytes(damage)
        assert found(library, "campaigners") == ["en"]
        assert len(search_index.segments(library.settings)) == 1
    files = {path.name for path in manifest.parent.glob("segment-*")}
    assert files == {segment.path.name for segment in search_index.segments(library.settings)}


@pytest.mark.parametrize("may_write", [True, False])
def test_segments_that_are_joined_meanwhile_are_listed_again(
    library: Newsroom, monkeypatch: pytest.MonkeyPatch, may_write: bool
) -> None:
    assert found(library, "campaigners") == ["en"]
    monkeypatch.setattr(search_index, "_may_write", lambda _: may_write)
    listed, listings = search_index.segments, []

    def list_and_replace(settings: Settings) -> list[Segment]:
        answer = listed(settings)
        listings.append(answer)
        if len(listings) == (2 if may_write else 1):  # the first of two is the refresh's
            search_index.forget(settings)
            monkeypatch.setattr(search_index, "segments", listed)
            search_index.refresh(settings)
        return answer

    monkeypatch.setattr(search_index, "segments", list_and_replace)
    assert found(library, "campaigners") == ["en"]
    assert len(listings) == (2 if may_write else 1)
    assert not listings[-1][0].path.exists()


def test_half_made_segments_of_killed_processes_go(library: Newsroom) -> None:
    search_index.refresh(library.settings)
    half = search_index.folder(library.settings) / ".segment-7.duckdb.1.tmp.wal"
    half.touch()
    os.utime(half, (0, 0))
    search_index.refresh(library.settings)
    assert not half.exists()


@pytest.mark.slow
def test_where_nothing_may_be_written_all_is_found(
    library: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_index, "_may_write", lambda _: False)
    assert found(library, "campaigners") == ["en"]
    assert not search_index.folder(library.settings).exists()
    search_index.refresh(library.settings)
    library.publish(Story("new", text="A treaty at last."), at=NOON + timedelta(days=1))
    kept = search_index.segments(library.settings)
    assert (found(library, "last"), found(library, "campaigners")) == (["new"], ["en"])
    assert search_index.segments(library.settings) == kept


def test_a_folder_or_a_lock_without_permission_is_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Root may write anywhere, so the system's answer is played."""
    place = tmp_path / "news.search"
    for denied, is_there, may in (
        (tmp_path, False, False),
        (place, False, True),
        (place, True, False),
        (place / ".lock", True, False),
        (None, True, True),
    ):
        if is_there:
            place.mkdir(exist_ok=True)
            (place / ".lock").touch()
        monkeypatch.setattr(os, "access", lambda path, _, denied=denied: path != denied)
        assert search_index._may_write(place) is may


@pytest.mark.parametrize("words", ["", "   ", '""', "!?", "؟"])
def test_a_search_without_a_word_is_refused(newsroom: Newsroom, words: str) -> None:
    with pytest.raises(UsageError, match="no word"):
        search(newsroom.settings, SearchQuery(words))


def test_a_search_of_too_many_words_is_refused() -> None:
    with pytest.raises(UsageError, match="more than 32"):
        parse_words(" ".join(f"w{i}" for i in range(99)))


@pytest.mark.slow
@pytest.mark.parametrize("words", ["'; DROP TABLE docs; --", 'x" OR "1"="1', "a*b[c]{d}(e)|f\\"])
def test_hostile_words_are_only_words(shelf: Newsroom, words: str) -> None:
    assert found(shelf, words) == []
    assert found(shelf, "campaigners") == ["en"]


def test_a_query_is_read_into_words_and_phrases() -> None:
    assert parse_words('Hà Nội "tội phạm mạng" x-y') == Words(
        ("ha", "noi", "toi", "pham", "mang", "x", "y"), (("toi", "pham", "mang"), ("x", "y"))
    )


@given(st.text(max_size=80))
def test_tokens_stand_where_they_say(text: str) -> None:
    for token in tokens(text):
        assert token.word in folded_words(text[token.start : token.end])


@given(st.text(max_size=120), st.text(min_size=1, max_size=10))
def test_marks_lie_in_the_snippet_and_hold_a_word(text: str, query: str) -> None:
    try:
        words = parse_words(query)
    except UsageError:
        return
    shown = snippet(text, words)
    assert text[shown.start : shown.start + len(shown.text)] == shown.text
    for start, end in shown.marks:
        assert set(folded_words(shown.text[start:end])) & set(words.terms)


def test_beside_a_file_that_is_no_database_nothing_is_left(tmp_path: Path) -> None:
    place = tmp_path / "press"
    place.mkdir()
    (place / "bad.duckdb").write_bytes(b"not a database at all")
    with pytest.raises(StorageError, match=r"bad\.duckdb: not a DuckDB database"):
        search(Settings(db=place / "bad.duckdb"), SearchQuery("x"))
    assert [path.name for path in place.iterdir()] == ["bad.duckdb"]


def test_without_a_database_searching_says_so(tmp_path: Path, newsroom: Newsroom) -> None:
    other = newsroom.settings.model_copy(update={"db": tmp_path / "none.duckdb"})
    with pytest.raises(UsageError, match="no database"):
        search(other, SearchQuery("x"))


@pytest.mark.slow
def test_words_of_a_text_that_was_dropped_are_forgotten(library: Newsroom) -> None:
    assert found(library, "doubts private") == ["en"]
    storage = library.settings.storage.model_copy(update={"keep_text_days": 1})
    writer = Writer(library.settings.model_copy(update={"storage": storage}))
    assert writer.apply_retention(NOON + timedelta(days=9)) == 4
    search_index.forget(library.settings)
    assert search_index.segments(library.settings) == []
    assert list(search_index.folder(library.settings).glob("segment-*")) == []
    assert found(library, "private") == []
    assert found(library, "doubts") == ["en"], "titles stay"
