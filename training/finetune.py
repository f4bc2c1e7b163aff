"""Fine-tune the stance network on labelled passages, with a fixed seed."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812

from training.batches import training_batches
from training.device import products
from training.lora import add_lora
from training.losses import class_weights, consistency_loss, contrastive_loss
from training.material import Material, below, features_of
from training.network import CLASSES, StanceNetwork


@dataclass(frozen=True, slots=True)
class TrainingArguments:
    """What a fine-tuning run depends on besides the data."""

    seed: int = 1
    epochs: int = 3
    batch_size: int = 16
    learning_rate: float = 1e-4
    head_learning_rate: float = 5e-4
    layer_decay: float = 0.95
    weight_decay: float = 0.01
    warmup: float = 0.1
    trained_layers: int = 8  # counted from the top; frozen ones run once
    theme_weight: float = 0.1  # of the sum over the themes
    label_smoothing: float = 0.05
    short_products: bool = False  # multiply in bfloat16; sums, states and steps stay float32
    contrastive_weight: float = 0.0
    contrastive_temperature: float = 0.1
    consistency_weight: float = 0.0
    method: Literal["full", "lora"] = "full"
    lora_rank: int = 16

    def __post_init__(self) -> None:
        if self.epochs < 1 or self.batch_size < 2:
            raise ValueError("epochs must be at least 1 and batch_size at least 2")


def finetune(
    network: StanceNetwork,
    train: Material,
    arguments: TrainingArguments,
    after_epoch: Callable[[int, float], None],
) -> None:
    """Train in place; `after_epoch` gets the epoch's number and mean loss."""
    torch.manual_seed(arguments.seed)
    chance = random.Random(arguments.seed)
    choose_trained(network, arguments)
    frozen = frozen_layers(network, arguments)
    if frozen and not train.hidden:
        train.hidden = below(network, train.rows, frozen)
    optimizer = torch.optim.AdamW(_parameter_groups(network, arguments))
    steps = arguments.epochs * -(-len(train.rows) // arguments.batch_size)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, _linear(steps, arguments.warmup))
    weights = class_weights(train.classes).to(network.shift.device)
    started = time.monotonic()
    step = 0
    for epoch in range(1, arguments.epochs + 1):
        network.train()
        losses = []
        for batch in training_batches(train.rows, arguments.batch_size, chance):
            loss = _loss(network, train, batch, arguments, weights)
            loss.backward()
            nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            optimizer.zero_grad(set_to_none=True)
            losses.append(loss.item())
            step += 1
            if step % 40 == 0:
                spent = time.monotonic() - started
                print(
                    f"step {step}/{steps} loss {sum(losses[-40:]) / 40:.3f} {spent:.0f}s",
                    flush=True,
                )
        after_epoch(epoch, sum(losses) / len(losses))


def _loss(
    network: StanceNetwork,
    train: Material,
    batch: list[int],
    arguments: TrainingArguments,
    weights: torch.Tensor,
) -> torch.Tensor:
    device = network.shift.device
    with products(device, arguments.short_products):
        features = features_of(network, train, batch, frozen_layers(network, arguments)).float()
    logits = network.head(network.dropout(features))
    classes, themes = train.classes[batch].to(device), train.themes[batch].to(device)
    loss = F.cross_entropy(
        logits[:, : len(CLASSES)], classes, weights, label_smoothing=arguments.label_smoothing
    )
    stanced = classes >= 2
    if stanced.any():
        theme_logits = logits[stanced, len(CLASSES) :]
        theme_loss = F.binary_cross_entropy_with_logits(
            theme_logits, themes[stanced], reduction="sum"
        ) / len(theme_logits)
        loss = loss + arguments.theme_weight * theme_loss
    if arguments.contrastive_weight:
        loss = loss + arguments.contrastive_weight * contrastive_loss(
            features, classes, arguments.contrastive_temperature
        )
    if arguments.consistency_weight:
        groups = [train.groups[i] for i in batch]
        loss = loss + arguments.consistency_weight * consistency_loss(
            logits[:, : len(CLASSES)], groups
        )
    return loss


def frozen_layers(network: StanceNetwork, arguments: TrainingArguments) -> int:
    """Return how many layers at the bottom never change."""
    if arguments.method == "lora":
        return 0
    return max(0, len(network.bert.encoder.layer) - arguments.trained_layers)


def choose_trained(network: StanceNetwork, arguments: TrainingArguments) -> None:
    """Freeze the embeddings and the layers below the trained ones."""
    network.bert.embeddings.requires_grad_(False)
    layers = network.bert.encoder.layer
    for index, layer in enumerate(layers):
        layer.requires_grad_(index >= len(layers) - arguments.trained_layers)
    if arguments.method == "lora":
        add_lora(network, arguments.lora_rank)


def _parameter_groups(
    network: StanceNetwork, arguments: TrainingArguments
) -> list[dict[str, object]]:
    layers = network.bert.encoder.layer
    groups: list[dict[str, object]] = [
        {"params": list(network.head.parameters()), "lr": arguments.head_learning_rate}
    ]
    rate = arguments.learning_rate * (5 if arguments.method == "lora" else 1)
    for depth, layer in enumerate(reversed(layers)):
        parameters = [p for p in layer.parameters() if p.requires_grad]
        if parameters:
            groups.append(
                {
                    "params": parameters,
                    "lr": rate * arguments.layer_decay**depth,
                    "weight_decay": arguments.weight_decay,
                }
            )
    return groups


def _linear(steps: int, warmup: float) -> Callable[[int], float]:
    rising = max(1, int(steps * warmup))
    return lambda step: min((step + 1) / rising, max(0.0, (steps - step) / (steps - rising)))
