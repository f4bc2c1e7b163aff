"""Train the n-gram model that ships beside the encoder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.corpus import HOPE_THEMES, THEMES, LabelledPassage
from training.network import class_of
from treatywatch.classifiers.ngrams import FILE, SIZES, key_of


def write_ngrams(folder: Path, train: Sequence[LabelledPassage]) -> None:
    """Fit TF-IDF and logistic regression, and store what scoring needs."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    vectorizer = TfidfVectorizer(
        analyzer="char_wb", ngram_range=(SIZES[0], SIZES[-1]), sublinear_tf=True, min_df=3
    )
    features = vectorizer.fit_transform([f"{p.title}\n{p.text}" for p in train])
    model = LogisticRegression(C=10, max_iter=300, class_weight="balanced")
    model.fit(features, [class_of(p) for p in train])
    weights, biases = _fit_themes(features, train)
    names = vectorizer.get_feature_names_out()
    np.savez_compressed(
        folder / FILE,
        keys=np.array([key_of(name) for name in names], np.uint32),
        idf=vectorizer.idf_.astype(np.float32),
        weights=np.vstack([model.coef_, weights]).T.astype(np.float16),
        bias=np.concatenate([model.intercept_, biases]).astype(np.float32),
    )


def _fit_themes(
    features: Any, train: Sequence[LabelledPassage]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return weights, shape (themes, n-grams), and biases: a theme among passages of its side."""
    from sklearn.linear_model import LogisticRegression

    weights, biases = [], []
    for theme in THEMES:
        rows = [i for i, p in enumerate(train) if (p.hope if theme in HOPE_THEMES else p.concern)]
        model = LogisticRegression(C=10, solver="liblinear", random_state=1)
        model.fit(features[rows], [theme in train[i].themes for i in rows])
        weights.append(model.coef_[0])
        biases.append(float(model.intercept_[0]))
    return np.array(weights), np.array(biases)
