"""Quotes: strong, representative, in context, and never twice from one mouth."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treatywatch.digest.context import sentence_after, sentence_before
from treatywatch.digest.evidence import choose_quotes
from treatywatch.news.week_input import WeekArticle, WeekInput, WeekPassage

SAID = "They said number {} that the pact would help many small states at once."


def passage(article: WeekArticle, text: str, hope: float = 0.9, **changes: Any) -> WeekPassage:
    made = WeekPassage(article.article_id, 3, text, hope, 0.05, themes=("capacity",))
    return replace(made, **changes)


@pytest.fixture
def five(press: Any) -> tuple[list[WeekArticle], list[WeekPassage]]:
    articles = [
        press.article(n, "en", "hopes", outlet=f"Outlet {n % 2}", story_id=f"s{n}", is_sure=True)
        for n in range(5)
    ]
    passages = [passage(a, SAID.format(n), 0.95 - n / 20) for n, a in enumerate(articles)]
    return articles, passages


def test_the_strongest_comes_first(five: Any) -> None:
    quotes = choose_quotes(*five, per_side=3)["en", "hope"]
    assert quotes[0].text == SAID.format(0)
    assert [quote.chosen_as for quote in quotes] == ["strongest", "representative", "strongest"]


def test_no_outlet_speaks_twice_in_a_row_and_no_story_twice(full_week: WeekInput) -> None:
    chosen = choose_quotes(full_week.articles, full_week.passages, 8)
    assert len(chosen) == 6
    for quotes in chosen.values():
        outlets = [quote.outlet for quote in quotes]
        assert all(a != b for a, b in pairwise(outlets))
        stories = [quote.story_id for quote in quotes]
        assert len(stories) == len(set(stories))
        texts = [quote.text for quote in quotes]
        assert len(texts) == len(set(texts))


def test_the_other_side_speaks_from_other_stories_while_there_are_any(five: Any) -> None:
    articles, passages = five
    both = [replace(p, hope=0.9, concern=0.9) for p in passages]
    chosen = choose_quotes(articles, both, 2)
    hopes, concerns = chosen["en", "hope"], chosen["en", "concern"]
    assert not {q.story_id for q in hopes} & {q.story_id for q in concerns}
    alone = choose_quotes(articles[:1], both[:1], 2)
    assert len(alone["en", "hope"]) == len(alone["en", "concern"]) == 1


def test_a_sentence_much_weaker_than_the_strongest_is_not_shown(five: Any) -> None:
    articles, passages = five
    faint = [passages[0], *(replace(p, treaty=0.3) for p in passages[1:])]
    assert len(choose_quotes(articles, faint, 3)["en", "hope"]) == 1


def test_one_outlet_alone_is_quoted_once(five: Any) -> None:
    articles, passages = five
    alone = [replace(article, outlet="The only one") for article in articles]
    assert len(choose_quotes(alone, passages, 3)["en", "hope"]) == 1


def test_an_article_too_close_to_call_is_never_quoted(five: Any) -> None:
    articles, passages = five
    unsure = [replace(article, is_sure=False) for article in articles]
    assert choose_quotes(unsure, passages, 3) == {}


def test_a_title_stands_behind_a_sentence(five: Any) -> None:
    articles, passages = five
    titled = [replace(passages[0], position=0, hope=0.99), *passages[1:]]
    assert choose_quotes(articles, titled, 1)["en", "hope"][0].text == SAID.format(1)


def test_the_representative_one_speaks_of_what_most_speak_of(five: Any) -> None:
    articles, passages = five
    odd = [
        replace(p, themes=("standing",)) if n in {0, 1} else replace(p, themes=("capacity",))
        for n, p in enumerate(passages)
    ]
    quotes = choose_quotes(articles, odd, 2)["en", "hope"]
    assert quotes[0].themes == ("standing",)
    assert quotes[1].themes == ("capacity",)


def test_fragments_are_not_sentences(five: Any) -> None:
    articles, passages = five
    short = [replace(p, text="A great day.") for p in passages]
    assert choose_quotes(articles, short, 3) == {}


@pytest.mark.parametrize(
    ("window", "is_cut", "expected"),
    [
        ("One came. Two came. ", False, "Two came."),
        ("half of it was lost. The last one stands.\n", True, "The last one stands."),
        ("only a half without an end ", True, "…only a half without an end"),
        ("The U.N. Secretariat agreed. ", False, "The U.N. Secretariat agreed."),
        ("سألوه: لماذا؟ فلم يجب. ", False, "فلم يجب."),
        ("Ông cười. Không ai nói gì… ", False, "Không ai nói gì…"),
        ("It rose by 3.5 per cent. ", False, "It rose by 3.5 per cent."),
        ("", False, ""),
        ("  \n ", False, ""),
    ],
)
def test_the_sentence_before(window: str, is_cut: bool, expected: str) -> None:
    assert sentence_before(window, is_cut) == expected


@pytest.mark.parametrize(
    ("window", "is_cut", "expected"),
    [
        (" Next one. And more.", False, "Next one."),
        ("\nA new paragraph! Then.", False, "A new paragraph!"),
        (" it goes on without an end", True, "it goes on without an end…"),
        ("", False, ""),
    ],
)
def test_the_sentence_after(window: str, is_cut: bool, expected: str) -> None:
    assert sentence_after(window, is_cut) == expected


@given(st.text(max_size=300), st.booleans())
def test_a_neighbouring_sentence_is_part_of_its_window(window: str, is_cut: bool) -> None:
    assert sentence_before(window, is_cut).strip("…") in window
    assert sentence_after(window, is_cut).strip("…") in window
