"""Even out the channels of what is multiplied, so that 8 bits hold all of them.

A few channels of an encoder's activations are many times as large as the rest. With one scale a
token they leave the others a handful of codes. Dividing each channel by a factor and multiplying
its weights by the same changes no product and moves the spread into the weights, which have a scale
a column (Xiao et al., 2023, "SmoothQuant").
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn

from training.batches import Encoded
from training.quantise import GELU_LEAST

POWER = 0.5  # how much of the spread moves into the weights
_LEAST = 1e-5


class EvenedLinear(nn.Module):
    """A linear layer whose input is divided by a factor a channel, and its weights multiplied."""

    def __init__(self, linear: nn.Linear, peaks: torch.Tensor) -> None:
        super().__init__()
        weights = linear.weight.data.abs().amax(0).clamp(min=_LEAST)
        factors = peaks.clamp(min=_LEAST) ** POWER / weights ** (1 - POWER)
        factors = (factors / factors.mean()).clamp(min=1e-3)
        self.register_buffer("inverse", 1 / factors)
        self.linear = nn.Linear(linear.in_features, linear.out_features)
        self.linear.weight.data = linear.weight.data * factors
        self.linear.bias.data = linear.bias.data

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        """Return the same product as the layer it was made of."""
        return self.linear(hidden * self.inverse)


def even_out(layers: nn.ModuleList, network: nn.Module, rows: Sequence[Encoded]) -> None:
    """Replace the linear parts of the layers, in place, by the peaks that these passages show."""
    peaks = _peaks(layers, network, rows)
    for layer in layers:
        for name, part in list(layer.named_children()):
            if part in peaks:
                assert isinstance(part, nn.Linear)
                # Codes after GELU begin at its least value: no channel is quieter than that.
                least = -GELU_LEAST if name == "narrow" else 0.0
                setattr(layer, name, EvenedLinear(part, peaks[part].clamp(min=least)))


@torch.inference_mode()
def _peaks(
    layers: nn.ModuleList, network: nn.Module, rows: Sequence[Encoded]
) -> dict[nn.Module, torch.Tensor]:
    """Return the largest size of each input channel of every linear part."""
    found: dict[nn.Module, torch.Tensor] = {}

    def look(part: nn.Module, given: tuple[torch.Tensor, ...]) -> None:
        sizes = given[0].abs().flatten(0, -2).amax(0)
        found[part] = torch.maximum(found.get(part, torch.zeros_like(sizes)), sizes)

    parts = [part for part in layers.modules() if isinstance(part, nn.Linear)]
    hooks = [part.register_forward_pre_hook(look) for part in parts]
    for row in rows:
        inside = [int(at >= row.text_start) for at in range(len(row.ids))]
        network(torch.tensor([row.ids]), torch.tensor([inside]))
    for hook in hooks:
        hook.remove()
    return found
