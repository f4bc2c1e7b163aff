"""Low-rank additions to the linear layers of a frozen encoder (Hu et al., 2021)."""

from __future__ import annotations

import torch
from torch import nn

from training.network import StanceNetwork


class LoraLinear(nn.Module):
    """A frozen linear layer with a trained low-rank addition (Hu et al., 2021)."""

    def __init__(self, linear: nn.Linear, rank: int) -> None:
        super().__init__()
        self.linear = linear.requires_grad_(False)
        self.down = nn.Linear(linear.in_features, rank, bias=False)
        self.up = nn.Linear(rank, linear.out_features, bias=False)
        nn.init.zeros_(self.up.weight)

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        """Return the frozen product plus the trained addition."""
        return self.linear(hidden) + 2.0 * self.up(self.down(hidden))

    def merged(self) -> nn.Linear:
        """Return one linear layer with the addition folded in."""
        with torch.no_grad():
            self.linear.weight += 2.0 * self.up.weight @ self.down.weight
        return self.linear


def add_lora(network: StanceNetwork, rank: int) -> None:
    """Freeze the encoder and add low-rank layers beside every linear one."""
    network.bert.requires_grad_(False)
    for module in list(network.bert.encoder.modules()):
        for name, child in list(module.named_children()):
            if isinstance(child, nn.Linear) and not isinstance(module, LoraLinear):
                setattr(module, name, LoraLinear(child, rank))


def merge_lora(network: StanceNetwork) -> None:
    """Fold every low-rank addition into its layer."""
    for module in list(network.bert.encoder.modules()):
        for name, child in list(module.named_children()):
            if isinstance(child, LoraLinear):
                setattr(module, name, child.merged())
