"""Stories: copies are found, and two reports are never taken for one."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from treatywatch.extractors.stories import (
    MIN_WORDS,
    PERMUTATIONS,
    assign_stories,
    fingerprint,
    threshold,
)
from treatywatch.news.stance import StoryMember

START = datetime(2026, 11, 1, tzinfo=UTC)
VOCABULARY = [f"word{n}" for n in range(3000)]


def text(seed: int, words: int = 200) -> str:
    return " ".join(random.Random(seed).choices(VOCABULARY, k=words))


def member(
    name: str, body: str, minutes: int = 0, language: str = "en", story: str = ""
) -> StoryMember:
    at = START + timedelta(minutes=minutes)
    return StoryMember(name, story, language, "Paper", fingerprint(body), len(body.split()), at)


def edited(body: str, share: float, seed: int = 1) -> str:
    chance = random.Random(seed)
    return " ".join(w if chance.random() > share else "changed" for w in body.split())


def test_fingerprints_are_stable_and_folded() -> None:
    assert fingerprint(text(1)) == fingerprint(text(1))
    assert fingerprint("الأمم المتحدة في هانوي") == fingerprint("الامم المتّحدة فى هانوى")
    assert len(fingerprint("a b c")) == PERMUTATIONS
    assert fingerprint("") == fingerprint("...") == ()


def test_fingerprints_do_not_change_between_releases() -> None:
    """Stored fingerprints are compared with new ones: this value may never change."""
    found = fingerprint("the quick brown fox jumps over the lazy dog")
    assert found[:3] == (338641258, 34657047, 137301428)


def test_a_copy_joins_the_earliest_and_another_report_does_not() -> None:
    wire = text(1)
    found = assign_stories(
        [
            member("copy", "Agencies report. " + wire, 10),
            member("wire", wire, 0),
            member("other", text(2), 5),
        ],
        [],
    )
    assert found["copy"] == found["wire"] != found["other"]


def test_a_copy_of_a_stored_article_joins_its_story() -> None:
    known = [member("old", text(1), story="s1")]
    assert assign_stories([member("new", edited(text(1), 0.03), 60)], known) == {"new": "s1"}


def test_the_same_words_in_another_language_are_another_story() -> None:
    found = assign_stories([member("a", text(1)), member("b", text(1), 1, "vi")], [])
    assert found["a"] != found["b"]


def test_short_texts_join_only_when_nearly_the_same() -> None:
    short = text(1, 60)
    near, far = edited(short, 0.02, 3), edited(short, 0.15, 3)
    found = assign_stories([member("a", short), member("n", near, 1), member("f", far, 2)], [])
    assert found["a"] == found["n"] != found["f"]
    tiny = text(1, MIN_WORDS - 1)
    found = assign_stories([member("a", tiny), member("b", tiny, 1)], [])
    assert found["a"] != found["b"]


def test_a_quote_inside_a_longer_report_is_no_copy() -> None:
    quoted = text(1, 100)
    found = assign_stories([member("q", quoted), member("r", quoted + " " + text(2, 300), 1)], [])
    assert found["q"] != found["r"]


def test_thresholds_fall_with_length() -> None:
    values = [threshold(words) for words in (50, 119, 120, 399, 400, 5000)]
    assert values == [0.8, 0.8, 0.65, 0.65, 0.55, 0.55]


def test_running_again_changes_no_story() -> None:
    new = [member("a", text(1)), member("b", edited(text(1), 0.02), 1), member("c", text(3), 2)]
    first = assign_stories(new, [])
    known = [
        StoryMember(m.article_id, first[m.article_id], m.language, m.outlet, m.fingerprint, m.words,
                    m.first_seen_at)
        for m in new
    ]  # fmt: skip
    assert assign_stories(new, known) == first


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(st.permutations(range(6)))
def test_the_order_of_input_does_not_matter(order: list[int]) -> None:
    bodies = [text(1), edited(text(1), 0.02), text(2), text(3), edited(text(3), 0.02), text(4)]
    members = [member(str(n), body, n) for n, body in enumerate(bodies)]
    assert assign_stories([members[n] for n in order], []) == assign_stories(members, [])


def test_different_reports_with_shared_formulas_never_merge() -> None:
    """Sixty reports that share a third of their words stay sixty stories."""
    formula = text(999, 60)
    members = [member(str(n), formula + " " + text(n, 120), n) for n in range(60)]
    found = assign_stories(members, [])
    assert len(set(found.values())) == 60


@pytest.mark.parametrize("words", [150, 400, 900])
def test_light_editing_keeps_the_story(words: int) -> None:
    wire = text(5, words)
    found = assign_stories([member("a", wire), member("b", edited(wire, 0.03), 1)], [])
    assert found["a"] == found["b"]


def test_an_empty_fingerprint_is_its_own_story() -> None:
    found = assign_stories([member("a", ""), member("b", "", 1)], [])
    assert found["a"] != found["b"]
