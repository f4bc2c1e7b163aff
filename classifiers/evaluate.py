"""Measure a model against labelled passages: pure figures, with bootstrap intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from treatywatch.classifiers.bundle import CLASSES
from treatywatch.classifiers.gold import GoldPassage
from treatywatch.classifiers.model import PassageScores

DRAWS = 1_000
BINS = 10
COVERAGES = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
# Which of the five classes hold each answer.
_HOLDS = {
    "treaty": np.array([0, 1, 1, 1, 1], dtype=bool),
    "hope": np.array([0, 0, 1, 0, 1], dtype=bool),
    "concern": np.array([0, 0, 0, 1, 1], dtype=bool),
}

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Figure:
    """A measured share with its 95% bootstrap interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The figures of one set of passages.

    `figures`: precision, recall and F1 of `treaty`, `hope`, `concern` (as `hope_f1`), `macro_f1`
    over the five classes, `accuracy`, `flips` (hopes called concerns or the reverse, as a share of
    both), `calibration_error` (mean over the three answers), `theme_f1` (micro).
    """

    passages: int
    figures: Mapping[str, Figure]
    confusion: Mapping[str, Mapping[str, int]]  # gold class -> predicted class -> passages
    risk_coverage: Mapping[float, float] = field(default_factory=dict)  # share kept -> errors


def evaluate(
    gold: Sequence[GoldPassage], scores: Sequence[PassageScores], seed: int = 1
) -> dict[str, Evaluation]:
    """Return the figures of each language, and of `all` together.

    Raises:
        ValueError: when there is nothing to measure.
    """
    if not gold:
        raise ValueError("there are no labelled passages to measure against")
    languages = sorted({passage.language for passage in gold})
    found = {}
    for name in [*languages, "all"]:
        chosen = [i for i, p in enumerate(gold) if name in ("all", p.language)]
        found[name] = _evaluate([gold[i] for i in chosen], [scores[i] for i in chosen], seed)
    return found


def paired_difference(
    gold: Sequence[GoldPassage],
    ours: Sequence[PassageScores],
    theirs: Sequence[PassageScores],
    seed: int = 1,
) -> Figure:
    """Return our macro-F1 less theirs on the same resamples: above 0, ours is better."""
    true = np.array([class_of(p.treaty, p.hope, p.concern) for p in gold])
    draws = np.random.default_rng(seed).integers(0, len(gold), (DRAWS, len(gold)))
    rows = np.vstack([np.arange(len(gold)), draws])
    first, second = (
        _from_confusions(_confusions(true, np.array([predicted_class(s) for s in scores]), rows))
        for scores in (ours, theirs)
    )
    return _figure(first["macro_f1"] - second["macro_f1"])


def class_of(treaty: bool, hope: bool, concern: bool) -> int:
    """Return the index of the class that three answers make."""
    return 1 + int(hope) + 2 * int(concern) if treaty else 0


def predicted_class(scores: PassageScores, cut: float = 0.5) -> int:
    """Return the index of the class that three probabilities make."""
    return class_of(scores.treaty >= cut, scores.hope >= cut, scores.concern >= cut)


def _evaluate(gold: list[GoldPassage], scores: list[PassageScores], seed: int) -> Evaluation:
    true = np.array([class_of(p.treaty, p.hope, p.concern) for p in gold])
    called = np.array([predicted_class(s) for s in scores])
    draws = np.random.default_rng(seed).integers(0, len(gold), (DRAWS, len(gold)))
    # Row 0 is the sample itself, the rest are resamples of it.
    rows = np.vstack([np.arange(len(gold)), draws])
    matrices = _confusions(true, called, rows)
    series = _from_confusions(matrices)
    answers = _Answers.of(gold, scores)
    series["calibration_error"] = np.array([answers.calibration_error(row) for row in rows[:201]])
    if any(p.themes for p in gold):
        series["theme_f1"] = _theme_f1(gold, scores, rows)
    return Evaluation(
        passages=len(gold),
        figures={name: _figure(values) for name, values in series.items()},
        confusion={
            CLASSES[i]: {CLASSES[j]: int(matrices[0, i, j]) for j in range(len(CLASSES))}
            for i in range(len(CLASSES))
        },
        risk_coverage=_risk_coverage(true == called, answers.confidence()),
    )


def _confusions(true: Counts, called: Counts, rows: Counts) -> Counts:
    kinds = len(CLASSES)
    codes = (true * kinds + called)[rows]
    offsets = np.arange(len(rows))[:, None] * kinds**2
    counts = np.bincount((codes + offsets).ravel(), minlength=len(rows) * kinds**2)
    return counts.reshape(len(rows), kinds, kinds)


def _from_confusions(matrices: Counts) -> dict[str, Floats]:
    series: dict[str, Floats] = {}
    for name, holds in _HOLDS.items():
        hits = matrices[:, holds][:, :, holds].sum((1, 2))
        series[f"{name}_precision"] = _ratio(hits, matrices[:, :, holds].sum((1, 2)))
        series[f"{name}_recall"] = _ratio(hits, matrices[:, holds].sum((1, 2)))
        both = matrices[:, :, holds].sum((1, 2)) + matrices[:, holds].sum((1, 2))
        series[f"{name}_f1"] = _ratio(2 * hits, both)
    diagonal = matrices.diagonal(axis1=1, axis2=2)
    per_class = _ratio(2 * diagonal, matrices.sum(1) + matrices.sum(2))
    # A class that nobody has or calls is no error: it is left out of the mean.
    present = (matrices.sum(1) + matrices.sum(2)) > 0
    series["macro_f1"] = _ratio((per_class * present).sum(1), present.sum(1))
    series["accuracy"] = _ratio(diagonal.sum(1), matrices.sum((1, 2)))
    hopes, concerns = CLASSES.index("hopes"), CLASSES.index("concerns")
    flipped = matrices[:, hopes, concerns] + matrices[:, concerns, hopes]
    series["flips"] = _ratio(flipped, matrices[:, [hopes, concerns]].sum((1, 2)))
    return series


def _ratio(part: NDArray[np.generic], whole: NDArray[np.generic]) -> Floats:
    top, bottom = np.asarray(part, dtype=np.float64), np.asarray(whole, dtype=np.float64)
    return np.divide(top, bottom, out=np.zeros_like(top), where=bottom > 0)


def _figure(values: Floats) -> Figure:
    low, high = np.quantile(values[1:], [0.025, 0.975])
    return Figure(float(values[0]), float(low), float(high))


@dataclass(frozen=True, slots=True)
class _Answers:
    """Probabilities and truths of the three answers, shape (passages, 3)."""

    shares: Floats
    truths: Floats

    @classmethod
    def of(cls, gold: Sequence[GoldPassage], scores: Sequence[PassageScores]) -> _Answers:
        return cls(
            np.array([[s.treaty, s.hope, s.concern] for s in scores], dtype=np.float64),
            np.array([[p.treaty, p.hope, p.concern] for p in gold], dtype=np.float64),
        )

    def calibration_error(self, row: Counts) -> float:
        errors = []
        for shares, truths in zip(self.shares[row].T, self.truths[row].T, strict=True):
            bins = np.minimum((shares * BINS).astype(int), BINS - 1)
            gap = np.bincount(bins, shares - truths, minlength=BINS)
            errors.append(np.abs(gap).sum() / len(row))
        return float(np.mean(errors))

    def confidence(self) -> Floats:
        sure: Floats = np.maximum(self.shares, 1 - self.shares).min(axis=1)
        return sure


def _risk_coverage(right: NDArray[np.bool_], confidence: Floats) -> dict[float, float]:
    order = np.argsort(-confidence, kind="stable")
    found = {}
    for coverage in COVERAGES:
        kept = order[: max(1, round(coverage * len(order)))]
        found[coverage] = float(1 - right[kept].mean())
    return found


def _theme_f1(gold: Sequence[GoldPassage], scores: Sequence[PassageScores], rows: Counts) -> Floats:
    hits = np.array([len(set(p.themes) & set(s.themes)) for p, s in zip(gold, scores, strict=True)])
    both = np.array([len(p.themes) + len(s.themes) for p, s in zip(gold, scores, strict=True)])
    return _ratio(2 * hits[rows].sum(1), both[rows].sum(1))
