"""The stance network for one unpadded passage, written out for a lean ONNX graph."""

from __future__ import annotations

from typing import Any, Literal

import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812

from training.batches import MAX_TEXT, MAX_TITLE
from training.network import StanceNetwork

Precision = Literal["int8", "fp32"]


class RowInt8Embedding(nn.Module):
    """An embedding table with one int8 row a piece and one scale a row."""

    def __init__(self, weight: torch.Tensor) -> None:
        super().__init__()
        scale = weight.abs().amax(dim=1, keepdim=True).clamp(min=1e-8) / 127
        self.register_buffer("rows", (weight / scale).round().to(torch.int8))
        self.register_buffer("scale", scale)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        """Return the rows as floats."""
        return self.rows[ids].float() * self.scale[ids]


class PlainLayer(nn.Module):
    """One transformer layer with query, key and value in one product.

    The attention's scale is in the weights of the query.
    """

    def __init__(self, layer: Any, heads: int) -> None:
        super().__init__()
        attention = layer.attention
        parts = [attention.self.query, attention.self.key, attention.self.value]
        factors = [(parts[0].out_features // heads) ** -0.5, 1.0, 1.0]
        self.heads = heads
        self.qkv = nn.Linear(parts[0].in_features, 3 * parts[0].out_features)
        for kind in ("weight", "bias"):
            scaled = [getattr(p, kind).data * f for p, f in zip(parts, factors, strict=True)]
            getattr(self.qkv, kind).data = torch.cat(scaled)
        self.out, self.norm1 = attention.output.dense, attention.output.LayerNorm
        self.wide, self.narrow = layer.intermediate.dense, layer.output.dense
        self.norm2 = layer.output.LayerNorm

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        """Return the next hidden states, shape (tokens, hidden)."""
        size = hidden.shape[-1] // self.heads
        by_head = self.qkv(hidden).reshape(-1, 3 * self.heads, size).transpose(0, 1)
        query, key, value = by_head.split(self.heads)
        shares = torch.softmax(query @ key.transpose(1, 2), dim=-1)
        mixed = (shares @ value).transpose(0, 1).reshape(-1, self.heads * size)
        hidden = self.norm1(self.out(mixed) + hidden)
        return self.norm2(self.narrow(F.gelu(self.wide(hidden))) + hidden)


class PlainNetwork(nn.Module):
    """The whole network; it takes a batch of one, as the shipped model is called."""

    def __init__(self, network: StanceNetwork, precision: Precision) -> None:
        super().__init__()
        embeddings = network.bert.embeddings
        weight = embeddings.word_embeddings.weight.data
        self.words: nn.Module = (
            RowInt8Embedding(weight)
            if precision == "int8"
            else nn.Embedding.from_pretrained(weight)
        )
        positions = embeddings.position_embeddings.weight.data[: MAX_TITLE + MAX_TEXT + 8]
        self.register_buffer(
            "positions", positions + embeddings.token_type_embeddings.weight.data[0]
        )
        self.norm = embeddings.LayerNorm
        heads = network.bert.config.num_attention_heads
        self.layers = nn.ModuleList(
            PlainLayer(layer, heads) for layer in network.bert.encoder.layer
        )
        self.head = _on_raw_means(network)

    def forward(self, input_ids: torch.Tensor, text_mask: torch.Tensor) -> torch.Tensor:
        """Return logits, shape (1, classes + themes)."""
        ids, mask = input_ids[0], text_mask[0]
        hidden = self.norm(self.words(ids) + self.positions[: ids.shape[0]])
        for layer in self.layers:
            hidden = layer(hidden)
        inside = mask.unsqueeze(-1).to(hidden.dtype)
        means = [(hidden * m).sum(0, keepdim=True) / m.sum(0) for m in (inside, 1.0 - inside)]
        return self.head(torch.cat(means, dim=-1))


def _on_raw_means(network: StanceNetwork) -> nn.Linear:
    """Return the head with the standardising of its features folded in."""
    head = nn.Linear(network.head.in_features, network.head.out_features)
    head.weight.data = network.head.weight.data / network.spread
    head.bias.data = network.head.bias.data - head.weight.data @ network.shift
    return head
