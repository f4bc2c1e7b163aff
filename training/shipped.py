"""Read the weights of a shipped folder back as floats."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from treatywatch.classifiers.bundle import read_json

Floats = NDArray[np.float32]
_PARTS = ("qkv", "out", "wide", "narrow")


def shipped_weights(folder: Path) -> dict[str, Floats]:
    """Return the weights by the names of the exported network, as they were before the export.

    What the export moved is put back: the evened channels, the attention's scale, the shift of
    values after GELU. The rounding to 8 bits stays.
    """
    import onnx
    from onnx import numpy_helper

    graph = onnx.load(str(folder / "onnx" / "model.onnx")).graph
    arrays = {item.name: numpy_helper.to_array(item) for item in graph.initializer}
    is_by_name = any(name.endswith(".weight.codes") for name in arrays)
    if not is_by_name:
        arrays |= _named(graph, arrays)
    floats = {name: array for name, array in arrays.items() if array.dtype == np.float32}
    found = {name.replace(".linear.", "."): array for name, array in floats.items()}
    for name in [name for name in arrays if name.endswith(".weight.codes")]:
        full = name.removesuffix(".weight.codes")
        product = full.removesuffix(".linear")
        columns = arrays[name] * arrays[f"{full}.weight.scales"]
        found[f"{product}.weight"] = columns.T * arrays.get(f"{product}.inverse", np.float32(1))
        if f"{full}.weight.shift" in arrays:
            bias = arrays[f"{full}.bias"] + arrays[f"{full}.weight.shift"] @ columns
            found[f"{product}.bias"] = bias
    found["words"] = arrays["words.rows"].astype(np.float32) * arrays["words.scale"]
    if not is_by_name:
        return found
    return _with_plain_queries(found, read_json(folder / "config.json")["num_attention_heads"])


def _named(graph: Any, arrays: Mapping[str, Any]) -> dict[str, Any]:
    """Return the codes and scales of a folder up to 2.4, whose products have numbers for names."""
    products = [node for node in graph.node if node.op_type == "MatMulIntegerToFloat"]
    found = {}
    for index, node in enumerate(products):
        layer, part = divmod(index, len(_PARTS))
        name = f"layers.{layer}.{_PARTS[part]}.linear.weight"
        found[f"{name}.codes"], found[f"{name}.scales"] = (
            arrays[node.input[1]],
            arrays[node.input[3]],
        )
    return found


def _with_plain_queries(found: dict[str, Floats], heads: int) -> dict[str, Floats]:
    for name in [name for name in found if ".qkv." in name and name.endswith((".weight", ".bias"))]:
        query, key, value = np.split(found[name], 3)
        size = np.float32(len(query) / heads)
        found[name] = np.concatenate([query * np.sqrt(size), key, value])
    return found


def bert_names(weights: Mapping[str, Floats]) -> dict[str, torch.Tensor]:
    """Return weights by the names that transformers gives them."""
    state = {
        "bert.embeddings.word_embeddings.weight": weights["words"],
        "bert.embeddings.token_type_embeddings.weight": np.zeros((2, weights["words"].shape[1])),
        "bert.embeddings.LayerNorm.weight": weights["norm.weight"],
        "bert.embeddings.LayerNorm.bias": weights["norm.bias"],
        "head.weight": weights["head.weight"],
        "head.bias": weights["head.bias"],
    }
    positions = np.zeros((512, weights["words"].shape[1]), np.float32)
    positions[: len(weights["positions"])] = weights["positions"]
    state["bert.embeddings.position_embeddings.weight"] = positions
    for index in range(sum(name.endswith(".qkv.weight") for name in weights)):
        ours, theirs = f"layers.{index}", f"bert.encoder.layer.{index}"
        for kind in ("weight", "bias"):
            parts = np.split(weights[f"{ours}.qkv.{kind}"], 3)
            for name, part in zip(("query", "key", "value"), parts, strict=True):
                state[f"{theirs}.attention.self.{name}.{kind}"] = part
            for short, full in {
                "out": "attention.output.dense",
                "norm1": "attention.output.LayerNorm",
                "wide": "intermediate.dense",
                "narrow": "output.dense",
                "norm2": "output.LayerNorm",
            }.items():
                state[f"{theirs}.{full}.{kind}"] = weights[f"{ours}.{short}.{kind}"]
    return {
        name: torch.tensor(np.array(value), dtype=torch.float32) for name, value in state.items()
    }
