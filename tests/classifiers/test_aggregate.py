from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treatywatch.classifiers.aggregate import article_stance
from treatywatch.news.stance import ArticleStance, Passage, PassageStance

HOPE, CONCERN, MIXED = (1.0, 1.0, 0.0), (1.0, 0.0, 1.0), (1.0, 1.0, 1.0)
NEUTRAL, OFF = (1.0, 0.0, 0.0), (0.0, 0.0, 0.0)


def _stance(
    *answers: tuple[float, float, float],
    sentences: tuple[int, ...] = (),
    title: bool = False,
    countable: tuple[bool, ...] = (),
    is_named: bool = True,
) -> ArticleStance:
    counts = sentences or (1,) * len(answers)
    shown = countable or (True,) * len(answers)
    passages = [
        Passage(
            i, "title" if title and i == 0 else "body", "x", 0, 1, counts[i], countable=shown[i]
        )
        for i in range(len(answers))
    ]
    stances = [PassageStance(i, *answer) for i, answer in enumerate(answers)]
    return article_stance(passages, stances, is_named=is_named)


@pytest.mark.parametrize(
    ("answers", "label"),
    [
        ([], "off_topic"),
        ([OFF], "off_topic"),
        ([NEUTRAL], "neutral"),
        ([HOPE], "hopes"),
        ([CONCERN], "concerns"),
        ([MIXED], "mixed"),
        ([HOPE] + [NEUTRAL] * 6, "hopes"),  # one in seven takes a stance
        ([HOPE] + [NEUTRAL] * 7, "neutral"),  # fewer
        ([HOPE] * 4 + [CONCERN], "mixed"),  # the weaker side has a fifth
        ([HOPE] * 5 + [CONCERN], "hopes"),  # less
        ([CONCERN] * 5 + [HOPE], "concerns"),
        ([HOPE] * 4 + [MIXED], "mixed"),  # a mixed passage counts for both
        ([HOPE] + [OFF] * 50, "hopes"),  # only treaty passages weigh
    ],
)
def test_the_label_follows_the_codebook(
    answers: list[tuple[float, float, float]], label: str
) -> None:
    stance = _stance(*answers)
    assert stance.label == label
    if label != "mixed":
        assert stance.confidence > 0.9


@pytest.mark.parametrize(
    ("answers", "named", "nameless"),
    [
        ([HOPE, OFF, OFF], "hopes", "off_topic"),
        ([HOPE, OFF], "hopes", "hopes"),
        ([CONCERN], "concerns", "concerns"),
        ([(0.95, 0.9, 0.0)] * 2 + [OFF] * 3, "hopes", "off_topic"),
    ],
)
def test_an_article_that_never_names_the_treaty_has_to_be_mostly_about_it(
    answers: list[tuple[float, float, float]], named: str, nameless: str
) -> None:
    assert _stance(*answers).label == named
    assert _stance(*answers, is_named=False).label == nameless


def test_doubtful_answers_weigh_less_on_the_weaker_side() -> None:
    doubtful = (1.0, 0.0, 0.6)
    assert _stance(*[HOPE] * 4, doubtful).label == "hopes"
    likely = (1.0, 0.0, 0.8)
    assert _stance(HOPE, likely, likely).label == "mixed", "two likely concerns beside a sure hope"
    assert _stance((1.0, 0.9, 0.7)).label == "mixed"


def test_a_doubtful_weaker_side_needs_a_third() -> None:
    sure, likely = (1.0, 0.0, 0.995), (1.0, 0.0, 0.97)
    assert _stance(*[HOPE] * 3, sure).label == "mixed"
    assert _stance(*[HOPE] * 2, likely).label == "hopes"
    assert _stance(HOPE, likely).label == "mixed"


def test_one_doubtful_answer_more_never_takes_a_side_away() -> None:
    likely = (1.0, 0.6, 0.0)
    assert _stance(*[CONCERN] * 3, HOPE).label == "mixed"
    assert _stance(*[CONCERN] * 3, HOPE, likely).label == "mixed"


def test_an_even_split_of_doubtful_answers_is_mixed() -> None:
    hopeful, worried = (1.0, 0.6, 0.0), (1.0, 0.0, 0.6)
    assert _stance(*[hopeful] * 5, *[worried] * 5).label == "mixed"
    assert _stance(*[hopeful] * 9, worried).label == "hopes"


def test_barely_mixed_is_less_sure_than_evenly_mixed() -> None:
    barely, evenly = _stance(*[HOPE] * 4, CONCERN), _stance(HOPE, CONCERN)
    assert barely.label == evenly.label == "mixed"
    assert barely.confidence < 0.2 < 0.9 < evenly.confidence
    assert not barely.is_sure
    assert evenly.is_sure


def test_one_doubtful_passage_in_many_is_noise() -> None:
    doubtful, certain = (0.6, 0.6, 0.0), (0.95, 0.6, 0.0)
    assert _stance(doubtful, *[OFF] * 9).label == "off_topic"
    assert _stance(certain, *[OFF] * 9).label == "hopes"
    assert _stance(doubtful).label == "hopes"


def test_some_answers_that_agree_are_no_noise() -> None:
    likely = (0.8, 0.6, 0.0)
    assert _stance(likely, *[OFF] * 19).label == "off_topic"
    assert _stance(likely, likely, *[OFF] * 18).label == "hopes"


def test_sentences_are_the_weight_not_passages() -> None:
    assert _stance(HOPE, CONCERN, sentences=(3, 3)).label == "mixed"
    assert _stance(HOPE, HOPE, CONCERN, sentences=(3, 3, 1)).label == "hopes"
    assert _stance(HOPE, NEUTRAL, NEUTRAL, NEUTRAL, sentences=(1, 3, 3, 3)).label == "neutral"


def test_a_stance_in_the_title_keeps_an_article_from_being_neutral() -> None:
    assert _stance(HOPE, *[NEUTRAL] * 20, title=True).label == "hopes"
    assert _stance(HOPE, *[NEUTRAL] * 20, title=False).label == "neutral"


def test_furniture_has_no_vote() -> None:
    stance = _stance(HOPE, CONCERN, countable=(True, False))
    assert (stance.label, stance.n_concern) == ("hopes", 0)


def test_counts_scores_and_balance() -> None:
    stance = _stance(HOPE, CONCERN, MIXED, NEUTRAL, OFF)
    assert (stance.n_passages, stance.n_hope, stance.n_concern) == (4, 2, 2)
    assert stance.hope_score == pytest.approx(0.5)
    assert stance.balance == 0.0
    assert stance.treaty_score == 1.0


def test_a_close_call_is_not_sure() -> None:
    stance = _stance((0.9, 0.52, 0.45))
    assert stance.label == "hopes"
    assert stance.confidence < 0.5
    assert not stance.is_sure


def test_a_label_is_sure_when_seven_of_ten_draws_agree() -> None:
    doubtful, likely = _stance((1.0, 0.69, 0.0)), _stance((1.0, 0.71, 0.0))
    assert doubtful.label == likely.label == "hopes"
    assert doubtful.confidence < 0.7 <= likely.confidence < 0.72
    assert (doubtful.is_sure, likely.is_sure) == (False, True)


def test_the_balance_is_the_lead_over_both_sides() -> None:
    assert _stance((1.0, 0.8, 0.0), (1.0, 0.0, 0.4)).balance == pytest.approx(1 / 3)
    assert _stance((1.0, 0.4, 0.0), (1.0, 0.0, 0.8)).balance == pytest.approx(-1 / 3)
    assert _stance(NEUTRAL).balance == 0.0


@pytest.mark.parametrize("answer", [(0.8, 0.8, 0.0), (0.8, 0.0, 0.8)])
def test_a_side_as_sure_as_the_treaty_is_only_as_doubtful(
    answer: tuple[float, float, float],
) -> None:
    assert _stance(answer).confidence == pytest.approx(0.8, abs=0.06)


def test_an_answer_counts_from_its_cut_on() -> None:
    assert _stance((0.5, 0.5, 0.0)).n_hope == 1
    assert _stance((0.5, 0.49, 0.0)).n_hope == 0
    assert _stance((0.49, 0.49, 0.0)).n_passages == 0


def test_a_fifth_of_an_article_is_no_noise() -> None:
    doubtful = (0.6, 0.6, 0.0)
    assert _stance(doubtful, *[OFF] * 4).label == "hopes"
    assert _stance(doubtful, *[OFF] * 5).label == "off_topic"


def test_a_passage_without_a_sentence_weighs_as_one() -> None:
    assert _stance(HOPE, *[NEUTRAL] * 6, sentences=(0,) * 7).label == "hopes"
    assert _stance(HOPE, *[NEUTRAL] * 7, sentences=(0,) * 8).label == "neutral"


def test_scores_weigh_sentences_and_stay_within_the_treaty() -> None:
    assert _stance((1.0, 0.5, 0.0), NEUTRAL, sentences=(3, 1)).hope_score == pytest.approx(0.375)
    assert _stance((0.5, 0.9, 0.0), NEUTRAL).hope_score == pytest.approx(1 / 3)


def test_hope_without_treaty_does_not_count() -> None:
    assert _stance((0.1, 0.9, 0.0)).label == "off_topic"


@pytest.mark.parametrize("answer", [(0.1, 0.9, 0.0), (0.1, 0.0, 0.9)])
def test_praise_of_something_else_counts_for_nothing_beside_a_neutral_passage(
    answer: tuple[float, float, float],
) -> None:
    stance = _stance(answer, NEUTRAL)
    assert (stance.label, stance.n_hope, stance.n_concern) == ("neutral", 0, 0)


def test_a_likely_concern_stands_against_a_sure_hope_from_five_sixths_on() -> None:
    assert _stance(HOPE, (1.0, 0.0, 0.83)).label == "hopes"
    assert _stance(HOPE, (1.0, 0.0, 0.85)).label == "mixed"


PROBABILITY = st.floats(0, 1)


@given(st.lists(st.tuples(PROBABILITY, PROBABILITY, PROBABILITY), max_size=12))
def test_any_scores_give_bounded_repeatable_numbers(
    answers: list[tuple[float, float, float]],
) -> None:
    stance = _stance(*answers)
    assert stance == _stance(*answers)
    assert 0 <= stance.hope_score <= 1
    assert 0 <= stance.concern_score <= 1
    assert -1 <= stance.balance <= 1
    assert 0 <= stance.confidence <= 1
