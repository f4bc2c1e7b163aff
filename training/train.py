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
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer

from training import base as base_encoder
from training.batches import encode
from training.blend import blend
from training.calibrate import macro_f1
from training.card import write_card
from training.corpus import THEMES, LabelledPassage, data_digest, read_passages, read_triples
from training.device import best_device, short_products
from training.export import write_bundle
from training.finetune import (
    Material,
    TrainingArguments,
    below,
    finetune,
    frozen_layers,
    material,
    predict,
)
from training.heads import fit_head, refit_themes
from training.lora import merge_lora
from training.measure import measure_everything
from training.network import CLASSES, StanceNetwork, keep_layers, load_base
from training.ngrams import write_ngrams
from training.tune import tune
from treatywatch.classifiers.bundle import BUNDLED, Calibration
from treatywatch.news.text import stable_id

MODEL_ID = "treatywatch-e5-small"
VERSION = "2.4"
LAST = "-train10-"  # in the ids of passages about everything else, for a short stage at the end
REPLAYED = 4  # every so-many-th of the others is read again there
EVENED_BY = 97  # channels are evened out by every so-many-th passage
THEME_STRENGTH = 0.01  # how freely the themes are fitted anew at the end
State = dict[str, torch.Tensor]


@dataclass(frozen=True, slots=True)
class Plan:
    """Where things are and which seeds to train."""

    base: Path
    work: Path
    out: Path
    seeds: tuple[int, ...]
    arguments: TrainingArguments


@dataclass(slots=True)
class Data:
    """Training and development passages, encoded; `last` is for the short stage."""

    train: Material
    last: Material
    dev: list[LabelledPassage]
    dev_material: Material


def load_data(base: Path) -> Data:
    """Read and encode both splits; triples count to the split they name."""
    tokenizer = Tokenizer.from_file(str(base / "tokenizer.json"))

    def encoded(passages: list[LabelledPassage]) -> Material:
        return material(passages, encode(tokenizer, passages))

    everything = read_passages("train") + read_triples("train")
    alien = [p for p in everything if LAST in p.id]
    others = [p for p in everything if LAST not in p.id]
    dev = read_passages("dev") + read_triples("dev")
    return Data(encoded(others), encoded(alien + others[::REPLAYED]), dev, encoded(dev))


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


def dev_score(network: StanceNetwork, data: Data) -> float:
    """Return the mean over the languages of the five-class macro-F1 on development passages."""
    calls = predict(network, data.dev_material.rows)[:, : len(CLASSES)].argmax(1)
    languages = np.array([p.language for p in data.dev])
    return macro_f1(data.dev_material.classes.numpy(), calls.numpy(), languages)


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


def ship(plan: Plan, network: StanceNetwork, data: Data) -> dict[str, Any]:
    """Export, calibrate on the exported weights, measure, and write the folder that ships."""
    folder = plan.work / "bundle"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    settings: dict[str, Any] = {
        "model_id": f"{MODEL_ID}-{VERSION}",
        "description": "multilingual-e5-small, trimmed to Arabic, English and Vietnamese, "
        "fine-tuned on passages written for treatywatch",
    }
    write_ngrams(folder, read_passages("train") + read_triples("train"))
    neutral = {name: asdict(Calibration()) for name in ("ar", "en", "vi")}
    unset: dict[str, Any] = {"theme_cuts": [0.3] * len(THEMES), "calibration": neutral}
    unset |= {"ngram_weight": 0.0, "ngram_theme_weight": 0.0}
    rows = data.train.rows[::EVENED_BY]
    write_bundle(folder, network, plan.base, {**settings, **unset, "precision": "int8"}, rows)
    settings |= tune(folder, data.dev)
    write_bundle(folder, network, plan.base, {**settings, "precision": "int8"}, rows)
    report = measure_everything(folder, network, plan.base)
    report["arguments"] = asdict(plan.arguments)
    report["seeds"] = list(plan.seeds)
    report["settings"] = {
        name: settings[name] for name in ("ngram_weight", "ngram_theme_weight", "answer_cuts")
    }
    write_card(folder, report)
    shutil.rmtree(plan.out, ignore_errors=True)
    shutil.copytree(folder, plan.out)
    return report


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
    plan = Plan(options.base, options.work, options.out, tuple(options.seeds), arguments)
    data = load_data(plan.base)
    found = [train_seed(plan, data, seed) for seed in plan.seeds]
    network = soup(plan, data, found)
    polish(plan, network, data)
    refit_themes(network, data.train, THEME_STRENGTH)
    network.cpu()
    if options.blend:
        blend(network, options.blend)
    torch.save(network.state_dict(), plan.work / "network.pt")  # for `training.distil`
    if options.layers:
        keep_layers(network, options.layers)
    report = ship(plan, network, data)
    report["minutes"] = round((time.monotonic() - started) / 60, 1)
    (plan.work / "report.json").write_text(json.dumps(report, indent=2) + "\n", "utf-8")
    print(json.dumps(report["test"], indent=2))


if __name__ == "__main__":
    main()
