"""Average a trained network with one that was shipped before.

Both came from one base with one seed, so their mean costs nothing at run time and is better than
either (Wortsman et al., 2022, "Model soups").
"""

from __future__ import annotations

from pathlib import Path

import torch

from training.network import StanceNetwork
from training.shipped import bert_names, shipped_weights


def blend(network: StanceNetwork, folder: Path, share: float = 0.5) -> None:
    """Take `share` of the layers and the head of a shipped folder into the network, in place.

    The embeddings, which no run changes, stay: the vocabularies differ.
    """
    before = bert_names(shipped_weights(folder))
    state = network.state_dict()
    layers = [{name for name in names if ".layer." in name} for names in (state, before)]
    if layers[0] != layers[1]:
        raise ValueError(f"{folder}: has other layers than the network; blend models of one depth")
    # Standardising the features is folded into the head, as the export does.
    state["head.weight"] = state["head.weight"] / state["spread"]
    state["head.bias"] = state["head.bias"] - state["head.weight"] @ state["shift"]
    state["shift"] = torch.zeros_like(state["shift"])
    state["spread"] = torch.ones_like(state["spread"])
    for name, own in state.items():
        if name in before and "embeddings" not in name:
            state[name] = (1.0 - share) * own + share * before[name]
    network.load_state_dict(state)
