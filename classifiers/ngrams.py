"""A linear model over character n-grams: what the wording says, beside what the encoder reads.

It sees other things than the encoder and errs elsewhere, so the two together err less.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from treatywatch.classifiers.bundle import MEND
from treatywatch.news.errors import ModelError

if TYPE_CHECKING:
    from treatywatch.classifiers.model import PassageInput

FILE = "ngrams.npz"
SIZES = (2, 3, 4, 5)
MAX_CHARS = 4_000
# Words come back within and between passages. Long ones are no words, and would fill the memory.
_WORDS_KEPT, _LONGEST_KEPT = 20_000, 40


class NgramModel:
    """Class and theme logits from TF-IDF weighted n-grams of title and passage."""

    def __init__(self, folder: Path) -> None:
        path = folder / FILE
        try:
            with np.load(path, allow_pickle=False) as arrays:
                self._row = {int(key): row for row, key in enumerate(arrays["keys"])}
                self._idf: NDArray[np.float64] = arrays["idf"].astype(np.float64)
                self._weights: NDArray[np.float64] = arrays["weights"].astype(np.float64)
                self._bias: NDArray[np.float64] = arrays["bias"].astype(np.float64)
        except (OSError, ValueError, KeyError) as error:
            raise ModelError(f"{path}: cannot be read ({error}); {MEND}.") from error
        self._rows_of = lru_cache(_WORDS_KEPT)(self._find_rows)

    def logits(self, items: Sequence[PassageInput]) -> NDArray[np.float64]:
        """Return logits, shape (items, classes + themes)."""
        return np.stack([self._one(f"{item.title}\n{item.text}"[:MAX_CHARS]) for item in items])

    def _rows(self, word: str) -> tuple[int, ...]:
        return self._rows_of(word) if len(word) <= _LONGEST_KEPT else self._find_rows(word)

    def _find_rows(self, word: str) -> tuple[int, ...]:
        keys = map(key_of, ngrams(word))
        return tuple(self._row[key] for key in keys if key in self._row)

    def _one(self, text: str) -> NDArray[np.float64]:
        counts = Counter(row for word in text.lower().split() for row in self._rows(word))
        if not counts:
            return self._bias
        rows = np.fromiter(counts, np.int64, len(counts))
        times = np.fromiter(counts.values(), np.float64, len(counts))
        values = (1.0 + np.log(times)) * self._idf[rows]
        logits: NDArray[np.float64] = (values / np.linalg.norm(values)) @ self._weights[rows]
        return logits + self._bias


def ngrams(word: str) -> Iterator[str]:
    """Yield the character n-grams of a word between spaces, a short word once."""
    padded = f" {word} "
    for size in SIZES:
        yield padded[:size]
        if len(padded) <= size:
            break
        for start in range(1, len(padded) - size + 1):
            yield padded[start : start + size]


def key_of(gram: str) -> int:
    """Return the number under which an n-gram is stored."""
    return zlib.crc32(gram.encode("utf-8", "surrogatepass"))
