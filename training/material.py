"""Passages as training takes them: token rows with their targets, and what is read of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import nn

from training.batches import Encoded, collate, sorted_batches
from training.corpus import LabelledPassage
from training.network import StanceNetwork, class_of, theme_targets


@dataclass(slots=True)
class Material:
    """Encoded passages with their targets."""

    rows: list[Encoded]
    classes: torch.Tensor
    themes: torch.Tensor
    groups: list[str]
    hidden: list[torch.Tensor] = field(default_factory=list)  # after the frozen layers, if any


def material(passages: Sequence[LabelledPassage], rows: list[Encoded]) -> Material:
    """Return the targets beside the rows."""
    return Material(
        rows,
        torch.tensor([class_of(p) for p in passages]),
        theme_targets(passages),
        [p.group for p in passages],
    )


def part(given: Material, rows: Sequence[int]) -> Material:
    """Return some rows of the material, without what was kept of frozen layers."""
    places = list(rows)
    return Material(
        [given.rows[i] for i in places],
        given.classes[places],
        given.themes[places],
        [given.groups[i] for i in places],
    )


@torch.no_grad()
def below(network: StanceNetwork, rows: Sequence[Encoded], layers: int) -> list[torch.Tensor]:
    """Return each row's hidden states after the frozen layers; they are the same in every epoch."""
    network.eval()
    found: list[torch.Tensor] = [torch.empty(0)] * len(rows)
    for batch in sorted_batches(rows):
        ids, attention, _ = collate([rows[i] for i in batch])
        hidden = network.lower(ids, attention, layers)
        for place, index in enumerate(batch):
            found[index] = hidden[place, : len(rows[index].ids)].cpu().clone()
    return found


def features_of(
    network: StanceNetwork, train: Material, batch: list[int], frozen: int
) -> torch.Tensor:
    """Return the features of a batch of rows; `frozen` layers are taken from `train.hidden`."""
    ids, attention, text = collate([train.rows[i] for i in batch])
    if not train.hidden:
        return network.features(ids, attention, text)
    hidden = nn.utils.rnn.pad_sequence([train.hidden[i] for i in batch], batch_first=True)
    return network.upper(hidden, attention, text, frozen)


@torch.inference_mode()
def predict(network: StanceNetwork, rows: Sequence[Encoded]) -> torch.Tensor:
    """Return logits in the order of the rows."""
    network.eval()
    logits = torch.zeros(len(rows), network.head.out_features)
    for batch in sorted_batches(rows):
        logits[batch] = network(*collate([rows[i] for i in batch])).cpu()
    return logits
