"""From a trained network to the folder that ships: exported, tuned, measured, described."""

from __future__ import annotations

import shutil
from dataclasses import asdict
from typing import Any

from training.card import write_card
from training.corpus import THEMES, read_passages, read_triples
from training.export import write_bundle
from training.measure import measure_everything
from training.network import StanceNetwork
from training.ngrams import write_ngrams
from training.plan import Data, Plan
from training.tune import tune
from treatywatch.classifiers.bundle import Calibration, read_config

MODEL_ID = "treatywatch-e5-small"
VERSION = "2.4"
EVENED_BY = 97  # channels are evened out by every so-many-th passage


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
    report["blended"] = read_config(plan.blend).model_id if plan.blend else ""
    report["settings"] = {
        name: settings[name] for name in ("ngram_weight", "ngram_theme_weight", "answer_cuts")
    }
    write_card(folder, report)
    shutil.rmtree(plan.out, ignore_errors=True)
    shutil.copytree(folder, plan.out)
    return report
