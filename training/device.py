"""Where to train: on the accelerator where there is one, in 16 bits where that is quicker."""

from __future__ import annotations

import torch


def best_device() -> torch.device:
    """Return the accelerator that torch sees, or the processor."""
    found = torch.accelerator.current_accelerator(check_available=True)
    return found or torch.device("cpu")


def short_products(device: torch.device) -> bool:
    """Return whether bfloat16 products are quicker there than float32 ones.

    They are half as fast again on a processor that has them, and far slower on one that has not.
    """
    if device.type != "cpu":
        return True
    able = torch.cpu.get_capabilities()
    return bool(able.get("avx512_bf16") or able.get("amx_bf16"))
