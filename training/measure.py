"""Measure a bundle on the test split: figures, baselines, articles, agreement of the labels."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from training.batches import encode
from training.corpus import (
    LabelledArticle,
    LabelledPassage,
    data_digest,
    read_articles,
    read_passages,
    read_second_labels,
    read_triples,
)
from training.device import short_products
from training.finetune import material, predict
from training.heads import extract
from training.network import CLASSES, StanceNetwork, class_of, load_base
from treatywatch.classifiers.bundle import read_config
from treatywatch.classifiers.classify import Classifier, TextToClassify
from treatywatch.classifiers.encoder import Encoder
from treatywatch.classifiers.evaluate import (
    Evaluation,
    evaluate,
    paired_difference,
    predicted_class,
)
from treatywatch.classifiers.gold import GoldPassage
from treatywatch.classifiers.model import PassageInput, PassageScores, load_model
from treatywatch.config.settings import ModelSettings
from treatywatch.config.treaty import load_treaty
from treatywatch.news.text import unvocalised

ANSWERS = ("treaty", "hope", "concern")
EXAMPLE_CHARS = 240


def inputs(passages: Sequence[LabelledPassage]) -> list[PassageInput]:
    """Return the passages as the parts of the bundled model take them."""
    return [PassageInput(unvocalised(p.title), unvocalised(p.text), p.language) for p in passages]


def gold(passages: Sequence[LabelledPassage]) -> list[GoldPassage]:
    """Return the passages as the measuring code takes them."""
    return [
        GoldPassage(p.id, p.language, p.title, p.text, p.treaty, p.hope, p.concern, p.themes)
        for p in passages
    ]


def encoder_logits(folder: Path, passages: Sequence[LabelledPassage]) -> NDArray[np.float32]:
    """Return the logits of the exported encoder alone, without the n-gram model beside it."""
    settings = ModelSettings()
    encoder = Encoder(folder, read_config(folder), settings.threads)
    return encoder.logits(inputs(passages), settings.batch_size)


def bundle_scores(folder: Path, passages: Sequence[LabelledPassage]) -> list[PassageScores]:
    """Return what the folder's model answers."""
    return load_model(ModelSettings(name=str(folder))).score(inputs(passages))


def as_scores(classes: Sequence[int]) -> list[PassageScores]:
    """Return bare class calls as scores of 0 and 1."""
    return [PassageScores(float(c > 0), float(c in (2, 4)), float(c >= 3)) for c in classes]


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


def measure_everything(folder: Path, network: StanceNetwork, base: Path) -> dict[str, Any]:
    """Return every figure of the model card as plain data."""
    test, dev = read_passages("test"), read_passages("dev")
    ours = bundle_scores(folder, test)
    tokenizer = Tokenizer.from_file(str(base / "tokenizer.json"))
    floats = predict(network, encode(tokenizer, dev))[:, : len(CLASSES)].argmax(1).tolist()
    small = encoder_logits(folder, dev)[:, : len(CLASSES)].argmax(1).tolist()
    truth = gold(dev)
    report: dict[str, Any] = {
        "passages": {
            "train": len(read_passages("train")) + len(read_triples("train")),
            "dev": len(dev),
            "test": len(test),
        },
        "dev": _plain(evaluate(truth, bundle_scores(folder, dev))),
        "test": _plain(evaluate(gold(test), ours)),
        "fresh": fresh(folder, base),
        "int8_cost": asdict(paired_difference(truth, as_scores(floats), as_scores(small))),
        "against": {
            name: {
                "macro_f1": _macro(gold(test), theirs),
                "difference": asdict(paired_difference(gold(test), ours, theirs)),
            }
            for name, theirs in all_baselines(base, test).items()
        },
        "articles": {split: articles(folder, read_articles(split)) for split in ("dev", "test")},
        "agreement": agreement(test),
        "mistakes": mistakes(test, ours),
        "examples": examples(test, ours),
    }
    trimming = base / "trimming.json"
    report["trimming"] = json.loads(trimming.read_text("utf-8")) if trimming.is_file() else {}
    return report


def fresh(folder: Path, base: Path) -> dict[str, Any]:
    """Return the figures on the passages written last, and the previous model's if it is kept."""
    passages = read_passages("fresh")
    models = {"this": folder, "previous": previous_of(base)}
    return {
        name: _plain(evaluate(gold(passages), bundle_scores(place, passages)))
        for name, place in models.items()
        if (place / "manifest.json").is_file()
    }


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


def _macro(truth: Sequence[GoldPassage], scores: Sequence[PassageScores]) -> dict[str, float]:
    found = evaluate(truth, scores)
    return {name: round(e.figures["macro_f1"].value, 4) for name, e in found.items()}


def _plain(found: dict[str, Evaluation]) -> dict[str, Any]:
    return {name: _rounded(asdict(evaluation)) for name, evaluation in found.items()}


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 4)
    if isinstance(value, dict):
        return {str(key): _rounded(inner) for key, inner in value.items()}
    return value


def articles(folder: Path, labelled: Sequence[LabelledArticle]) -> dict[str, Any]:
    """Return the accuracy of article labels per language, of sure ones, and the mistakes."""
    if not labelled:
        return {}
    classifier = Classifier(load_treaty(), load_model(ModelSettings(name=str(folder))))
    found = classifier.classify_texts(
        [TextToClassify(a.text, a.language, a.title) for a in labelled]
    )
    rows = list(zip(labelled, found, strict=True))
    accuracy = {
        language: round(
            float(np.mean([a.label == f.label for a, f in rows if a.language == language])), 4
        )
        for language in sorted({a.language for a in labelled})
    }
    sure = [a.label == f.label for a, f in rows if f.stance.is_sure]
    return {
        "articles": len(rows),
        "accuracy": accuracy,
        "all": round(float(np.mean([a.label == f.label for a, f in rows])), 4),
        "sure_share": round(len(sure) / len(rows), 4),
        "sure_accuracy": round(float(np.mean(sure)), 4) if sure else 0.0,
        "mistakes": [f"{a.id}: {a.label} called {f.label}" for a, f in rows if a.label != f.label],
    }


def agreement(test: Sequence[LabelledPassage]) -> dict[str, Any]:
    """Return Cohen's kappa of the two labellings, per language and answer."""
    second = read_second_labels()
    found: dict[str, Any] = {}
    for language in ("ar", "en", "vi"):
        both = [(p, second[p.id]) for p in test if p.language == language and p.id in second]
        if both:
            found[language] = {"passages": len(both)} | {
                answer: round(
                    kappa(
                        [getattr(p, answer) for p, _ in both],
                        [bool(row[answer]) for _, row in both],
                    ),
                    3,
                )
                for answer in ANSWERS
            }
    return found


def kappa(first: Sequence[bool], second: Sequence[bool]) -> float:
    """Return Cohen's kappa of two lists of yes and no; 1.0 where both say one thing only."""
    a, b = np.array(first), np.array(second)
    chance = a.mean() * b.mean() + (1 - a.mean()) * (1 - b.mean())
    return 1.0 if chance == 1 else float(((a == b).mean() - chance) / (1 - chance))


def examples(
    test: Sequence[LabelledPassage], scores: Sequence[PassageScores], each: int = 3
) -> list[dict[str, str]]:
    """Return the surest wrong calls on short passages, some of each language."""
    found: list[tuple[str, float, dict[str, str]]] = []
    for passage, score in zip(test, scores, strict=True):
        called = predicted_class(score)
        if called == class_of(passage) or len(passage.text) > EXAMPLE_CHARS:
            continue
        doubt = min(abs(getattr(score, answer) - 0.5) for answer in ANSWERS)
        names = {"labelled": CLASSES[class_of(passage)], "called": CLASSES[called]}
        found.append((passage.language, -doubt, names | {"text": passage.text}))
    found.sort(key=lambda row: row[:2])
    return [
        row
        for language in ("ar", "en", "vi")
        for row in [r for at, _, r in found if at == language][:each]
    ]


def mistakes(
    test: Sequence[LabelledPassage], scores: Sequence[PassageScores]
) -> dict[str, dict[str, list[int]]]:
    """Return [wrong, all] passages by kind of hard case and by genre."""
    wrong = [class_of(p) != predicted_class(s) for p, s in zip(test, scores, strict=True)]
    found: dict[str, dict[str, list[int]]] = {"hard": {}, "genre": {}}
    for passage, missed in zip(test, wrong, strict=True):
        for kind in ("hard", "genre"):
            row = found[kind].setdefault(getattr(passage, kind) or "plain", [0, 0])
            row[0] += int(missed)
            row[1] += 1
    return found
