"""The stance model: passages in, calibrated answers out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from treatywatch.classifiers.bundle import (
    BUNDLED,
    CLASSES,
    Calibration,
    ModelConfig,
    check_bundle,
    read_config,
)
from treatywatch.classifiers.encoder import Encoder
from treatywatch.classifiers.ngrams import NgramModel
from treatywatch.config.settings import ModelSettings
from treatywatch.config.treaty import Treaty
from treatywatch.news.stance import ModelInfo
from treatywatch.news.text import unvocalised

_OFF, _NEUTRAL, _HOPES, _CONCERNS, _MIXED = range(len(CLASSES))


@dataclass(frozen=True, slots=True)
class PassageInput:
    """A passage with the title it is read with; for a title itself, `title` is empty."""

    title: str
    text: str
    language: str


@dataclass(frozen=True, slots=True)
class PassageScores:
    """Calibrated probabilities of one passage, and its themes, likeliest first."""

    treaty: float
    hope: float
    concern: float
    themes: tuple[str, ...] = ()


class StanceModel(Protocol):
    """What every model offers; `score` gives the same for a passage in any company."""

    @property
    def info(self) -> ModelInfo:
        """Say which model this is."""
        ...

    def score(self, items: Sequence[PassageInput]) -> list[PassageScores]:
        """Return one row of answers an item, in order."""
        ...


class BundledModel:
    """The project's own model: a small fine-tuned multilingual encoder."""

    def __init__(self, folder: Path, settings: ModelSettings) -> None:
        sha256 = check_bundle(folder)
        self._config = read_config(folder)
        self._encoder = Encoder(folder, self._config, settings.threads)
        self._ngrams = NgramModel(folder) if self._config.ngram_weight else None
        self._batch_size = settings.batch_size
        self._info = ModelInfo(self._config.model_id, self._config.description, sha256)

    @property
    def info(self) -> ModelInfo:
        """Say which model this is."""
        return self._info

    def score(self, items: Sequence[PassageInput]) -> list[PassageScores]:
        """Return one row of answers an item, in order."""
        if not items:
            return []
        return [
            answers(row, item.language, self._config)
            for row, item in zip(self.logits(items), items, strict=True)
        ]

    def logits(self, items: Sequence[PassageInput]) -> NDArray[np.float32]:
        """Return class and theme logits of both parts together, before calibration.

        Vowel marks on every letter are left out: they make other tokens of all words.
        """
        items = [
            replace(item, title=unvocalised(item.title), text=unvocalised(item.text))
            for item in items
        ]
        logits = self._encoder.logits(items, self._batch_size)
        if self._ngrams is None:
            return logits
        beside = self._ngrams.logits(items)
        return together(logits, beside, self._config.ngram_weight, self._config.ngram_theme_weight)


def together(
    encoder: NDArray[np.float32], ngrams: NDArray[np.float64], weight: float, theme_weight: float
) -> NDArray[np.float32]:
    """Return the logits of both models as one: class shares multiplied, theme logits averaged.

    The encoder's count once, the n-gram model's as often as the weights say.
    """
    count = len(CLASSES)
    classes = _log_shares(encoder[:, :count]) + weight * _log_shares(ngrams[:, :count])
    themes = (encoder[:, count:] + theme_weight * ngrams[:, count:]) / (1.0 + theme_weight)
    return np.hstack([classes, themes]).astype(np.float32)


def _log_shares(logits: NDArray[Any]) -> NDArray[np.float64]:
    centred = logits.astype(np.float64) - logits.max(axis=-1, keepdims=True)
    shares: NDArray[np.float64] = centred - np.log(np.exp(centred).sum(axis=-1, keepdims=True))
    return shares


def answers(logits: NDArray[np.float32], language: str, config: ModelConfig) -> PassageScores:
    """Turn one row of logits into calibrated answers and themes."""
    shares = probabilities(logits[: len(CLASSES)], config.calibration.get(language, Calibration()))
    raw = (1.0 - shares[_OFF], shares[_HOPES] + shares[_MIXED], shares[_CONCERNS] + shares[_MIXED])
    treaty, hope, concern = map(shifted, raw, config.answer_cuts)
    scores = PassageScores(treaty, min(hope, treaty), min(concern, treaty))
    return PassageScores(
        scores.treaty, scores.hope, scores.concern, _themes(logits[len(CLASSES) :], scores, config)
    )


def shifted(share: float, cut: float) -> float:
    """Return the probability with its odds scaled so that `cut` becomes one half.

    Three answers summed from five classes are cut too high at one half: of two classes that
    share an answer's mass none may reach it.
    """
    yes, no = float(share) * (1.0 - cut), (1.0 - float(share)) * cut
    return yes / (yes + no)


def probabilities(logits: NDArray[np.float32], calibration: Calibration) -> NDArray[np.float64]:
    """Return the calibrated share of each class."""
    scaled = logits.astype(np.float64) / calibration.temperature + np.array(calibration.bias)
    powers = np.exp(scaled - scaled.max(axis=-1, keepdims=True))
    shares: NDArray[np.float64] = powers / powers.sum(axis=-1, keepdims=True)
    return shares


def _themes(
    logits: NDArray[np.float32], scores: PassageScores, config: ModelConfig
) -> tuple[str, ...]:
    """Return the themes of the sides that the passage takes, likeliest first."""
    shares = 1.0 / (1.0 + np.exp(-logits.astype(np.float64)))
    taken = {"hope": scores.hope >= 0.5, "concern": scores.concern >= 0.5}
    found = [
        (float(share - cut), theme)
        for share, cut, theme in zip(shares, config.theme_cuts, config.themes, strict=True)
        if share >= cut and taken[theme.split(":", 1)[0]]
    ]
    return tuple(theme.split(":", 1)[1] for _, theme in sorted(found, reverse=True))


def load_model(settings: ModelSettings, treaty: Treaty | None = None) -> StanceModel:
    """Load the model that the settings name: `bundled`, a folder, or a Hugging Face model.

    `treaty` gives the hypotheses for zero-shot models; None reads the built-in file.

    Raises:
        ModelError: in one sentence, when the model is missing, damaged or unknown.
    """
    if settings.name == "bundled":
        return BundledModel(BUNDLED, settings)
    if (Path(settings.name) / "manifest.json").is_file():
        return BundledModel(Path(settings.name), settings)
    from treatywatch.classifiers.hf import load_hf_model

    return load_hf_model(settings, treaty)
