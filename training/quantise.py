"""Replace the products of an exported network by products of 8-bit integers.

Weights have a scale a column, activations one a token, found at run time. With one scale for all
tokens of a passage, as usual dynamic quantisation has, one passage in twenty changes its class;
with one a token and channels evened out before, one in a hundred. Blocks of 32 (`MatMulNBits`) take
1.8 times as long. Codes are around 128 for signed values and begin at 0 for those after GELU.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
ZERO = 128  # the code of 0: codes of activations are unsigned, which processors multiply faster
# GELU gives nothing below this. Codes of its values begin there, or half of them would be unused.
GELU_LEAST = -0.17
AFTER_GELU = ".narrow."


def quantise_products(path: Path) -> None:
    """Replace every product with weights of a layer, in place."""
    import onnx
    from onnx import helper, numpy_helper

    model = onnx.load(str(path))
    graph = model.graph
    constants = {item.name: numpy_helper.to_array(item) for item in graph.initializer}
    constants |= _shared_constants()
    nodes = _zeros(graph.input[0].name)
    for node in graph.node:
        if node.op_type == "Identity" and node.input[0] in constants:  # equal ones were one
            constants[node.output[0]] = constants[node.input[0]]
        # A product and its bias are one node; the head's stays as it is.
        elif node.op_type != "Gemm" or not node.input[1].startswith("layers."):
            nodes.append(node)
        elif AFTER_GELU in node.input[1]:
            nodes += _shifted_product(node, constants)
        else:
            nodes += _integer_product(node, constants)
    products = sum(node.op_type == "MatMulIntegerToFloat" for node in nodes)
    expected = sum(name.endswith(".weight.codes") for name in constants)
    if not products or products != expected or sum(n.op_type == "Gemm" for n in nodes) > 1:
        raise RuntimeError(f"{path}: the exporter wrote products in a form that is not known")
    del graph.node[:]
    graph.node.extend(nodes)
    del graph.initializer[:]
    used = {name for node in nodes for name in node.input}
    graph.initializer.extend(
        numpy_helper.from_array(value, name) for name, value in constants.items() if name in used
    )
    model.opset_import.append(helper.make_opsetid("com.microsoft", 1))
    onnx.save(model, str(path))


def _columns(weight: Floats) -> tuple[NDArray[np.int8], Floats]:
    """Return codes in the shape of the weight and one scale a column."""
    scales = np.maximum(np.abs(weight).max(0) / 127, 1e-8).astype(np.float32)
    return np.ascontiguousarray(np.round(weight / scales).astype(np.int8)), scales


def _shared_constants() -> dict[str, NDArray[Any]]:
    return {
        "q.half": np.array(1 / 127, np.float32),
        "q.full": np.array(1 / 255, np.float32),
        "q.least": np.array(1e-8, np.float32),
        "q.last": np.array([-1], np.int64),
        "q.zero": np.array(ZERO, np.uint8),
        "q.bottom": np.array(0, np.uint8),
        "q.one": np.array(1, np.float32),
    }


def _zeros(ids: str) -> list[Any]:
    """Return the nodes that make the codes of 0, one a token, for signed and for shifted values."""
    from onnx import TensorProto, helper

    make = helper.make_node
    found = [
        make("Shape", [ids], ["q.shape"]),
        make("Gather", ["q.shape", "q.last"], ["q.tokens"]),
    ]
    for name, code in (("q.zeros", ZERO), ("q.bottoms", 0)):
        value = helper.make_tensor("value", TensorProto.UINT8, [1], [code])
        found.append(make("ConstantOfShape", ["q.tokens"], [name], value=value))
    return found


def _integer_product(node: Any, constants: dict[str, NDArray[Any]]) -> list[Any]:
    """Return the nodes of a product of signed values: codes around 128."""
    from onnx import helper

    source, weight, bias = node.input
    output = node.output[0]
    constants[f"{weight}.codes"], constants[f"{weight}.scales"] = _columns(constants[weight].T)
    return [
        helper.make_node("Abs", [source], [f"{output}.size"]),
        *_scale(f"{output}.size", "q.half", output),
        *_product(source, "q.zeros", "q.zero", (weight, bias), output),
    ]


def _shifted_product(node: Any, constants: dict[str, NDArray[Any]]) -> list[Any]:
    """Return the nodes of a product of values after GELU: codes from its least value on.

    What the shift adds to the product is the same for every token: the bias takes it off.
    """
    from onnx import helper

    source, weight, bias = node.input
    output = node.output[0]
    codes, scales = _columns(constants[weight].T)
    inverse = constants.get(weight.removesuffix("linear.weight") + "inverse", np.float32(1))
    shift = np.full(len(codes), -GELU_LEAST, np.float32) * inverse
    constants[f"{weight}.codes"], constants[f"{weight}.scales"] = codes, scales
    constants[f"{weight}.shift"] = shift
    constants[bias] = constants[bias] - shift @ (codes * scales)
    return [
        helper.make_node("Add", [source, f"{weight}.shift"], [f"{output}.shifted"]),
        *_scale(f"{output}.shifted", "q.full", output),
        *_product(f"{output}.shifted", "q.bottoms", "q.bottom", (weight, bias), output),
    ]


def _scale(sizes: str, step: str, output: str) -> list[Any]:
    """Return the nodes that give each token its scale."""
    from onnx import helper

    make = helper.make_node
    return [
        make("ReduceMax", [sizes], [f"{output}.most"], axes=[-1], keepdims=0),
        make("Mul", [f"{output}.most", step], [f"{output}.exact"]),
        make("Max", [f"{output}.exact", "q.least"], [f"{output}.scale"]),
    ]


def _product(source: str, zeros: str, zero: str, parts: tuple[str, str], output: str) -> list[Any]:
    """Return the nodes from floats to floats through 8-bit codes; `parts` are weight and bias."""
    from onnx import helper

    weight, bias = parts
    make = helper.make_node
    return [
        make("QuantizeLinear", [source, f"{output}.scale", zeros], [f"{output}.codes"], axis=0),
        make(
            "MatMulIntegerToFloat",
            [f"{output}.codes", f"{weight}.codes", "q.one", f"{weight}.scales", zero],
            [f"{output}.raw"],
            domain="com.microsoft",
        ),
        make("Unsqueeze", [f"{output}.scale", "q.last"], [f"{output}.by_token"]),
        make("Mul", [f"{output}.raw", f"{output}.by_token"], [f"{output}.product"]),
        make("Add", [f"{output}.product", bias], [output]),
    ]
