"""The stance network: a BERT encoder, two means (passage, title) and one linear head."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import nn
from transformers import BertConfig, BertModel

from training.corpus import THEMES, LabelledPassage

# The five classes of the codebook; hope = hopes + mixed, and so on.
CLASSES = ("off_topic", "neutral", "hopes", "concerns", "mixed")
OUTPUTS = len(CLASSES) + len(THEMES)


class StanceNetwork(nn.Module):
    """Give class and theme logits for a passage read with its article's title.

    The sequence is `<s> title </s> passage </s>`, or `<s> passage </s>`; `text_mask` marks the
    passage. The mean of the rest (title and `<s>`) is the second half of the features.
    """

    def __init__(self, config: BertConfig, dropout: float = 0.1) -> None:
        super().__init__()
        self.bert = BertModel(config, add_pooling_layer=False)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(2 * config.hidden_size, OUTPUTS)
        # The encoder's raw means all point one way; centred and scaled ones train much faster.
        self.register_buffer("shift", torch.zeros(2 * config.hidden_size))
        self.register_buffer("spread", torch.ones(2 * config.hidden_size))

    def features(
        self, input_ids: torch.Tensor, attention_mask: torch.Tensor, text_mask: torch.Tensor
    ) -> torch.Tensor:
        """Return the two means side by side, standardised, shape (batch, 2 * hidden)."""
        return self.upper(self.lower(input_ids, attention_mask, 0), attention_mask, text_mask, 0)

    def lower(
        self, input_ids: torch.Tensor, attention_mask: torch.Tensor, layers: int
    ) -> torch.Tensor:
        """Return the hidden states after so many layers, shape (batch, tokens, hidden)."""
        device = self.shift.device
        hidden = self.bert.embeddings(input_ids=input_ids.to(device))
        mask = _additive(attention_mask.to(device))
        for layer in self.bert.encoder.layer[:layers]:
            hidden = layer(hidden, mask)
        return hidden

    def upper(
        self,
        hidden: torch.Tensor,
        attention_mask: torch.Tensor,
        text_mask: torch.Tensor,
        first: int,
    ) -> torch.Tensor:
        """Run the layers from `first` on and return the features."""
        device = self.shift.device
        hidden, attention_mask, text_mask = (
            given.to(device) for given in (hidden, attention_mask, text_mask)
        )
        mask = _additive(attention_mask)
        for layer in self.bert.encoder.layer[first:]:
            hidden = layer(hidden, mask)
        inside = text_mask.to(hidden.dtype)
        outside = attention_mask.to(hidden.dtype) - inside
        means = torch.cat([_mean(hidden, inside), _mean(hidden, outside)], dim=-1)
        return (means - self.shift) / self.spread

    def forward(
        self, input_ids: torch.Tensor, attention_mask: torch.Tensor, text_mask: torch.Tensor
    ) -> torch.Tensor:
        """Return logits, shape (batch, classes + themes)."""
        features = self.features(input_ids, attention_mask, text_mask)
        return self.head(self.dropout(features))


def _additive(attention_mask: torch.Tensor) -> torch.Tensor:
    return (1.0 - attention_mask[:, None, None, :].float()) * -1e9


def _mean(hidden: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    weights = mask.unsqueeze(-1)
    return (hidden * weights).sum(1) / weights.sum(1).clamp(min=1.0)


def load_base(base: Path, dropout: float = 0.1, layers: int | None = None) -> StanceNetwork:
    """Return a network with the base encoder's weights and a fresh head."""
    settings = json.loads((base / "config.json").read_text("utf-8"))
    # No dropout of attention: drawing it takes a tenth of the time.
    config = BertConfig(**settings, hidden_dropout_prob=dropout, attention_probs_dropout_prob=0.0)
    network = StanceNetwork(config, dropout)
    missing, unexpected = network.bert.load_state_dict(
        torch.load(base / "encoder.pt", weights_only=True), strict=False
    )
    if unexpected or any("position_ids" not in key for key in missing):
        raise ValueError(f"{base}: the encoder does not fit ({missing}, {unexpected})")
    if layers is not None:
        keep_layers(network, layers)
    return network


def keep_layers(network: StanceNetwork, count: int) -> None:
    """Drop layers evenly from the middle, keeping the first and the last."""
    stack = network.bert.encoder.layer
    chosen = torch.linspace(0, len(stack) - 1, count).round().long().tolist()
    network.bert.encoder.layer = nn.ModuleList([stack[index] for index in chosen])
    network.bert.config.num_hidden_layers = count


def class_of(passage: LabelledPassage) -> int:
    """Return the index of the passage's class."""
    if not passage.treaty:
        return 0
    return 1 + int(passage.hope) + 2 * int(passage.concern)


def theme_targets(passages: Sequence[LabelledPassage]) -> torch.Tensor:
    """Return 1 where a passage carries a theme, shape (passages, themes)."""
    return torch.tensor([[float(t in p.themes) for t in THEMES] for p in passages])
