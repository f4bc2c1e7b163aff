"""Run the bundled network: tokenise, sort by length, one exact run a passage, over threads."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from treatywatch.classifiers.bundle import MEND, ModelConfig
from treatywatch.news.errors import ModelError

if TYPE_CHECKING:
    from treatywatch.classifiers.model import PassageInput

BOS, EOS = 0, 2
Row = tuple[tuple[int, ...], int]
"""The tokens of a title and a passage, and where the passage begins."""
# Characters tokenised at most: the rest could not fit the token limit anyway.
_CHARS_A_TOKEN = 12


class Encoder:
    """The ONNX network with its tokenizer; safe to share between threads.

    Each passage is a run of its own: no padding, and no neighbour that could move its result. On a
    CPU that costs no more than a batch, for threads work on different passages instead of
    splitting one.
    """

    def __init__(self, folder: Path, config: ModelConfig, threads: int = 0) -> None:
        self._config = config
        self._threads = threads or _cores()
        self._tokenizer = _load_tokenizer(folder / "tokenizer.json")
        self._session = _load_session(folder / "onnx" / "model.onnx")

    def logits(self, items: Sequence[PassageInput], batch_size: int) -> NDArray[np.float32]:
        """Return one row of class and theme logits an item, in the given order."""
        rows = [(tuple(ids), start) for ids, start in self._tokenise(items, batch_size)]
        # Longest first: the threads then finish together. What papers copy is read once.
        distinct = sorted(dict.fromkeys(rows), key=lambda row: len(row[0]), reverse=True)
        if self._threads == 1 or len(distinct) == 1:
            results = [self._run(row) for row in distinct]
        else:
            with ThreadPoolExecutor(self._threads) as pool:
                results = list(pool.map(self._run, distinct))
        found = dict(zip(distinct, results, strict=True))
        return np.stack([found[row] for row in rows])

    def _run(self, row: Row) -> NDArray[np.float32]:
        ids, text_start = row
        shape = (1, len(ids))
        text_mask = np.zeros(shape, np.int64)
        text_mask[0, text_start:] = 1
        feed = {"input_ids": np.array([ids], np.int64), "text_mask": text_mask}
        (logits,) = self._session.run(["logits"], feed)
        return logits[0]  # type: ignore[no-any-return]

    def _tokenise(
        self, items: Sequence[PassageInput], batch_size: int
    ) -> list[tuple[list[int], int]]:
        titles = sorted({item.title for item in items})
        title_ids = dict(
            zip(titles, self._ids(titles, self._config.max_title_tokens, batch_size), strict=True)
        )
        texts = self._ids([item.text for item in items], self._config.max_text_tokens, batch_size)
        return [join(title_ids[item.title], text) for item, text in zip(items, texts, strict=True)]

    def _ids(self, texts: Sequence[str], limit: int, batch_size: int) -> list[list[int]]:
        ids: list[list[int]] = []
        for at in range(0, len(texts), batch_size):
            batch = [text[: limit * _CHARS_A_TOKEN] for text in texts[at : at + batch_size]]
            encodings = self._tokenizer.encode_batch(batch, add_special_tokens=False)
            ids += [encoding.ids[:limit] for encoding in encodings]
        return ids


def join(title: list[int], text: list[int]) -> tuple[list[int], int]:
    """Return `<s> title </s> text </s>` and where the text begins; no title, no first part."""
    head = [BOS, *title, EOS] if title else [BOS]
    return [*head, *text, EOS], len(head)


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _load_tokenizer(path: Path) -> Any:
    from tokenizers import Tokenizer

    try:
        return Tokenizer.from_file(str(path))
    # The library raises bare Exception for every unreadable file.
    except Exception as error:
        raise ModelError(f"{path}: cannot be read ({error}); {MEND}.") from error


def _load_session(path: Path) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # Processors without VNNI add two 8-bit products in 16 bits, which overflow, and so answer
    # otherwise than the rest; this has them take a slower kernel that does not.
    options.add_session_config_entry("session.x64quantprecision", "1")
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    # onnxruntime's own errors have no common base.
    except Exception as error:
        raise ModelError(f"{path}: cannot be loaded ({error}); {MEND}.") from error
