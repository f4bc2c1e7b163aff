"""Quotes: strong, representative, in context, and never twice from one mouth."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treatywatch.digest.context import sentence_after, sentence_before
from treatywatch.digest.evidence import CONTEXT_WINDOW, choose_quotes
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
    ("changes", "is_quoted"),
    [
        ({"text": "The pact helps us"}, False),
        ({"text": "The pact helps us all"}, True),
        ({"hope": 0.49}, False),
        ({"hope": 0.5}, True),
    ],
)
def test_a_sentence_of_five_words_that_takes_a_side_may_be_quoted(
    five: Any, changes: dict[str, Any], is_quoted: bool
) -> None:
    articles, passages = five
    assert bool(choose_quotes(articles, [replace(passages[0], **changes)], 1)) is is_quoted


@pytest.mark.parametrize(
    ("side", "label", "opposite"), [("hope", "hopes", "concerns"), ("concern", "concerns", "hopes")]
)
@pytest.mark.parametrize("what", ["another label", "less confidence", "something of both sides"])
def test_of_equal_sentences_the_one_with_something_against_it_comes_second(
    press: Any, side: str, label: str, opposite: str, what: str
) -> None:
    alike = {"confidence": 0.8, "is_sure": True}
    worse = press.article(0, "en", opposite if what == "another label" else label, **alike)
    better = press.article(1, "en", label, **alike)
    if what == "less confidence":
        worse = replace(worse, confidence=0.7)
    both = what == "something of both sides"
    other = "concern" if side == "hope" else "hope"
    passages = [
        passage(worse, SAID.format(0), **{side: 0.9, other: 0.4 if both else 0.05}),
        passage(better, SAID.format(1), **{side: 0.9, other: 0.05}),
    ]
    (quote,) = choose_quotes([worse, better], passages, 1)["en", side]
    assert quote.article_id == better.article_id


@pytest.mark.parametrize(("concern", "told"), [(0.73, "s1"), (0.71, "s0")])
def test_a_new_story_is_worth_a_fifth_of_the_strength_and_no_more(
    press: Any, concern: float, told: str
) -> None:
    one, other = (
        press.article(n, "en", "mixed", story_id=f"s{n}", confidence=0.8, is_sure=True)
        for n in range(2)
    )
    passages = [
        passage(one, SAID.format(0)),
        passage(one, SAID.format(1), hope=0.05, concern=0.9, position=4),
        passage(other, SAID.format(2), hope=0.05, concern=concern),
    ]
    chosen = choose_quotes([one, other], passages, 1)
    assert [quote.story_id for quote in chosen["en", "hope"]] == ["s0"]
    assert [quote.story_id for quote in chosen["en", "concern"]] == [told]


def test_a_quote_stands_between_its_neighbours(five: Any) -> None:
    articles, passages = five
    placed = replace(passages[0], before="One came. Two came.", after="Three came. Four came.")
    (quote,) = choose_quotes(articles, [placed], 1)["en", "hope"]
    assert (quote.before, quote.after) == ("Two came.", "Three came.")


@pytest.mark.parametrize(("chars", "cut"), [(CONTEXT_WINDOW, "…"), (CONTEXT_WINDOW - 1, "")])
def test_a_neighbour_as_long_as_the_window_is_half_a_sentence(
    five: Any, chars: int, cut: str
) -> None:
    articles, passages = five
    half = ("word " * CONTEXT_WINDOW)[: chars - 1] + "s"
    placed = replace(passages[0], before=half, after=half)
    (quote,) = choose_quotes(articles, [placed], 1)["en", "hope"]
    assert (quote.before, quote.after) == (f"{cut}{half}", f"{half}{cut}")


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
