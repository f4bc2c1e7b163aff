"""Export a trained network as the folder that ships: ONNX in int8, tokenizer, config, manifest."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional as F  # noqa: N812

from training.batches import MAX_TEXT, MAX_TITLE, Encoded
from training.corpus import CONCERN_THEMES, HOPE_THEMES
from training.evening import even_out
from training.network import CLASSES, StanceNetwork
from treatywatch.classifiers.bundle import write_manifest

Precision = Literal["int8", "fp32"]
ZERO = 128  # the code of 0: codes of activations are unsigned, which processors multiply faster
THEME_NAMES = [f"hope:{t}" for t in HOPE_THEMES] + [f"concern:{t}" for t in CONCERN_THEMES]


class RowInt8Embedding(nn.Module):
    """An embedding table with one int8 row a piece and one scale a row."""

    def __init__(self, weight: torch.Tensor) -> None:
        super().__init__()
        scale = weight.abs().amax(dim=1, keepdim=True).clamp(min=1e-8) / 127
        self.register_buffer("rows", (weight / scale).round().to(torch.int8))
        self.register_buffer("scale", scale)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        """Return the rows as floats."""
        return self.rows[ids].float() * self.scale[ids]  # type: ignore[index,no-any-return]


class PlainLayer(nn.Module):
    """One transformer layer for one unpadded passage, with query, key and value in one product."""

    def __init__(self, layer: Any, heads: int) -> None:
        super().__init__()
        attention = layer.attention
        parts = [attention.self.query, attention.self.key, attention.self.value]
        self.heads = heads
        self.qkv = nn.Linear(parts[0].in_features, 3 * parts[0].out_features)
        self.qkv.weight.data = torch.cat([part.weight.data for part in parts])
        self.qkv.bias.data = torch.cat([part.bias.data for part in parts])
        self.out, self.norm1 = attention.output.dense, attention.output.LayerNorm
        self.wide, self.narrow = layer.intermediate.dense, layer.output.dense
        self.norm2 = layer.output.LayerNorm

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        """Return the next hidden states, shape (1, tokens, hidden)."""
        size = hidden.shape[-1] // self.heads
        query, key, value = (
            part.reshape(1, -1, self.heads, size).transpose(1, 2)
            for part in self.qkv(hidden).chunk(3, dim=-1)
        )
        shares = torch.softmax(query @ key.transpose(2, 3) * size**-0.5, dim=-1)
        mixed = (shares @ value).transpose(1, 2).reshape(1, -1, self.heads * size)
        hidden = self.norm1(self.out(mixed) + hidden)
        return self.norm2(self.narrow(F.gelu(self.wide(hidden))) + hidden)  # type: ignore[no-any-return]


class PlainNetwork(nn.Module):
    """The stance network for one unpadded passage, written out for a lean ONNX graph."""

    def __init__(self, network: StanceNetwork, precision: Precision) -> None:
        super().__init__()
        embeddings = network.bert.embeddings
        weight = embeddings.word_embeddings.weight.data
        self.words: nn.Module = (
            RowInt8Embedding(weight)
            if precision == "int8"
            else nn.Embedding.from_pretrained(weight)
        )
        positions = embeddings.position_embeddings.weight.data[: MAX_TITLE + MAX_TEXT + 8]
        self.register_buffer(
            "positions", positions + embeddings.token_type_embeddings.weight.data[0]
        )
        self.norm = embeddings.LayerNorm
        heads = network.bert.config.num_attention_heads
        self.layers = nn.ModuleList(
            PlainLayer(layer, heads) for layer in network.bert.encoder.layer
        )
        self.head = _on_raw_means(network)

    def forward(self, input_ids: torch.Tensor, text_mask: torch.Tensor) -> torch.Tensor:
        """Return logits, shape (1, classes + themes)."""
        hidden = self.words(input_ids) + self.positions[: input_ids.shape[1]]  # type: ignore[index]
        hidden = self.norm(hidden)
        for layer in self.layers:
            hidden = layer(hidden)
        inside = text_mask.unsqueeze(-1).to(hidden.dtype)
        means = [(hidden * m).sum(1) / m.sum(1) for m in (inside, 1.0 - inside)]
        return self.head(torch.cat(means, dim=-1))  # type: ignore[no-any-return]


def _on_raw_means(network: StanceNetwork) -> nn.Linear:
    """Return the head with the standardising of its features folded in."""
    head = nn.Linear(network.head.in_features, network.head.out_features)
    head.weight.data = network.head.weight.data / network.spread
    head.bias.data = network.head.bias.data - head.weight.data @ network.shift
    return head


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


def quantise_products(path: Path) -> None:
    """Replace every product with a constant by one of 8-bit integers, in place.

    Weights have a scale a column, activations one a token, found at run time. With one scale for
    all tokens of a passage, as usual dynamic quantisation has, one passage in twenty changes its
    class; with one a token and channels evened out before, one in a hundred. Blocks of 32
    (`MatMulNBits`) take twice the time.
    """
    import onnx
    from onnx import helper, numpy_helper

    model = onnx.load(str(path))
    graph = model.graph
    constants = {item.name: item for item in graph.initializer}
    constants |= {item.name: item for item in _shared_constants()}
    nodes = []
    for node in graph.node:
        if node.op_type != "MatMul" or node.input[1] not in constants:
            nodes.append(node)
            continue
        name = node.input[1]
        codes, scales = _columns(numpy_helper.to_array(constants.pop(name)))
        constants |= {
            f"{name}.codes": numpy_helper.from_array(codes, f"{name}.codes"),
            f"{name}.scales": numpy_helper.from_array(scales, f"{name}.scales"),
        }
        nodes += _integer_product(node.input[0], name, node.output[0])
    del graph.node[:]
    graph.node.extend(nodes)
    del graph.initializer[:]
    graph.initializer.extend(constants.values())
    model.opset_import.append(helper.make_opsetid("com.microsoft", 1))
    onnx.save(model, str(path))


def _columns(weight: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Return codes in the shape of the weight and one scale a column."""
    scales = np.maximum(np.abs(weight).max(0) / 127, 1e-8).astype(np.float32)
    return np.round(weight / scales).astype(np.int8), scales


def _shared_constants() -> list[Any]:
    from onnx import numpy_helper

    values = {
        "q.step": np.array(1 / 127, np.float32),
        "q.least": np.array(1e-8, np.float32),
        "q.flat": np.array([-1], np.int64),
        "q.zero": np.array(ZERO, np.uint8),
        "q.one": np.array(1, np.float32),
    }
    return [numpy_helper.from_array(value, name) for name, value in values.items()]


def _integer_product(source: str, weight: str, output: str) -> list[Any]:
    """Return the nodes of `source @ weight`: a scale a token, codes around 128, one product."""
    from onnx import TensorProto, helper

    def name(part: str) -> str:
        return f"{output}.{part}"

    make = helper.make_node
    zeros = helper.make_tensor("value", TensorProto.UINT8, [1], [ZERO])
    return [
        make("Abs", [source], [name("size")]),
        make("ReduceMax", [name("size")], [name("most")], axes=[-1], keepdims=1),
        make("Mul", [name("most"), "q.step"], [name("scale")]),
        make("Max", [name("scale"), "q.least"], [name("scales")]),
        make("Reshape", [name("scales"), "q.flat"], [name("by_token")]),
        make("Shape", [name("by_token")], [name("tokens")]),
        make("ConstantOfShape", [name("tokens")], [name("zeros")], value=zeros),
        make("QuantizeLinear", [source, name("by_token"), name("zeros")], [name("codes")], axis=1),
        make(
            "MatMulIntegerToFloat",
            [name("codes"), f"{weight}.codes", "q.one", f"{weight}.scales", "q.zero"],
            [name("raw")],
            domain="com.microsoft",
        ),
        make("Mul", [name("raw"), name("scales")], [output]),
    ]


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
