"""Train, calibrate, export and measure the stance model: one command, fixed seeds.

    python -m training.train --wheels build/wheels --out classifiers/bundled

Needs the extra `train`. The stages write into `build/`, so an interrupted run goes on where it
stopped; `--fresh` starts over.
"""

from __future__ import annotations

import argparse
import copy
import json
import shutil
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import torch

from training import base as base_encoder
from training.blend import blend
from training.corpus import data_digest
from training.device import best_device, short_products
from training.finetune import TrainingArguments, finetune, frozen_layers
from training.heads import fit_head, refit_themes
from training.lora import merge_lora
from training.material import below
from training.network import StanceNetwork, keep_layers, load_base
from training.plan import Data, Plan, dev_score, load_data
from training.shipping import ship
from training.soup import State, soup
from treatywatch.classifiers.bundle import BUNDLED
from treatywatch.news.text import stable_id

THEME_STRENGTH = 0.01  # how freely the themes are fitted anew at the end


def train_seed(plan: Plan, data: Data, seed: int) -> tuple[State, float]:
    """Return the best state of one seed by development macro-F1, and that figure."""
    saved = plan.work / f"seed{seed}.pt"
    kept = _kept(plan, saved)
    if kept is not None:
        return kept["state"], kept["score"]
    torch.manual_seed(seed)
    network = load_base(plan.base).to(best_device())
    frozen = frozen_layers(network, plan.arguments)
    if frozen and not data.train.hidden:
        data.train.hidden = below(network, data.train.rows, frozen)
    fit_head(network, data.train, frozen=frozen)
    best: dict[str, Any] = {"score": -1.0, "made_of": made_of(plan)}

    def after_epoch(epoch: int, loss: float) -> None:
        if 2 * epoch <= plan.arguments.epochs:  # the first half is never the best
            return
        score = dev_score(network, data)
        print(f"seed {seed} epoch {epoch} loss {loss:.3f} dev macro-F1 {score:.4f}", flush=True)
        if score > best["score"]:
            merged = copy.deepcopy(network).cpu()
            merge_lora(merged)
            best.update(score=score, state=copy.deepcopy(merged.state_dict()))
            torch.save(best, saved.with_suffix(".partial"))

    finetune(network, data.train, replace(plan.arguments, seed=seed), after_epoch)
    torch.save(best, saved)
    return best["state"], best["score"]


def made_of(plan: Plan) -> str:
    """Return what weights hang on: passages, arguments and base, as one hash."""
    base = (plan.base / "config.json").read_text("utf-8")
    parts = (data_digest(), json.dumps(asdict(plan.arguments), sort_keys=True), base)
    return stable_id(*parts)


def _kept(plan: Plan, saved: Path) -> dict[str, Any] | None:
    """Return what an interrupted run of the same passages and arguments left, or None."""
    if not saved.is_file():
        return None
    kept: dict[str, Any] = torch.load(saved, weights_only=True, map_location="cpu")
    return kept if kept.get("made_of") == made_of(plan) else None


def polish(plan: Plan, network: StanceNetwork, data: Data) -> None:
    """Read the last passages once at a third of the rate, with a part of the others.

    Trained near its subject alone, the model takes a match report for a view of the treaty.
    """
    saved = plan.work / f"polished-{'-'.join(map(str, plan.seeds))}.pt"
    kept = _kept(plan, saved)
    if kept is not None:
        network.load_state_dict(kept["state"])
        return
    rate = plan.arguments.learning_rate / 3
    last = replace(plan.arguments, epochs=1, learning_rate=rate, seed=plan.seeds[0])

    def after_epoch(_epoch: int, loss: float) -> None:
        score = dev_score(network, data)
        print(f"last passages: loss {loss:.3f} dev macro-F1 {score:.4f}", flush=True)

    finetune(network, data.last, last, after_epoch)
    torch.save({"state": network.state_dict(), "made_of": made_of(plan)}, saved)


def main() -> None:
    """Run every stage that is not done yet."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--wheels", type=Path, default=Path("build/wheels"))
    parser.add_argument("--base", type=Path, default=Path("build/base"))
    parser.add_argument("--work", type=Path, default=Path("build/train"))
    parser.add_argument("--out", type=Path, default=BUNDLED)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1])
    parser.add_argument("--epochs", type=int, default=TrainingArguments().epochs)
    parser.add_argument("--blend", type=Path, help="average with this shipped folder")
    parser.add_argument("--layers", type=int, default=0, help="keep so many layers; 0: all")
    parser.add_argument("--fresh", action="store_true")
    options = parser.parse_args()
    started = time.monotonic()
    if options.fresh:
        shutil.rmtree(options.work, ignore_errors=True)
    if not (options.base / "encoder.pt").is_file():
        base_encoder.build(options.wheels, options.base)
    options.work.mkdir(parents=True, exist_ok=True)
    arguments = TrainingArguments(
        epochs=options.epochs, short_products=short_products(best_device())
    )
    plan = Plan(
        options.base, options.work, options.out, tuple(options.seeds), arguments, options.blend
    )
    data = load_data(plan.base)
    found = [train_seed(plan, data, seed) for seed in plan.seeds]
    network = soup(plan, data, found)
    polish(plan, network, data)
    refit_themes(network, data.train, THEME_STRENGTH)
    network.cpu()
    if plan.blend:
        blend(network, plan.blend)
    torch.save(network.state_dict(), plan.work / "network.pt")  # for `training.distil`
    if options.layers:
        keep_layers(network, options.layers)
    report = ship(plan, network, data)
    report["minutes"] = round((time.monotonic() - started) / 60, 1)
    (plan.work / "report.json").write_text(json.dumps(report, indent=2) + "\n", "utf-8")
    print(json.dumps(report["test"], indent=2))


if __name__ == "__main__":
    main()
