"""What the stance benchmark compares with is the shipped network; needs the extra `train`."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs the extra `train`")
pytest.importorskip("onnx", reason="needs the extra `train`")

from training.shipped import shipped_weights  # noqa: E402
from treatywatch.classifiers.bundle import BUNDLED, read_config  # noqa: E402
from treatywatch.classifiers.encoder import Encoder  # noqa: E402


@pytest.mark.slow
def test_the_network_in_torch_gives_the_shipped_logits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2] / "benchmarks"))
    monkeypatch.delitem(sys.modules, "stance", raising=False)
    import stance

    few = stance.passages(6)
    network = stance.torch_network(shipped_weights(BUNDLED))
    tokens = stance.tokenizer()
    shipped = Encoder(BUNDLED, read_config(BUNDLED)).logits(few, 8)
    for item, expected in zip(few, shipped, strict=True):
        pair = (item.title, item.text) if item.title else (item.text,)
        with torch.inference_mode():
            found = network(**tokens(*pair, return_tensors="pt"))
        assert np.abs(found.logits[0].numpy() - expected).max() < 0.5  # rounded activations
