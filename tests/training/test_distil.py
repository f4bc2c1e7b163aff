"""A student learns its teacher's answers, without labels; needs the extra `train`."""

from __future__ import annotations

import copy
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="needs the extra `train`")

from training.batches import Encoded  # noqa: E402
from training.distil import DistilArguments, answers, distil  # noqa: E402
from training.network import StanceNetwork  # noqa: E402

ROWS = [Encoded([0, 5, 2, *range(6 + n % 7, 12 + n), 2], 3) for n in range(12)]


@pytest.fixture
def teacher() -> Any:
    from transformers import BertConfig

    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=40, hidden_size=32, num_hidden_layers=4, num_attention_heads=4,
        intermediate_size=64, max_position_embeddings=300, pad_token_id=1,
    )  # fmt: skip
    network = StanceNetwork(config, dropout=0.0).eval()
    for layer in network.bert.encoder.layer:  # weights as drawn leave little for a layer to do
        layer.intermediate.dense.weight.data *= 20
        layer.output.dense.weight.data *= 20
    return network


def test_a_student_comes_nearer_to_its_teacher_and_leaves_it_alone(teacher: Any) -> None:
    before = copy.deepcopy(teacher.state_dict())
    told = answers(teacher, ROWS)

    def distance(epochs: int, rate: float) -> float:
        student = distil(teacher, ROWS, DistilArguments(2, epochs, 4, rate))
        assert len(student.bert.encoder.layer) == 2
        assert torch.equal(student.head.weight, teacher.head.weight)
        return float((answers(student, ROWS).features - told.features).square().mean())

    assert distance(30, 1e-3) < distance(1, 0.0) / 2
    assert all(torch.equal(teacher.state_dict()[name], kept) for name, kept in before.items())
