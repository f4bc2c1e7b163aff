from dataclasses import replace
from pathlib import Path

import pytest

from treatywatch.config.feeds import append_feed, choose_feeds, load_feeds
from treatywatch.news.errors import UsageError
from treatywatch.news.records import Feed

GOOD = """\
# my list
- id: one
  name: Một
  url: https://one.example/feed   # the main one
  language: vi
"""


def test_the_built_in_list_has_thirty_feeds_a_language() -> None:
    feeds = load_feeds()
    counts = {
        language: sum(f.language == language for f in feeds) for language in ("ar", "en", "vi")
    }
    assert counts == {"ar": 30, "en": 30, "vi": 30}
    assert sum(not feed.enabled for feed in feeds) == 8


def test_a_feed_is_enabled_when_the_key_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "feeds.yaml"
    path.write_text(GOOD, encoding="utf-8")
    assert load_feeds(path) == (Feed("one", "Một", "https://one.example/feed", "vi"),)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (
            GOOD.replace("language: vi", "language: fr"),
            ["feed 1", "'one'", "language", "fr", "ar, en, vi"],
        ),
        (GOOD + "  colour: red\n", ["feed 1", "colour", "allowed are", "homepage"]),
        (GOOD.replace("  name: Một\n", ""), ["feed 1", "'name' is missing"]),
        (GOOD + GOOD, ["feed 2", "used twice"]),
        (GOOD.replace("https://one", "ftp://one"), ["url", "ftp://one", "http or https"]),
        (GOOD.replace("https://one.example/feed", "'http://[::1'"), ["url", "http or https"]),
        (GOOD + "  enabled: maybe\n", ["enabled", "maybe", "true or false"]),
        (GOOD + "  country: Vietnam\n", ["country", "two capital letters"]),
        (GOOD.replace("id: one", "id: 12"), ["id = 12", "quotes"]),
        (GOOD.replace("id: one", "id: 'a b'"), ["id", "letters"]),
        ("- just text\n", ["feed 1", "mapping"]),
        ("feeds: 3\n", ["must be a list"]),
        ("- id: [\n", ["not valid YAML", "line"]),
        (GOOD + "  notes: 2026-02-30\n", ["not valid YAML", "quotes"]),
        ("[" * 1000, ["nested too deep (line 1)"]),
        (GOOD + "  notes:\n    " + "[" * 1000 + "]" * 1000, ["nested too deep (line 7)"]),
    ],
)
def test_a_mistake_is_named_in_one_sentence(tmp_path: Path, text: str, parts: list[str]) -> None:
    path = tmp_path / "feeds.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        load_feeds(path)
    message = str(caught.value)
    assert message.startswith(str(path))
    assert "\n" not in message
    for part in parts:
        assert part in message


def test_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such feed list"):
        load_feeds(tmp_path / "none.yaml")
    bad = tmp_path / "bad.yaml"
    bad.write_bytes(b"- id: \xff\n")
    with pytest.raises(UsageError, match="not UTF-8"):
        load_feeds(bad)


def test_append_keeps_comments_and_refuses_doubles(tmp_path: Path) -> None:
    path = tmp_path / "feeds.yaml"
    path.write_text(GOOD, encoding="utf-8")
    append_feed(path, Feed("two", "Two", "https://two.example/feed", "en", enabled=False))
    text = path.read_text(encoding="utf-8")
    assert "# my list" in text
    assert "# the main one" in text
    assert [feed.id for feed in load_feeds(path)] == ["one", "two"]
    assert not load_feeds(path)[1].enabled
    with pytest.raises(UsageError, match="used already"):
        append_feed(path, Feed("two", "Other", "https://three.example/feed", "en"))
    with pytest.raises(UsageError, match="listed already as 'one'"):
        append_feed(path, Feed("three", "Other", "https://one.example/feed", "en"))
    with pytest.raises(UsageError, match="listed already as 'one'"):  # the id is no news then
        append_feed(path, Feed("one", "Other", "https://one.example/feed", "en"))
    with pytest.raises(UsageError, match="language = 'fr'"):  # could not be read again
        append_feed(path, Feed("four", "Four", "https://four.example/feed", "fr"))
    assert path.read_text(encoding="utf-8") == text


def test_a_feed_that_is_named_is_fetched_though_it_is_off() -> None:
    on = Feed("on", "On", "https://on.example/", "en")
    off = Feed("off", "Off", "https://off.example/", "vi", enabled=False)
    assert choose_feeds([on, off], ["off"]) == (replace(off, enabled=True),)
    assert choose_feeds([on, off], []) == (on,)
    with pytest.raises(UsageError, match="no enabled feed"):
        choose_feeds([off], [])
