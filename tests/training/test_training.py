"""The training code on networks of a few hundred weights; needs the extra `train`."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs the extra `train`")
pytest.importorskip("onnx", reason="needs the extra `train`")

from training.batches import Encoded, collate, sorted_batches, training_batches  # noqa: E402
from training.corpus import LabelledPassage  # noqa: E402
from training.export import export_onnx  # noqa: E402
from training.finetune import TrainingArguments, finetune, frozen_layers  # noqa: E402
from training.heads import extract, fit_head, refit_themes  # noqa: E402
from training.lora import add_lora, merge_lora  # noqa: E402
from training.losses import consistency_loss, contrastive_loss  # noqa: E402
from training.material import below, material, predict  # noqa: E402
from training.network import StanceNetwork, class_of, keep_layers  # noqa: E402

ROWS = [Encoded([0, 5, 2, *range(6, 6 + n), 2], 3) for n in (3, 9, 4, 7, 12, 5)]


def passage(
    *answers: bool, themes: tuple[str, ...] = (), language: str = "en", text: str = "x"
) -> LabelledPassage:
    return LabelledPassage("", language, "", text, *answers, themes=themes)


PASSAGES = [
    passage(False, False, False),
    passage(True, False, False),
    passage(True, True, False, themes=("evidence",)),
    passage(True, False, True, themes=("privacy",)),
    passage(True, True, True, themes=("evidence", "privacy")),
    passage(True, True, False, themes=("victims",)),
]


@pytest.fixture
def network() -> Any:
    from transformers import BertConfig

    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=40,
        hidden_size=32,
        num_hidden_layers=4,
        num_attention_heads=4,
        intermediate_size=64,
        max_position_embeddings=300,
        pad_token_id=1,
    )
    return StanceNetwork(config).eval()


def test_classes_follow_the_codebook() -> None:
    assert [class_of(p) for p in PASSAGES] == [0, 1, 2, 3, 4, 2]


def test_padding_changes_nothing(network: Any) -> None:
    together = predict(network, ROWS)
    for index, row in enumerate(ROWS):
        assert torch.allclose(together[index], network(*collate([row]))[0], atol=1e-5)


def test_every_row_is_batched_once() -> None:
    for batches in (training_batches(ROWS, 2, random.Random(1)), sorted_batches(ROWS, 4)):
        assert sorted(index for batch in batches for index in batch) == list(range(len(ROWS)))


@pytest.mark.slow
def test_training_is_repeatable_and_lowers_the_loss(network: Any) -> None:
    import copy

    arguments = TrainingArguments(
        epochs=6, batch_size=3, learning_rate=1e-3, contrastive_weight=0.1
    )

    def losses() -> list[float]:
        found: list[float] = []
        fresh = copy.deepcopy(network)
        finetune(fresh, material(PASSAGES, ROWS), arguments, lambda _, loss: found.append(loss))
        return found

    first = losses()
    assert first == losses()
    assert first[-1] < first[0]


def test_the_head_starts_fitted(network: Any) -> None:
    pytest.importorskip("sklearn")
    passages = PASSAGES * 2
    rows = ROWS * 2
    every = [
        passage(p.treaty, p.hope, p.concern, themes=tuple(t)) if p.hope or p.concern else p
        for p, t in zip(passages, _all_themes(len(passages)), strict=True)
    ]
    fit_head(network, material(every, rows), strength=10.0)
    calls = predict(network, rows)[:, :5].argmax(1).tolist()
    assert calls == [class_of(p) for p in every]


def _all_themes(count: int) -> list[list[str]]:
    from training.corpus import THEMES

    return [[t for i, t in enumerate(THEMES) if (i + n) % 2] for n in range(count)]


def test_themes_fitted_anew_leave_the_classes_and_learn_the_themes(network: Any) -> None:
    pytest.importorskip("sklearn")
    from training.corpus import THEMES

    stanced = [passage(True, True, True, themes=tuple(THEMES[n % 2 :: 2])) for n in range(12)]
    rows = [Encoded([0, 5, 2, 6 + n % 2, 8 + n % 2, 20 + n // 2, 2], 3) for n in range(12)]
    given = material(stanced, rows)
    before = predict(network, rows)
    refit_themes(network, given, strength=1e4)
    after = predict(network, rows)
    assert torch.equal(after[:, :5], before[:, :5])
    assert torch.equal(after[:, 5:] > 0, given.themes.bool())


def test_contrastive_loss_likes_classes_together() -> None:
    classes = torch.tensor([0, 0, 1, 1])
    near = torch.tensor([[1.0, 0.0], [1.0, 0.1], [0.0, 1.0], [0.1, 1.0]])
    mixed = near[[0, 2, 1, 3]]
    assert contrastive_loss(near, classes, 0.1) < contrastive_loss(mixed, classes, 0.1)
    assert contrastive_loss(near[:2], torch.tensor([0, 1]), 0.1) == 0


def test_consistency_loss_asks_a_group_for_one_answer() -> None:
    same, other = torch.tensor([[2.0, 0.0]] * 3), torch.tensor([[2.0, 0.0], [0.0, 2.0], [1.0, 1.0]])
    assert consistency_loss(same, ["g", "g", "g"]) == pytest.approx(0.0, abs=1e-6)
    assert consistency_loss(other, ["g", "g", "g"]) > 0.05
    assert consistency_loss(other, ["", "", ""]) == 0


def test_frozen_layers_run_once_and_give_the_same(network: Any) -> None:
    arguments = TrainingArguments(trained_layers=3)
    assert frozen_layers(network, arguments) == 1
    given = material(PASSAGES, ROWS)
    whole = extract(network, given)
    given.hidden = below(network, ROWS, 1)
    assert torch.allclose(extract(network, given, 1), whole, atol=1e-5)


def test_merged_low_rank_layers_give_the_same_logits(network: Any) -> None:
    add_lora(network, 4)
    for module in network.modules():
        if hasattr(module, "up"):
            torch.nn.init.normal_(module.up.weight, std=0.05)
    before = predict(network, ROWS)
    merge_lora(network)
    assert not any(hasattr(module, "up") for module in network.modules())
    assert torch.allclose(predict(network, ROWS), before, atol=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize(("precision", "tolerance"), [("fp32", 1e-4), ("int8", 0.05)])
@pytest.mark.filterwarnings("ignore")
def test_the_export_gives_the_network_s_logits(
    network: Any, tmp_path: Path, precision: Any, tolerance: float
) -> None:
    import onnxruntime

    network.shift += 0.1
    network.spread *= 2.0
    export_onnx(network, tmp_path / "onnx" / "model.onnx", precision)
    session = onnxruntime.InferenceSession(str(tmp_path / "onnx" / "model.onnx"))
    for row, expected in zip(ROWS, predict(network, ROWS), strict=True):
        mask = np.zeros((1, len(row.ids)), np.int64)
        mask[0, row.text_start :] = 1
        (logits,) = session.run(None, {"input_ids": np.array([row.ids]), "text_mask": mask})
        assert np.abs(logits[0] - expected.numpy()).max() < tolerance


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("evened", [ROWS, []])
def test_what_was_exported_in_8_bits_is_read_back(
    network: Any, tmp_path: Path, evened: list[Encoded]
) -> None:
    import onnxruntime

    from training.shipped import bert_names, shipped_weights

    for name, weights in network.named_parameters():
        if name.endswith("bias"):
            torch.nn.init.normal_(weights, std=0.1)
    export_onnx(network, tmp_path / "onnx" / "model.onnx", "int8", evened)
    (tmp_path / "config.json").write_text('{"num_attention_heads": 4}')
    session = onnxruntime.InferenceSession(str(tmp_path / "onnx" / "model.onnx"))
    rows = [*ROWS, Encoded([0, 9, 2], 1), Encoded([0, 2], 1)]  # without a title, and the shortest
    for row, expected in zip(rows, predict(network, rows), strict=True):
        mask = np.zeros((1, len(row.ids)), np.int64)
        mask[0, row.text_start :] = 1
        (logits,) = session.run(None, {"input_ids": np.array([row.ids]), "text_mask": mask})
        assert np.abs(logits[0] - expected.numpy()).max() < 0.1
    own = network.state_dict()
    layers = {k: v for k, v in bert_names(shipped_weights(tmp_path)).items() if ".layer." in k}
    assert len(layers) == 16 * len(network.bert.encoder.layer)
    for name, weights in layers.items():
        assert torch.allclose(weights, own[name], atol=3e-3), name


def test_layers_are_dropped_evenly(network: Any) -> None:
    first, last = network.bert.encoder.layer[0], network.bert.encoder.layer[3]
    keep_layers(network, 2)
    assert list(network.bert.encoder.layer) == [first, last]


@pytest.mark.parametrize("bad", [{"epochs": 0}, {"batch_size": 1}])
def test_senseless_arguments_are_refused(bad: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="at least"):
        TrainingArguments(**bad)


@pytest.mark.slow
def test_short_products_learn_the_same_within_their_rounding(network: Any) -> None:
    import copy

    def trained(short: bool) -> Any:
        fresh = copy.deepcopy(network)
        arguments = TrainingArguments(
            epochs=4, batch_size=3, learning_rate=1e-3, short_products=short
        )
        finetune(fresh, material(PASSAGES, ROWS), arguments, lambda _, __: None)
        return fresh

    long, short = trained(False), trained(True)
    assert all(weights.dtype == torch.float32 for weights in short.parameters())
    assert torch.allclose(predict(short, ROWS), predict(long, ROWS), atol=0.15)
    assert not torch.equal(predict(short, ROWS), predict(long, ROWS))


def test_evening_out_channels_changes_no_logits_but_the_weights(network: Any) -> None:
    from training.evening import EvenedLinear, even_out
    from training.plain import PlainNetwork

    ids, inside = torch.tensor([ROWS[4].ids]), torch.ones(1, len(ROWS[4].ids), dtype=torch.long)
    inside[0, : ROWS[4].text_start] = 0
    plain = PlainNetwork(network, "fp32").eval()
    before = plain(ids, inside)
    even_out(plain.layers, plain, ROWS)
    evened = [part for part in plain.layers.modules() if isinstance(part, EvenedLinear)]
    assert len(evened) == 4 * len(plain.layers)
    assert all(part.inverse.max() > 1.05 * part.inverse.min() for part in evened)
    assert torch.allclose(plain(ids, inside), before, atol=1e-4)
