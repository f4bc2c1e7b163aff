"""Simpler models, and the version before, on the test passages."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from tokenizers import Tokenizer

from training.batches import encode
from training.corpus import LabelledPassage, data_digest, read_passages, read_triples
from training.device import short_products
from training.heads import extract
from training.material import material
from training.network import class_of, load_base
from training.scores import as_scores, bundle_scores
from treatywatch.classifiers.model import PassageScores


def previous_of(base: Path) -> Path:
    """Return where the folder of the previous model is kept, if it is."""
    return base.parent / "previous"


def all_baselines(base: Path, test: Sequence[LabelledPassage]) -> dict[str, list[PassageScores]]:
    """Return the baselines and, where its folder is kept, the previous model."""
    found = baselines(base)
    previous = previous_of(base)
    if (previous / "manifest.json").is_file():
        found["previous version"] = bundle_scores(previous, test)
    return found


def baselines(base: Path) -> dict[str, list[PassageScores]]:
    """Return what simpler models, trained on the same passages, answer on the test split.

    Their calls are kept beside the base encoder until the data changes.
    """
    kept = base / f"baselines.{data_digest()[:12]}.json"
    if not kept.is_file():
        kept.write_text(json.dumps(_train_baselines(base)), "utf-8")
    return {name: as_scores(calls) for name, calls in json.loads(kept.read_text("utf-8")).items()}


def _train_baselines(base: Path) -> dict[str, list[int]]:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    train = read_passages("train") + read_triples("train")
    test = read_passages("test")
    classes = [class_of(p) for p in train]
    found = {"majority": [max(set(classes), key=classes.count)] * len(test)}
    vectorizer = TfidfVectorizer(
        analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True, min_df=3
    )
    texts = [f"{p.title}\n{p.text}" for p in train]
    model = LogisticRegression(C=10, max_iter=300, class_weight="balanced")
    model.fit(vectorizer.fit_transform(texts), classes)
    calls = model.predict(vectorizer.transform([f"{p.title}\n{p.text}" for p in test]))
    found["TF-IDF characters + logistic regression"] = calls.tolist()
    tokenizer = Tokenizer.from_file(str(base / "tokenizer.json"))
    network = load_base(base)
    short = short_products(network.shift.device)
    known = extract(network, material(train, encode(tokenizer, train)), short=short).numpy()
    asked = extract(network, material(test, encode(tokenizer, test)), short=short).numpy()
    centre, spread = known.mean(0), known.std(0) + 1e-4
    frozen = LogisticRegression(C=0.02, max_iter=300, class_weight="balanced")
    frozen.fit((known - centre) / spread, classes)
    calls = frozen.predict((asked - centre) / spread)
    found["frozen encoder + logistic regression"] = calls.tolist()
    return found
