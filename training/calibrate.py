"""Fit what turns logits into honest probabilities, on development passages only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional as F  # noqa: N812

from training.corpus import CONCERN_THEMES, HOPE_THEMES, THEMES, LabelledPassage
from training.network import CLASSES, class_of
from treatywatch.classifiers.bundle import Calibration
from treatywatch.classifiers.model import probabilities

# Holds the class biases near zero: a language has some 150 development passages.
BIAS_PENALTY = 0.02


def fit_calibration(
    logits: NDArray[np.float32], passages: Sequence[LabelledPassage]
) -> dict[str, Calibration]:
    """Return temperature and class biases of each language by penalised likelihood."""
    found = {}
    for language in sorted({p.language for p in passages}):
        rows = [i for i, p in enumerate(passages) if p.language == language]
        targets = torch.tensor([class_of(passages[i]) for i in rows])
        found[language] = _fit(torch.from_numpy(logits[rows, : len(CLASSES)]).double(), targets)
    return found


def _fit(logits: torch.Tensor, targets: torch.Tensor) -> Calibration:
    log_temperature = torch.zeros((), dtype=torch.double, requires_grad=True)
    bias = torch.zeros(len(CLASSES), dtype=torch.double, requires_grad=True)
    optimizer = torch.optim.LBFGS(
        [log_temperature, bias], max_iter=200, line_search_fn="strong_wolfe"
    )

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        scaled = logits / log_temperature.exp() + bias
        loss = F.cross_entropy(scaled, targets) + BIAS_PENALTY * bias.square().sum()
        loss.backward()
        return loss

    optimizer.step(closure)
    centred = bias.detach() - bias.detach().mean()
    return Calibration(
        temperature=round(float(log_temperature.detach().exp()), 4),
        bias=tuple(round(float(value), 4) for value in centred),
    )


def log_loss(
    logits: NDArray[np.float32],
    passages: Sequence[LabelledPassage],
    calibration: Mapping[str, Calibration],
) -> float:
    """Return the mean negative log probability of the right class."""
    shares = [
        probabilities(row[: len(CLASSES)], calibration[p.language])[class_of(p)]
        for row, p in zip(logits, passages, strict=True)
    ]
    return float(-np.log(np.maximum(shares, 1e-9)).mean())


def fit_answer_cuts(
    logits: NDArray[np.float32],
    passages: Sequence[LabelledPassage],
    calibration: Mapping[str, Calibration],
) -> tuple[list[float], float]:
    """Return where treaty, hope and concern become yes, and the mean macro-F1 over resamples.

    Macro-F1 is of the five classes, and the mean of the languages. The mean over resamples is
    climbed, not the figure itself, so that a single passage does not move a cut; hope and concern
    share one, or the labels would lean to a side.
    """
    languages = np.array([p.language for p in passages])
    truth = np.array([class_of(p) for p in passages])
    shares = np.array(
        [
            probabilities(row[: len(CLASSES)], calibration[p.language])
            for row, p in zip(logits, passages, strict=True)
        ]
    )
    draws = np.random.default_rng(1).integers(0, len(passages), (40, len(passages)))

    def score(treaty: float, stance: float) -> float:
        about = 1 - shares[:, 0] >= treaty
        hope = about & (shares[:, 2] + shares[:, 4] >= stance)
        concern = about & (shares[:, 3] + shares[:, 4] >= stance)
        called = np.where(about, 1 + hope + 2 * concern, 0)
        return float(
            np.mean([macro_f1(truth[rows], called[rows], languages[rows]) for rows in draws])
        )

    grid = np.arange(0.34, 0.57, 0.02)
    best, treaty, stance = max((score(t, s), t, s) for t in grid for s in grid)
    return [round(float(treaty), 2), round(float(stance), 2), round(float(stance), 2)], best


def macro_f1(
    truth: NDArray[np.int64], called: NDArray[np.int64], languages: NDArray[np.str_]
) -> float:
    """Return the mean, over languages and classes, of the F1 of each."""
    found = []
    for language in np.unique(languages):
        inside = languages == language
        for kind in range(len(CLASSES)):
            true, said = truth[inside] == kind, called[inside] == kind
            found.append(2 * (true & said).sum() / max(1, true.sum() + said.sum()))
    return float(np.mean(found))


def fit_theme_cut(
    logits: NDArray[np.float32], passages: Sequence[LabelledPassage]
) -> tuple[float, float]:
    """Return one cut for all themes, the best where there is a stance, and its micro-F1.

    A cut a theme would fit a dozen passages each.
    """
    rows = [i for i, p in enumerate(passages) if p.hope or p.concern]
    shares = 1 / (1 + np.exp(-logits[rows, len(CLASSES) :].astype(np.float64)))
    truth = np.array([[theme in passages[i].themes for theme in THEMES] for i in rows])
    # Themes of a side that the passage does not take are never shown.
    taken = np.array([[passages[i].hope, passages[i].concern] for i in rows], dtype=bool)
    sides = np.repeat(taken, [len(HOPE_THEMES), len(CONCERN_THEMES)], axis=1)

    def micro_f1(cut: float) -> float:
        called = (shares >= cut) & sides
        return float(2 * (called & truth).sum() / max(1, called.sum() + truth.sum()))

    best = max(np.arange(0.1, 0.61, 0.02), key=micro_f1)
    return round(float(best), 2), micro_f1(best)
