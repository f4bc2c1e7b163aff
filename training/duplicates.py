"""Look for measured passages whose meaning, in any language, stands in the training data.

    python -m training.duplicates --base build/base

Writes `training/nearest.json`: the closest pairs by cosine of the base encoder's centred passage
means. A test holds that the file belongs to the data and that no close pair is left unread.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from training.batches import encode
from training.corpus import LabelledPassage, data_digest, read_passages, read_triples
from training.device import short_products
from training.heads import extract
from training.material import material
from training.network import load_base

NEAREST = Path(__file__).with_name("nearest.json")
SHOWN = 30


def nearest(base: Path) -> list[dict[str, Any]]:
    """Return the closest pairs of a training and a measured passage, closest first."""
    tokenizer = Tokenizer.from_file(str(base / "tokenizer.json"))
    network = load_base(base)
    known = read_passages("train") + read_triples("train")
    asked = read_passages("dev") + read_passages("test")

    def units(passages: list[LabelledPassage]) -> NDArray[np.float32]:
        bare = [
            LabelledPassage(p.id, p.language, "", p.text, p.treaty, p.hope, p.concern)
            for p in passages
        ]
        short = short_products(network.shift.device)
        means = extract(network, material(bare, encode(tokenizer, bare)), short=short).numpy()
        return means[:, : means.shape[1] // 2]

    first, second = units(known), units(asked)
    # The encoder's means share one direction; without it cosines spread out.
    centre = first.mean(0)
    first, second = (
        (m - centre) / np.linalg.norm(m - centre, axis=1, keepdims=True) for m in (first, second)
    )
    likeness = first @ second.T
    order = np.argsort(-likeness, axis=None)[:SHOWN]
    pairs = [np.unravel_index(index, likeness.shape) for index in order]
    return [
        {"train": known[i].id, "measured": asked[j].id, "cosine": round(float(likeness[i, j]), 3)}
        for i, j in pairs
    ]


def main() -> None:
    """Write the closest pairs beside the digest of the data."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--base", type=Path, default=Path("build/base"))
    known = json.loads(NEAREST.read_text("utf-8")) if NEAREST.is_file() else {}
    found = {"data_sha256": data_digest(), "pairs": nearest(parser.parse_args().base)}
    found["read"] = known.get("read", [])  # pairs that somebody read and found apart
    NEAREST.write_text(json.dumps(found, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
