"""The labelled data keeps its own rules: shape, balance, and splits that share no text."""

from __future__ import annotations

import json
import unicodedata
from collections import Counter
from functools import cache
from itertools import accumulate, combinations
from pathlib import Path

import pytest

from training.corpus import (
    CONCERN_THEMES,
    HOPE_THEMES,
    LabelledPassage,
    data_digest,
    read_passages,
    read_triples,
)

SPLITS = ("train", "dev", "test", "fresh")
LANGUAGES = ("ar", "en", "vi")
LEAST = {"train": 700, "dev": 150, "test": 150, "fresh": 100}
# Cosine of character 4-gram counts; fresh passages on one subject stay below, edits of one do not.
NEAR_DUPLICATE = 0.72
# Cosine of centred meanings, any language: closer pairs were read one by one.
NEAR_MEANING = 0.9
TRAINING = Path(__file__).parents[2] / "training"


@cache
def passages(split: str) -> tuple[LabelledPassage, ...]:
    return tuple(read_passages(split))  # type: ignore[arg-type]


@pytest.mark.parametrize("split", SPLITS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_there_are_enough_passages(split: str, language: str) -> None:
    assert sum(p.language == language for p in passages(split)) >= LEAST[split]


@pytest.mark.parametrize("split", SPLITS)
def test_ids_and_texts_are_unique(split: str) -> None:
    assert [i for i, n in Counter(p.id for p in passages(split)).items() if n > 1] == []
    assert [
        t for t, n in Counter((p.title, p.text) for p in passages(split)).items() if n > 1
    ] == []


@pytest.mark.parametrize("split", SPLITS)
def test_labels_nest_and_themes_belong_to_their_side(split: str) -> None:
    for p in passages(split):
        assert p.treaty or not (p.hope or p.concern), p.id
        assert p.text.strip(), p.id
        allowed = set(HOPE_THEMES if p.hope else ()) | set(CONCERN_THEMES if p.concern else ())
        assert set(p.themes) <= allowed, p.id


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_quarter_of_the_passages_are_hard(language: str) -> None:
    own = [p for p in passages("train") if p.language == language]
    assert sum(bool(p.hard) for p in own) >= len(own) / 4


def test_every_theme_appears_thirty_times() -> None:
    counts = Counter(theme for p in passages("train") for theme in p.themes)
    assert {t: counts[t] for t in HOPE_THEMES + CONCERN_THEMES if counts[t] < 30} == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_label_is_rare(language: str) -> None:
    own = [p for p in passages("train") if p.language == language]
    counts = Counter((p.treaty, p.hope, p.concern) for p in own)
    assert len(counts) == 5
    assert min(counts.values()) >= len(own) / 12


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_splits_share_no_near_duplicates(language: str) -> None:
    vectorizers = pytest.importorskip("sklearn.feature_extraction.text")
    own = {s: [*passages(s), *read_triples(s)] for s in SPLITS}  # type: ignore[arg-type]
    sets = {s: [p for p in own[s] if p.language == language] for s in SPLITS}
    counter = vectorizers.CountVectorizer(analyzer="char_wb", ngram_range=(4, 4))
    every = [p for s in SPLITS for p in sets[s]]
    rows = _unit(counter.fit_transform([_plain(p.text) for p in every]))
    ends = list(accumulate(len(sets[s]) for s in SPLITS))
    of = {s: rows[end - len(sets[s]) : end] for s, end in zip(SPLITS, ends, strict=True)}
    found = []
    for one, other in combinations(SPLITS, 2):
        likeness = (of[one] @ of[other].T).tocoo()
        found += [
            (sets[one][i].id, sets[other][j].id, round(float(v), 2))
            for i, j, v in zip(likeness.row, likeness.col, likeness.data, strict=True)
            if v >= NEAR_DUPLICATE
        ]
    assert found == []


def test_triples_are_whole_and_agree() -> None:
    groups: dict[str, list[LabelledPassage]] = {}
    for p in read_triples("train"):
        groups.setdefault(p.group, []).append(p)
    assert len(groups) >= 140
    for name, members in groups.items():
        assert sorted(p.language for p in members) == ["ar", "en", "vi"], name
        assert len({(p.treaty, p.hope, p.concern) for p in members}) == 1, name


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _unit(matrix):
    from sklearn.preprocessing import normalize

    return normalize(matrix.astype(float))


def test_no_meaning_of_the_measured_splits_stands_in_training() -> None:
    """`python -m training.duplicates` rewrites the file; read new pairs before listing them."""
    found = json.loads((TRAINING / "nearest.json").read_text("utf-8"))
    assert found["data_sha256"] == data_digest()
    close = [p for p in found["pairs"] if p["cosine"] >= NEAR_MEANING]
    assert [p for p in close if [p["train"], p["measured"]] not in found["read"]] == []
