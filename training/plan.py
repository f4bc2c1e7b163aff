"""What a training run stands on: where things are, the passages, how a network does on them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

from training.batches import encode
from training.calibrate import macro_f1
from training.corpus import LabelledPassage, read_passages, read_triples
from training.finetune import TrainingArguments
from training.material import Material, material, predict
from training.network import CLASSES, StanceNetwork

LAST = "-train10-"  # in the ids of passages about everything else, for a short stage at the end
REPLAYED = 4  # every so-many-th of the others is read again there


@dataclass(frozen=True, slots=True)
class Plan:
    """Where things are and which seeds to train."""

    base: Path
    work: Path
    out: Path
    seeds: tuple[int, ...]
    arguments: TrainingArguments
    blend: Path | None = None  # a folder that was shipped before, to average with


@dataclass(slots=True)
class Data:
    """Training and development passages, encoded; `last` is for the short stage."""

    train: Material
    last: Material
    dev: list[LabelledPassage]
    dev_material: Material


def load_data(base: Path) -> Data:
    """Read and encode both splits; triples count to the split they name."""
    tokenizer = Tokenizer.from_file(str(base / "tokenizer.json"))

    def encoded(passages: list[LabelledPassage]) -> Material:
        return material(passages, encode(tokenizer, passages))

    everything = read_passages("train") + read_triples("train")
    alien = [p for p in everything if LAST in p.id]
    others = [p for p in everything if LAST not in p.id]
    dev = read_passages("dev") + read_triples("dev")
    return Data(encoded(others), encoded(alien + others[::REPLAYED]), dev, encoded(dev))


def dev_score(network: StanceNetwork, data: Data) -> float:
    """Return the mean over the languages of the five-class macro-F1 on development passages."""
    calls = predict(network, data.dev_material.rows)[:, : len(CLASSES)].argmax(1)
    languages = np.array([p.language for p in data.dev])
    return macro_f1(data.dev_material.classes.numpy(), calls.numpy(), languages)
