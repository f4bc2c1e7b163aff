"""Labelled passages as a bundle takes them, and what it answers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.corpus import LabelledPassage
from treatywatch.classifiers.bundle import read_config
from treatywatch.classifiers.encoder import Encoder
from treatywatch.classifiers.gold import GoldPassage
from treatywatch.classifiers.model import PassageInput, PassageScores, load_model
from treatywatch.config.settings import ModelSettings
from treatywatch.news.text import unvocalised


def inputs(passages: Sequence[LabelledPassage]) -> list[PassageInput]:
    """Return the passages as the parts of the bundled model take them."""
    return [PassageInput(unvocalised(p.title), unvocalised(p.text), p.language) for p in passages]


def gold(passages: Sequence[LabelledPassage]) -> list[GoldPassage]:
    """Return the passages as the measuring code takes them."""
    return [
        GoldPassage(p.id, p.language, p.title, p.text, p.treaty, p.hope, p.concern, p.themes)
        for p in passages
    ]


def encoder_logits(folder: Path, passages: Sequence[LabelledPassage]) -> NDArray[np.float32]:
    """Return the logits of the exported encoder alone, without the n-gram model beside it."""
    settings = ModelSettings()
    encoder = Encoder(folder, read_config(folder), settings.threads)
    return encoder.logits(inputs(passages), settings.batch_size)


def bundle_scores(folder: Path, passages: Sequence[LabelledPassage]) -> list[PassageScores]:
    """Return what the folder's model answers."""
    return load_model(ModelSettings(name=str(folder))).score(inputs(passages))


def as_scores(classes: Sequence[int]) -> list[PassageScores]:
    """Return bare class calls as scores of 0 and 1."""
    return [PassageScores(float(c > 0), float(c in (2, 4)), float(c >= 3)) for c in classes]
