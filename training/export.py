"""Export a trained network as the folder that ships: ONNX in int8, tokenizer, config, manifest."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from training.batches import MAX_TEXT, MAX_TITLE, Encoded
from training.corpus import CONCERN_THEMES, HOPE_THEMES
from training.evening import even_out
from training.network import CLASSES, StanceNetwork
from training.plain import PlainNetwork, Precision
from training.quantise import quantise_products
from treatywatch.classifiers.bundle import write_manifest

THEME_NAMES = [f"hope:{t}" for t in HOPE_THEMES] + [f"concern:{t}" for t in CONCERN_THEMES]


def export_onnx(
    network: StanceNetwork,
    path: Path,
    precision: Precision = "int8",
    rows: Sequence[Encoded] = (),
) -> None:
    """Write the network as ONNX; `int8` multiplies 8-bit integers.

    `rows` are passages by which channels are evened out before; without any they stay as they are.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    plain = PlainNetwork(network, precision).eval()
    if precision == "int8" and rows:
        even_out(plain.layers, plain, rows)
    ids = torch.tensor([[0, 5, 6, 2, 7, 8, 9, 2]])
    mask = torch.tensor([[0, 0, 0, 0, 1, 1, 1, 1]])
    torch.onnx.export(
        plain,
        (ids, mask),
        str(path),
        input_names=["input_ids", "text_mask"],
        output_names=["logits"],
        dynamic_axes={"input_ids": {1: "tokens"}, "text_mask": {1: "tokens"}},
        opset_version=17,
        dynamo=False,
    )
    if precision == "int8":
        quantise_products(path)


def write_bundle(
    folder: Path,
    network: StanceNetwork,
    base: Path,
    settings: dict[str, Any],
    rows: Sequence[Encoded] = (),
) -> None:
    """Write the folder that ships, but for its card; `settings` go into `config.json`."""
    folder.mkdir(parents=True, exist_ok=True)
    model = folder / "onnx" / "model.onnx"
    export_onnx(network, model, settings.pop("precision", "int8"), rows)
    shutil.copy(base / "tokenizer.json", folder / "tokenizer.json")
    config = json.loads((base / "config.json").read_text("utf-8"))
    config |= {
        "architectures": ["StanceNetwork"],
        "num_hidden_layers": len(network.bert.encoder.layer),
        "id2label": {str(i): name for i, name in enumerate(CLASSES)},
        "themes": THEME_NAMES,
        "max_title_tokens": MAX_TITLE,
        "max_text_tokens": MAX_TEXT,
        **settings,
    }
    text = json.dumps(config, ensure_ascii=False, indent=2) + "\n"
    (folder / "config.json").write_text(text, "utf-8")
    write_manifest(folder)
