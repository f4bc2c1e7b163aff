"""Choose on development passages what stands beside the weights: shares, cuts, calibration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.calibrate import fit_answer_cuts, fit_calibration, fit_theme_cut, log_loss
from training.corpus import THEMES, LabelledPassage
from training.scores import encoder_logits, inputs
from treatywatch.classifiers.model import together
from treatywatch.classifiers.ngrams import NgramModel

NGRAM_WEIGHTS = (0.0, 0.5, 0.75, 1.0, 1.5)  # of which development passages choose, for classes
THEME_WEIGHTS = (0.0, 0.5, 1.0, 1.5, 2.0)  # and for themes


def tune(folder: Path, dev: Sequence[LabelledPassage]) -> dict[str, Any]:
    """Choose on development passages what `config.json` says beside the weights.

    The n-gram model's weight is the one of the least log loss: macro-F1 hangs on single passages.
    """
    encoder = encoder_logits(folder, dev)
    ngrams = NgramModel(folder).logits(inputs(dev))
    found: list[tuple[float, dict[str, Any]]] = []
    for weight in NGRAM_WEIGHTS:
        logits = together(encoder, ngrams, weight, 0.0)
        calibration = fit_calibration(logits, dev)
        cuts, score = fit_answer_cuts(logits, dev, calibration)
        loss = log_loss(logits, dev, calibration)
        print(
            f"n-gram weight {weight}: dev log loss {loss:.4f}, macro-F1 {score:.4f}, cuts {cuts}",
            flush=True,
        )
        settings: dict[str, Any] = {"ngram_weight": weight, "answer_cuts": cuts}
        settings["calibration"] = {name: asdict(c) for name, c in calibration.items()}
        found.append((loss, settings))
    return min(found, key=lambda pair: pair[0])[1] | _tune_themes(encoder, ngrams, dev)


def _tune_themes(
    encoder: NDArray[np.float32], ngrams: NDArray[np.float64], dev: Sequence[LabelledPassage]
) -> dict[str, Any]:
    found = []
    for weight in THEME_WEIGHTS:
        cut, score = fit_theme_cut(together(encoder, ngrams, 0.0, weight), dev)
        print(f"n-gram weight {weight} for themes: dev micro-F1 {score:.4f}, cut {cut}", flush=True)
        settings = {"ngram_theme_weight": weight, "theme_cuts": [cut] * len(THEMES)}
        found.append((score, settings))
    return max(found, key=lambda pair: pair[0])[1]
