"""Where training runs; needs the extra `train`."""

from __future__ import annotations

from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="needs the extra `train`")

from training.device import best_device, short_products  # noqa: E402


def test_the_accelerator_is_taken_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def sees(found: Any) -> None:
        monkeypatch.setattr(torch.accelerator, "current_accelerator", lambda **_: found)

    sees(torch.device("cuda"))
    assert best_device().type == "cuda"
    sees(None)
    assert best_device().type == "cpu"


@pytest.mark.parametrize(
    ("able", "short"), [({"avx512_bf16": True}, True), ({"amx_bf16": True}, True), ({}, False)]
)
def test_a_processor_multiplies_in_16_bits_only_where_that_is_quicker(
    able: dict[str, bool], short: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: able)
    assert short_products(torch.device("cpu")) is short
    assert short_products(torch.device("cuda"))
