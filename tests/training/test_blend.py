"""Averaging with a shipped model; needs the extra `train`."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch", reason="needs the extra `train`")
pytest.importorskip("onnx", reason="needs the extra `train`")

from training.blend import blend  # noqa: E402
from training.network import StanceNetwork  # noqa: E402
from training.shipped import bert_names, shipped_weights  # noqa: E402
from treatywatch.classifiers.bundle import BUNDLED, read_json  # noqa: E402

TOKENS = torch.tensor([[0, 7, 9, 2, 11, 13, 17, 2]])
WHOLE, PASSAGE = torch.ones_like(TOKENS), torch.tensor([[0, 0, 0, 0, 1, 1, 1, 1]])


@pytest.mark.slow
def test_no_share_changes_nothing_and_all_of_it_is_the_shipped_network() -> None:
    from transformers import BertConfig

    raw = read_json(BUNDLED / "config.json")
    config = BertConfig(**{k: raw[k] for k in BertConfig().to_dict() if k in raw and "2" not in k})
    shipped = StanceNetwork(config).eval()
    shipped.load_state_dict(bert_names(shipped_weights(BUNDLED)), strict=False)
    torch.manual_seed(3)
    own = StanceNetwork(config).eval()
    own.bert.embeddings.load_state_dict(shipped.bert.embeddings.state_dict())
    own.shift.normal_()
    own.spread.uniform_(0.5, 2.0)
    with torch.inference_mode():
        before = own(TOKENS, WHOLE, PASSAGE)
        blend(own, BUNDLED, 0.0)
        assert torch.allclose(own(TOKENS, WHOLE, PASSAGE), before, atol=1e-4)
        blend(own, BUNDLED, 1.0)
        expected = shipped(TOKENS, WHOLE, PASSAGE)
        assert torch.allclose(own(TOKENS, WHOLE, PASSAGE), expected, atol=1e-4)
        assert not torch.allclose(before, expected, atol=0.1)
