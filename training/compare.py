"""Compare ways of training on one fixed part of the data: a table for the model card.

    python -m training.compare --base build/base --out training/compared.json

Every recipe sees the same passages for the same number of epochs, so their differences are the
recipe's. The part is small because the point is the choice, not the figure.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from training.card import COMPARED
from training.finetune import TrainingArguments, finetune, frozen_layers
from training.heads import fit_head
from training.lora import merge_lora
from training.material import Material, below, part
from training.network import StanceNetwork, keep_layers, load_base
from training.plan import Data, dev_score, load_data

RECIPES: dict[str, dict[str, Any]] = {
    "top 8 layers": {},
    "top 4 layers": {"trained_layers": 4},
    "all 12 layers": {"trained_layers": 12},
    "low-rank adapters (16) on all layers": {"method": "lora"},
    "top 8 layers + supervised contrastive term": {"contrastive_weight": 0.2},
    "top 8 layers + consistency of parallel passages": {"consistency_weight": 0.5},
    "top 8 layers, another seed": {"seed": 2},
    "top 8 layers, a third seed": {"seed": 3},
}
SHALLOW = 6


def every_so_many(given: Material, every: int) -> Material:
    """Return every so-many-th passage, and parallel ones all three or none."""
    chosen = set(sorted({group for group in given.groups if group})[::every])
    alone = [i for i, group in enumerate(given.groups) if not group][::every]
    return part(given, sorted([*alone, *(i for i, g in enumerate(given.groups) if g in chosen)]))


def frozen(network: StanceNetwork, data: Data, few: Material) -> dict[str, Any]:
    """Fit the head alone on the frozen encoder."""
    started = time.monotonic()
    fit_head(network, few)
    return _row(dev_score(network, data), started)


def tuned(
    network: StanceNetwork, data: Data, few: Material, arguments: TrainingArguments
) -> dict[str, Any]:
    """Fit the head, then fine-tune by the given arguments."""
    started = time.monotonic()
    lower = frozen_layers(network, arguments)
    few.hidden = below(network, few.rows, lower) if lower else []
    fit_head(network, few, frozen=lower)
    finetune(network, few, arguments, lambda _epoch, _loss: None)
    merge_lora(network)
    return _row(dev_score(network, data), started)


def _row(score: float, started: float) -> dict[str, Any]:
    return {"dev_macro_f1": round(score, 4), "seconds": round(time.monotonic() - started)}


def compare(base: Path, every: int, epochs: int, out: Path) -> dict[str, Any]:
    """Run every recipe that has no row yet; a stopped comparison goes on where it was."""
    data = load_data(base)
    few = every_so_many(data.train, every)
    asked = {"passages": len(few.rows), "of": len(data.train.rows), "epochs": epochs}
    found: dict[str, Any] = json.loads(out.read_text("utf-8")) if out.is_file() else {}
    if found.get("rows") and {key: found.get(key) for key in asked} != asked:
        raise SystemExit(
            f"{out}: its rows are of other conditions; remove it or name another --out"
        )
    found |= asked
    rows: dict[str, Any] = found.setdefault("rows", {})
    waiting = [n for n in ("frozen encoder", *RECIPES, f"{SHALLOW} of 12 layers") if n not in rows]
    for name in waiting:
        arguments = replace(TrainingArguments(), epochs=epochs, **RECIPES.get(name, {}))
        torch.manual_seed(arguments.seed)
        network = load_base(base)
        if name == "frozen encoder":
            rows[name] = frozen(network, data, few)
        else:
            if name not in RECIPES:
                keep_layers(network, SHALLOW)
                arguments = replace(arguments, trained_layers=SHALLOW)
            rows[name] = tuned(network, data, few, arguments)
        print(name, rows[name], flush=True)
        out.write_text(json.dumps(found, indent=2) + "\n", "utf-8")
    return found


def main() -> None:
    """Read the command line and compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--base", type=Path, default=Path("build/base"))
    parser.add_argument("--every", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--out", type=Path, default=COMPARED)
    options = parser.parse_args()
    compare(options.base, options.every, options.epochs, options.out)


if __name__ == "__main__":
    main()
