"""What development passages choose: calibration, cuts and weights; needs the extra `train`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs the extra `train`")

from training import calibrate, tune  # noqa: E402
from training.calibrate import (  # noqa: E402
    fit_answer_cuts,
    fit_calibration,
    fit_theme_cut,
    macro_f1,
)
from training.corpus import THEMES, LabelledPassage  # noqa: E402
from treatywatch.classifiers.bundle import HALVES, Calibration, ModelConfig  # noqa: E402
from treatywatch.classifiers.evaluate import predicted_class  # noqa: E402
from treatywatch.classifiers.model import answers  # noqa: E402

KINDS = [(False, False, False), (True, False, False), (True, True, False), (True, False, True),
         (True, True, True)]  # fmt: skip


def passages(truth: np.ndarray, language: str = "en") -> list[LabelledPassage]:
    names = {(True, False): ("evidence",), (False, True): ("privacy",)}
    return [
        LabelledPassage("", language, "", "x", *KINDS[t], themes=names.get(KINDS[t][1:], ()))
        for t in truth
    ]


def drawn(count: int = 300) -> tuple[np.ndarray, np.ndarray]:
    """Return truths, and logits that are right seven times in ten."""
    chance = np.random.default_rng(0)
    truth = chance.integers(0, 5, count)
    called = np.where(chance.random(count) < 0.7, truth, chance.integers(0, 5, count))
    logits = np.eye(5, dtype=np.float32)[called] * 3 + chance.normal(0, 1, (count, 5))
    return truth, np.hstack([logits, np.zeros((count, len(THEMES)))]).astype(np.float32)


def test_calibration_cools_an_overconfident_model() -> None:
    truth, logits = drawn(400)
    found = fit_calibration(logits * 10, passages(truth))
    assert set(found) == {"en"}
    assert found["en"].temperature > 2


def test_the_cuts_are_chosen_by_what_the_shipped_model_will_call() -> None:
    """The figure that cuts are chosen by is that of the answers which scoring gives with them."""
    truth, logits = drawn()
    logits[:, 0] -= 2.0  # leans against "off topic", so that a half is not the best cut
    given = passages(truth)
    neutral = {"en": Calibration()}
    cuts, _ = fit_answer_cuts(logits, given, neutral)
    best = _called(logits, cuts)
    languages = np.full(len(truth), "en")
    assert cuts[1] == cuts[2], "hope and concern share a cut"
    assert macro_f1(truth, best, languages) >= macro_f1(truth, _called(logits, HALVES), languages)


def _called(logits: np.ndarray, cuts: object) -> np.ndarray:
    config = ModelConfig(
        "m",
        "",
        (),
        (),
        48,
        200,
        {"en": Calibration()},
        0.0,
        0.0,
        tuple(cuts),  # type: ignore[arg-type]
    )
    return np.array([predicted_class(answers(row, "en", config)) for row in logits[:, :5]])


def test_macro_f1_is_the_mean_over_languages_and_classes() -> None:
    truth = np.array([0, 1, 2, 3, 4] * 2)
    languages = np.array(["ar"] * 5 + ["vi"] * 5)
    assert macro_f1(truth, truth, languages) == 1.0
    called = truth.copy()
    called[:5] = 0  # Arabic: one class of five with F1 of a third
    assert macro_f1(truth, called, languages) == pytest.approx((1 / 3 / 5 + 1.0) / 2)


def test_one_cut_for_all_themes_is_the_best_where_sides_are_known() -> None:
    truth = np.array([2, 3] * 20)
    given = passages(truth)
    logits = np.full((40, 5 + len(THEMES)), -6.0, np.float32)
    for index, each in enumerate(given):
        for place, theme in enumerate(THEMES):
            # Right themes at 0.38, wrong ones at 0.27, on the other side anything.
            logits[index, 5 + place] = -0.5 if theme in each.themes else -1.0
    cut, score = fit_theme_cut(logits, given)
    assert 0.27 < cut <= 0.38
    assert score == 1.0


def test_a_theme_is_of_its_side_however_many_a_side_has(monkeypatch: pytest.MonkeyPatch) -> None:
    sides = {"HOPE_THEMES": ("evidence",), "CONCERN_THEMES": ("privacy", "host")}
    for name, themes in (sides | {"THEMES": sum(sides.values(), ())}).items():
        monkeypatch.setattr(calibrate, name, themes)
    given = passages(np.array([2, 3] * 20))
    logits = np.full((40, 5 + 3), -6.0, np.float32)
    logits[::2, 5] = logits[1::2, 6] = -0.5  # the right themes
    logits[::2, 6:] = logits[1::2, 5] = 6.0  # on the other side anything
    assert fit_theme_cut(logits, given)[1] == 1.0


@pytest.mark.slow
def test_the_weights_beside_the_encoder_are_those_that_do_best(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """An encoder that knows nothing leaves classes and themes to the n-grams."""
    truth, logits = drawn()
    given = passages(truth)
    for index, each in enumerate(given):
        logits[index, 5:] = [3.0 if theme in each.themes else -3.0 for theme in THEMES]
    blind = np.random.default_rng(5).normal(0, 1, logits.shape).astype(np.float32)
    monkeypatch.setattr(tune, "encoder_logits", lambda *_: blind)
    monkeypatch.setattr(tune, "NgramModel", lambda _: _Given(logits.astype(np.float64)))
    found = tune.tune(tmp_path, given)
    assert found["ngram_weight"] == max(tune.NGRAM_WEIGHTS)
    assert found["ngram_theme_weight"] > 0.0
    assert len(found["theme_cuts"]) == len(THEMES)
    assert set(found["calibration"]) == {"en"}
    monkeypatch.setattr(tune, "encoder_logits", lambda *_: logits)
    monkeypatch.setattr(tune, "NgramModel", lambda _: _Given(blind.astype(np.float64) * 3))
    assert tune.tune(tmp_path, given)["ngram_weight"] == 0.0


class _Given:
    """An n-gram model with these logits."""

    def __init__(self, logits: np.ndarray) -> None:
        self._logits = logits

    def logits(self, _: object) -> np.ndarray:
        return self._logits
