"""Measure a bundle on the test split: figures, baselines, articles, agreement of the labels."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from tokenizers import Tokenizer

from training.baselines import all_baselines, previous_of
from training.batches import encode
from training.corpus import (
    LabelledArticle,
    LabelledPassage,
    read_articles,
    read_passages,
    read_second_labels,
    read_triples,
)
from training.material import predict
from training.network import CLASSES, StanceNetwork, class_of
from training.scores import as_scores, bundle_scores, encoder_logits, gold
from treatywatch.classifiers.classify import Classifier, TextToClassify
from treatywatch.classifiers.evaluate import (
    Evaluation,
    evaluate,
    paired_difference,
    predicted_class,
)
from treatywatch.classifiers.gold import GoldPassage
from treatywatch.classifiers.model import PassageScores, load_model
from treatywatch.config.settings import ModelSettings
from treatywatch.config.treaty import load_treaty

ANSWERS = ("treaty", "hope", "concern")
EXAMPLE_CHARS = 240


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
