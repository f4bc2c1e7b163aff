"""Turn passages into token batches: length-bucketed for training, sorted for inference."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from training.corpus import LabelledPassage
from treatywatch.news.text import unvocalised

BOS, PAD, EOS = 0, 1, 2
MAX_TITLE = 48
MAX_TEXT = 200


@dataclass(frozen=True, slots=True)
class Encoded:
    """Token ids of one passage; the passage begins at `text_start`."""

    ids: list[int]
    text_start: int


def encode(tokenizer: Any, passages: Sequence[LabelledPassage]) -> list[Encoded]:
    """Tokenise titles and passages as the shipped model reads them, cut to their limits."""
    bare_titles = [unvocalised(p.title) for p in passages]
    bare_texts = [unvocalised(p.text) for p in passages]
    titles = tokenizer.encode_batch(bare_titles, add_special_tokens=False)
    texts = tokenizer.encode_batch(bare_texts, add_special_tokens=False)
    return [
        _join(title.ids[:MAX_TITLE], text.ids[:MAX_TEXT])
        for title, text in zip(titles, texts, strict=True)
    ]


def _join(title: list[int], text: list[int]) -> Encoded:
    head = [BOS, *title, EOS] if title else [BOS]
    return Encoded([*head, *text, EOS], len(head))


def collate(rows: Sequence[Encoded]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return input ids, attention mask and passage mask, padded to the longest row."""
    width = max(len(row.ids) for row in rows)
    ids = torch.full((len(rows), width), PAD)
    attention = torch.zeros((len(rows), width), dtype=torch.long)
    text = torch.zeros((len(rows), width), dtype=torch.long)
    for index, row in enumerate(rows):
        ids[index, : len(row.ids)] = torch.tensor(row.ids)
        attention[index, : len(row.ids)] = 1
        text[index, row.text_start : len(row.ids)] = 1
    return ids, attention, text


def training_batches(
    rows: Sequence[Encoded], size: int, chance: random.Random
) -> Iterator[list[int]]:
    """Yield shuffled batches of indices with rows of like length together."""
    order = sorted(range(len(rows)), key=lambda i: len(rows[i].ids) * chance.uniform(0.93, 1.07))
    batches = [order[at : at + size] for at in range(0, len(order), size)]
    chance.shuffle(batches)
    yield from batches


def sorted_batches(rows: Sequence[Encoded], size: int = 32) -> Iterator[list[int]]:
    """Yield batches of indices by length, longest first."""
    order = sorted(range(len(rows)), key=lambda i: -len(rows[i].ids))
    for at in range(0, len(order), size):
        yield order[at : at + size]
