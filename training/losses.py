"""The terms of the loss beside the plain one, and how much each class weighs."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch.nn import functional as F  # noqa: N812

from training.network import CLASSES


def contrastive_loss(
    features: torch.Tensor, classes: torch.Tensor, temperature: float
) -> torch.Tensor:
    """Pull passages of one class together, whatever their language (Khosla et al., 2020)."""
    unit = F.normalize(features, dim=-1)
    similarity = unit @ unit.T / temperature
    itself = torch.eye(len(classes), dtype=torch.bool, device=classes.device)
    similarity = similarity.masked_fill(itself, float("-inf"))
    log_share = similarity - similarity.logsumexp(dim=1, keepdim=True)
    same = (classes[:, None] == classes[None, :]) & ~itself
    counts = same.sum(1)
    if not counts.any():
        return features.sum() * 0.0
    mean = log_share.masked_fill(~same, 0.0).sum(1)[counts > 0] / counts[counts > 0]
    return -mean.mean()


def consistency_loss(logits: torch.Tensor, groups: Sequence[str]) -> torch.Tensor:
    """Ask parallel passages for the same answer: symmetric KL to the mean of their group."""
    terms = []
    for group in {g for g in groups if g}:
        members = [i for i, g in enumerate(groups) if g == group]
        if len(members) > 1:
            shares = logits[members].log_softmax(-1)
            mean = shares.exp().mean(0, keepdim=True).detach().log()
            terms.append(
                F.kl_div(shares, mean.expand_as(shares), log_target=True, reduction="batchmean")
            )
    return torch.stack(terms).mean() if terms else logits.sum() * 0.0


def class_weights(classes: torch.Tensor) -> torch.Tensor:
    """Return a weight a class: the root of how rare it is, one in the mean."""
    counts = torch.bincount(classes, minlength=len(CLASSES)).float().clamp(min=1)
    weights = (counts.sum() / counts).sqrt()
    return weights / weights.mean()
