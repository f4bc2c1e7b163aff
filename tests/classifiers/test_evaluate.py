from __future__ import annotations

import numpy as np
import pytest

from treatywatch.classifiers.evaluate import evaluate
from treatywatch.classifiers.gold import GoldPassage
from treatywatch.classifiers.model import PassageScores

OFF, NEUTRAL = (False, False, False), (True, False, False)
HOPES, CONCERNS, MIXED = (True, True, False), (True, False, True), (True, True, True)


def _gold(answers: tuple[bool, bool, bool], language: str = "en", *themes: str) -> GoldPassage:
    return GoldPassage("", language, "", "", *answers, themes=themes)


def _called(answers: tuple[bool, bool, bool], sure: float = 1.0, *themes: str) -> PassageScores:
    treaty, hope, concern = (sure if answer else 1 - sure for answer in answers)
    return PassageScores(treaty, hope, concern, themes)


def _measure(pairs: list[tuple[tuple[bool, bool, bool], tuple[bool, bool, bool]]]):
    return evaluate([_gold(g) for g, _ in pairs], [_called(c) for _, c in pairs])["all"]


def test_a_perfect_model_is_perfect() -> None:
    kinds = [OFF, NEUTRAL, HOPES, CONCERNS, MIXED]
    found = _measure([(kind, kind) for kind in kinds * 4])
    assert found.figures["macro_f1"].value == 1.0
    assert found.figures["accuracy"].value == 1.0
    assert found.figures["flips"].value == 0.0
    assert found.figures["calibration_error"].value == 0.0
    assert found.confusion["mixed"]["mixed"] == 4


def test_figures_agree_with_scikit_learn() -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    chance = np.random.default_rng(0)
    kinds = [OFF, NEUTRAL, HOPES, CONCERNS, MIXED]
    true, called = chance.integers(0, 5, 300), chance.integers(0, 5, 300)
    found = _measure([(kinds[a], kinds[b]) for a, b in zip(true, called, strict=True)]).figures
    assert found["macro_f1"].value == pytest.approx(metrics.f1_score(true, called, average="macro"))
    hope = [kinds[i][1] for i in true], [kinds[i][1] for i in called]
    assert found["hope_f1"].value == pytest.approx(metrics.f1_score(*hope))
    assert found["hope_precision"].value == pytest.approx(metrics.precision_score(*hope))
    assert found["hope_recall"].value == pytest.approx(metrics.recall_score(*hope))


def test_flips_are_hopes_called_concerns_or_the_reverse() -> None:
    pairs = [(HOPES, CONCERNS), (CONCERNS, HOPES), (HOPES, HOPES), (CONCERNS, MIXED), (OFF, HOPES)]
    assert _measure(pairs).figures["flips"].value == pytest.approx(2 / 4)


def test_a_class_that_nobody_has_or_calls_is_left_out() -> None:
    assert _measure([(HOPES, HOPES), (OFF, OFF)]).figures["macro_f1"].value == 1.0


def test_intervals_hold_the_value_and_narrow_with_more_passages() -> None:
    pairs = [(HOPES, HOPES), (HOPES, NEUTRAL), (CONCERNS, CONCERNS), (OFF, OFF)]
    few, many = _measure(pairs * 5).figures["accuracy"], _measure(pairs * 100).figures["accuracy"]
    for figure in (few, many):
        assert figure.low <= figure.value <= figure.high
    assert many.high - many.low < few.high - few.low


def test_overconfidence_shows_as_calibration_error() -> None:
    gold = [_gold(HOPES)] * 5 + [_gold(NEUTRAL)] * 5
    sure = evaluate(gold, [_called(HOPES, 1.0)] * 10)["all"].figures["calibration_error"]
    modest = evaluate(gold, [PassageScores(1.0, 0.5, 0.0)] * 10)["all"].figures["calibration_error"]
    assert sure.value == pytest.approx(0.5 / 3)
    assert modest.value == pytest.approx(0.0)


def test_risk_falls_when_unsure_passages_are_left_out() -> None:
    gold = [_gold(HOPES)] * 6 + [_gold(NEUTRAL)] * 4
    scores = [_called(HOPES, 0.95)] * 6 + [_called(HOPES, 0.6)] * 4
    risk = evaluate(gold, scores)["all"].risk_coverage
    assert risk[1.0] == pytest.approx(0.4)
    assert risk[0.6] == 0.0


def test_languages_are_measured_apart_and_together() -> None:
    gold = [_gold(HOPES, "en"), _gold(HOPES, "vi")]
    found = evaluate(gold, [_called(HOPES), _called(CONCERNS)])
    assert {name: e.figures["accuracy"].value for name, e in found.items()} == {
        "en": 1.0,
        "vi": 0.0,
        "all": 0.5,
    }


def test_themes_are_counted_together() -> None:
    gold = [_gold(HOPES, "en", "evidence", "victims"), _gold(OFF)]
    found = evaluate(gold, [_called(HOPES, 1.0, "evidence", "economy"), _called(OFF)])["all"]
    assert found.figures["theme_f1"].value == pytest.approx(0.5)
    assert "theme_f1" not in evaluate([_gold(OFF)], [_called(OFF)])["all"].figures


def test_nothing_to_measure_is_refused() -> None:
    with pytest.raises(ValueError, match="no labelled passages"):
        evaluate([], [])
