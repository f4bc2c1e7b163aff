"""The mean of several runs."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from training.device import best_device
from training.network import StanceNetwork, load_base
from training.plan import Data, Plan, dev_score

State = dict[str, torch.Tensor]


def soup(plan: Plan, data: Data, found: Sequence[tuple[State, float]]) -> StanceNetwork:
    """Average states greedily, best first, as long as development macro-F1 does not fall.

    Runs from one start lie in one basin; their mean costs nothing at run time (Wortsman, 2022).
    """
    network = load_base(plan.base).to(best_device())
    ranked = sorted(found, key=lambda pair: -pair[1])
    chosen = [ranked[0][0]]
    network.load_state_dict(chosen[0])
    score = dev_score(network, data)
    for state, _ in ranked[1:]:
        network.load_state_dict(_mean([*chosen, state]))
        trial = dev_score(network, data)
        print(f"soup of {len(chosen) + 1}: {trial:.4f} against {score:.4f}", flush=True)
        if trial >= score:
            chosen.append(state)
            score = trial
    network.load_state_dict(_mean(chosen))
    return network


def _mean(states: Sequence[State]) -> State:
    return {
        name: torch.stack([state[name].float() for state in states]).mean(0).to(first.dtype)
        for name, first in states[0].items()
    }
