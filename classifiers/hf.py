"""Any Hugging Face model as a stance model: a sequence classifier, or zero-shot by entailment.

Needs the extra `torch`. A classifier is usable when its labels are, or are mapped to, the five
classes (`off_topic`, `neutral`, `hopes`, `concerns`, `mixed`) or the three answers (`treaty`,
`hope`, `concern`). A model with an `entailment` label is asked the hypotheses of the treaty file.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from treatywatch.classifiers.bundle import CLASSES
from treatywatch.classifiers.model import PassageInput, PassageScores
from treatywatch.config.settings import ModelSettings
from treatywatch.config.treaty import Treaty, load_treaty
from treatywatch.news.errors import ModelError
from treatywatch.news.stance import ModelInfo

ANSWERS = ("treaty", "hope", "concern")
MAX_TOKENS = 320
_SYNONYMS = {
    "hopes": "hopes",
    "concerns": "concerns",
    "off topic": "off_topic",
    "other": "off_topic",
}

Kind = Literal["classes", "answers", "entailment"]
Floats = NDArray[np.float64]


def load_hf_model(settings: ModelSettings, treaty: Treaty | None = None) -> HuggingFaceModel:
    """Load a local or hub model by the name in the settings.

    Raises:
        ModelError: in one sentence with what to do, when torch is not installed, the model is
            unknown or cannot be reached, or its labels say nothing about stance.
    """
    name = settings.name
    if find_spec("torch") is None:
        raise ModelError(f"{name}: needs torch; run `pip install 'treatywatch[torch]'`.")
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    try:
        with _quiet_hub():
            tokenizer = AutoTokenizer.from_pretrained(name)
            network = AutoModelForSequenceClassification.from_pretrained(name)
    # transformers raises OSError for most, and ValueError, KeyError, RuntimeError and others for
    # damaged folders; the user needs one sentence for all of them.
    except Exception as error:
        raise ModelError(_cannot_load(name, error)) from error
    return HuggingFaceModel(settings, treaty or load_treaty(), tokenizer, network)


@contextmanager
def _quiet_hub() -> Iterator[None]:
    """Keep the hub's client from telling of each try; the error of the last one says enough."""
    from huggingface_hub.utils.logging import get_verbosity, set_verbosity

    before = get_verbosity()
    set_verbosity(logging.ERROR)
    try:
        yield
    finally:
        set_verbosity(before)


def _cannot_load(name: str, error: Exception) -> str:
    first = str(error).strip().splitlines()[0][:160] if str(error).strip() else type(error).__name__
    if Path(name).exists():
        return f"{name}: cannot be loaded as a sequence classifier ({first}); check the folder."
    return (
        f"{name}: no such folder, and not found on the model hub or the hub is out of reach "
        f"({first}); check the name and the network, or give a folder."
    )


class HuggingFaceModel:
    """A transformers network whose labels are understood."""

    def __init__(
        self, settings: ModelSettings, treaty: Treaty, tokenizer: Any, network: Any
    ) -> None:
        labels = {int(index): label for index, label in network.config.id2label.items()}
        self._meaning, self.kind = understand(labels, settings.labels, settings.name)
        self._treaty = treaty
        self._tokenizer = tokenizer
        self._network = network.eval()
        self._batch_size = settings.batch_size
        longest = min(MAX_TOKENS, getattr(network.config, "max_position_embeddings", MAX_TOKENS))
        self._max_tokens = min(longest, tokenizer.model_max_length)
        if settings.threads:
            import torch

            torch.set_num_threads(settings.threads)
        self._info = ModelInfo(settings.name, f"Hugging Face model, {self.kind}", self._digest())

    @property
    def info(self) -> ModelInfo:
        """Say which model this is."""
        return self._info

    def score(self, items: Sequence[PassageInput]) -> list[PassageScores]:
        """Return one row of answers an item, in order."""
        if not items:
            return []
        if self.kind == "entailment":
            return self._score_by_entailment(items)
        texts = [_joined(item) for item in items]
        logits = self._logits(texts, None)
        if self.kind == "classes":
            return [self._from_classes(row) for row in logits]
        return [self._from_answers(row) for row in logits]

    def _from_classes(self, row: Floats) -> PassageScores:
        shares = dict.fromkeys(CLASSES, 0.0)
        for index, share in enumerate(_softmax(row)):
            shares[self._meaning[index]] += float(share)
        return PassageScores(
            treaty=1.0 - shares["off_topic"],
            hope=shares["hopes"] + shares["mixed"],
            concern=shares["concerns"] + shares["mixed"],
        )

    def _from_answers(self, row: Floats) -> PassageScores:
        shares = {self._meaning[i]: float(s) for i, s in enumerate(1.0 / (1.0 + np.exp(-row)))}
        treaty = shares.get("treaty", 1.0)
        return PassageScores(treaty, min(shares["hope"], treaty), min(shares["concern"], treaty))

    def _score_by_entailment(self, items: Sequence[PassageInput]) -> list[PassageScores]:
        premises = [_joined(item) for item in items for _ in ANSWERS]
        asked = [self._treaty.hypotheses[a][item.language] for item in items for a in ANSWERS]
        yes = {meaning: index for index, meaning in self._meaning.items()}
        pair = [yes["entailment"], yes.get("contradiction", yes["entailment"] - 1)]
        shares = [float(_softmax(row[pair])[0]) for row in self._logits(premises, asked)]
        triples = zip(shares[::3], shares[1::3], shares[2::3], strict=True)
        return [PassageScores(t, min(h, t), min(c, t)) for t, h, c in triples]

    def _logits(self, texts: list[str], pairs: list[str] | None) -> Floats:
        import torch

        rows = np.zeros((len(texts), self._network.config.num_labels))
        for batch in _by_length(texts, self._batch_size):
            encoded = self._tokenizer(
                [texts[i] for i in batch],
                [pairs[i] for i in batch] if pairs else None,
                padding=True,
                truncation="only_first" if pairs else True,
                max_length=self._max_tokens,
                return_tensors="pt",
            )
            with torch.inference_mode():
                rows[batch] = self._network(**encoded).logits.double().numpy()
        return rows

    def _digest(self) -> str:
        """Return a SHA-256 of the weights in memory, wherever they came from."""
        digest = hashlib.sha256()
        for name, tensor in sorted(self._network.state_dict().items()):
            digest.update(name.encode())
            digest.update(np.ascontiguousarray(tensor.float().numpy()).tobytes())
        return digest.hexdigest()


def understand(
    labels: Mapping[int, str], given: Mapping[str, str], name: str
) -> tuple[dict[int, str], Kind]:
    """Return what each output means and of which kind the model is; `given` maps its labels.

    Raises:
        ModelError: when the labels say nothing about stance.
    """
    meaning = {index: _plain(given.get(label, label)) for index, label in labels.items()}
    found = set(meaning.values())
    if "entailment" in found and len(found) in (2, 3):
        return meaning, "entailment"
    if {"hopes", "concerns"} <= found <= set(CLASSES):
        return meaning, "classes"
    if {"hope", "concern"} <= found <= set(ANSWERS):
        return meaning, "answers"
    raise ModelError(
        f"{name}: its labels ({', '.join(labels.values())}) say nothing about stance; map them to "
        f"{', '.join(CLASSES)} under `model.labels`, or name a model trained for entailment."
    )


def _plain(label: str) -> str:
    folded = label.strip().lower().replace("-", "_")
    folded = _SYNONYMS.get(folded.replace("_", " "), folded)
    return {"entail": "entailment", "not_entailment": "contradiction"}.get(folded, folded)


def _joined(item: PassageInput) -> str:
    return f"{item.title}\n{item.text}" if item.title else item.text


def _softmax(row: Floats) -> Floats:
    powers = np.exp(row - row.max())
    shares: Floats = powers / powers.sum()
    return shares


def _by_length(texts: Sequence[str], size: int) -> Iterator[list[int]]:
    order = sorted(range(len(texts)), key=lambda index: -len(texts[index]))
    for at in range(0, len(order), size):
        yield order[at : at + size]
