"""Fit the head by logistic regression on features: before fine-tuning, and its themes after it."""

from __future__ import annotations

from typing import Any

import torch

from training.batches import sorted_batches
from training.corpus import HOPE_THEMES, THEMES
from training.material import Material, features_of, part
from training.network import CLASSES, StanceNetwork

# Which of the five classes take the side of a theme.
_SIDES = {True: (CLASSES.index("hopes"), CLASSES.index("mixed")),
          False: (CLASSES.index("concerns"), CLASSES.index("mixed"))}  # fmt: skip


def fit_head(
    network: StanceNetwork, train: Material, strength: float = 0.02, frozen: int = 0
) -> None:
    """Standardise the features and start the head from logistic regressions on frozen ones.

    Fine-tuning from a fitted head bends the encoder less (Kumar et al., 2022) and starts higher.
    """
    from sklearn.linear_model import LogisticRegression

    raw = extract(network, train, frozen)
    middle, spread = raw.mean(0), raw.std(0).clamp(min=1e-4)
    network.shift.copy_(middle)
    network.spread.copy_(spread)
    features = ((raw - middle) / spread).numpy()
    model = LogisticRegression(C=strength, max_iter=500, class_weight="balanced")
    model.fit(features, train.classes.numpy())
    network.head.weight.data[: len(CLASSES)] = torch.from_numpy(model.coef_)
    network.head.bias.data[: len(CLASSES)] = torch.from_numpy(model.intercept_)
    _fit_themes(network, features, train, strength)


def refit_themes(network: StanceNetwork, train: Material, strength: float) -> None:
    """Fit the themes anew on the features of the trained encoder, which looks at classes most.

    They have moved since the head began, so they are standardised once more for the fit.
    """
    stanced = torch.nonzero(train.classes >= CLASSES.index("hopes")).flatten().tolist()
    train = part(train, stanced)
    features = extract(network, train)
    middle, spread = features.mean(0), features.std(0).clamp(min=1e-4)
    _fit_themes(network, ((features - middle) / spread).numpy(), train, strength)
    weights = network.head.weight.data[len(CLASSES) :]
    weights /= spread.to(weights.device)
    network.head.bias.data[len(CLASSES) :] -= weights @ middle.to(weights.device)


def _fit_themes(network: StanceNetwork, features: Any, train: Material, strength: float) -> None:
    """Fit each theme among the passages that take its side; others never show it."""
    from sklearn.linear_model import LogisticRegression

    for index, theme in enumerate(THEMES):
        sides = torch.tensor(_SIDES[theme in HOPE_THEMES])
        rows = torch.isin(train.classes, sides).numpy()
        model = LogisticRegression(C=strength, max_iter=200)
        model.fit(features[rows], train.themes[rows, index].numpy())
        network.head.weight.data[len(CLASSES) + index] = torch.from_numpy(model.coef_[0])
        network.head.bias.data[len(CLASSES) + index] = float(model.intercept_[0])


@torch.inference_mode()
def extract(
    network: StanceNetwork, given: Material, frozen: int = 0, short: bool = False
) -> torch.Tensor:
    """Return the features of every row; `frozen` layers are taken from `given.hidden`.

    `short` multiplies in bfloat16, which moves a feature by less than a hundredth of its spread.
    """
    network.eval()
    device = network.shift.device
    found = torch.zeros(len(given.rows), network.head.in_features)
    for batch in sorted_batches(given.rows):
        with torch.autocast(device.type, torch.bfloat16, enabled=short):
            found[batch] = features_of(network, given, batch, frozen).float().cpu()
    return found
