"""Teach a shallower encoder what the trained one answers, without looking at the labels.

    python -m training.distil --teacher build/train/network.pt --layers 6

The student keeps evenly chosen layers and the head of its teacher, and learns its features and its
shares of the classes (Sanh et al., 2019). Prints development macro-F1 of both, and the pace.
"""

from __future__ import annotations

import argparse
import copy
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from torch.nn import functional as F  # noqa: N812

from training.batches import Encoded, collate, encode, sorted_batches, training_batches
from training.calibrate import macro_f1
from training.corpus import read_passages, read_triples
from training.device import best_device, products, short_products
from training.material import material, predict
from training.network import CLASSES, StanceNetwork, keep_layers, load_base


@dataclass(frozen=True, slots=True)
class DistilArguments:
    """What a distillation depends on besides the data and the teacher."""

    layers: int = 6
    epochs: int = 3
    batch_size: int = 16
    learning_rate: float = 2e-4
    seed: int = 1
    short_products: bool = False


@dataclass(slots=True)
class Answers:
    """What the teacher says of each row: its features and its class logits."""

    features: torch.Tensor
    logits: torch.Tensor


@torch.inference_mode()
def answers(teacher: StanceNetwork, rows: list[Encoded], short: bool = False) -> Answers:
    """Ask the teacher once about every row."""
    teacher.eval()
    device = teacher.shift.device
    features = torch.zeros(len(rows), teacher.head.in_features, device=device)
    for batch in sorted_batches(rows):
        with products(device, short):
            features[batch] = teacher.features(*collate([rows[i] for i in batch])).float()
    return Answers(features, teacher.head(features)[:, : len(CLASSES)])


def distil(
    teacher: StanceNetwork, rows: list[Encoded], arguments: DistilArguments
) -> StanceNetwork:
    """Return a student with fewer layers; the teacher is left as it is."""
    short = arguments.short_products
    told = answers(teacher, rows, short)
    student = copy.deepcopy(teacher)
    keep_layers(student, arguments.layers)
    student.requires_grad_(False)
    student.bert.encoder.requires_grad_(True)
    torch.manual_seed(arguments.seed)
    steps = arguments.epochs * -(-len(rows) // arguments.batch_size)
    optimizer = torch.optim.AdamW(student.bert.encoder.parameters(), lr=arguments.learning_rate)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, arguments.learning_rate, steps)
    student.train()
    for batch in _batches(rows, arguments):
        with products(student.shift.device, short):
            features = student.features(*collate([rows[i] for i in batch])).float()
        loss = _distance(student, features, batch, told)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        schedule.step()
    return student.eval()


def _batches(rows: list[Encoded], arguments: DistilArguments) -> Iterator[list[int]]:
    chance = random.Random(arguments.seed)
    for _ in range(arguments.epochs):
        yield from training_batches(rows, arguments.batch_size, chance)


def _distance(
    student: StanceNetwork, features: torch.Tensor, batch: list[int], told: Answers
) -> torch.Tensor:
    shares = student.head(features)[:, : len(CLASSES)].log_softmax(-1)
    theirs = told.logits[batch].softmax(-1)
    away = F.mse_loss(features, told.features[batch])
    return away + F.kl_div(shares, theirs, reduction="batchmean")


def main() -> None:
    """Distil, and print what it costs and gains."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--base", type=Path, default=Path("build/base"))
    parser.add_argument("--teacher", type=Path, default=Path("build/train/network.pt"))
    parser.add_argument("--layers", type=int, default=DistilArguments().layers)
    parser.add_argument("--epochs", type=int, default=DistilArguments().epochs)
    options = parser.parse_args()
    teacher = load_base(options.base)
    teacher.load_state_dict(torch.load(options.teacher, weights_only=True))
    teacher.to(best_device())
    tokenizer = Tokenizer.from_file(str(options.base / "tokenizer.json"))
    rows = encode(tokenizer, read_passages("train") + read_triples("train"))
    short = short_products(best_device())
    arguments = DistilArguments(options.layers, options.epochs, short_products=short)
    student = distil(teacher, rows, arguments)
    passages = read_passages("dev")
    dev = material(passages, encode(tokenizer, passages))
    languages = np.array([p.language for p in passages])
    for name, network in (("teacher", teacher), ("student", student)):
        started = time.monotonic()
        calls = predict(network, dev.rows)[:, : len(CLASSES)].argmax(1)
        score = macro_f1(dev.classes.numpy(), calls.numpy(), languages)
        pace = len(passages) / (time.monotonic() - started)
        print(f"{name}: development macro-F1 {score:.4f}, {pace:.0f} passages a second")


if __name__ == "__main__":
    main()
