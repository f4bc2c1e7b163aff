"""Train the n-gram model that ships beside the encoder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from training.corpus import LabelledPassage
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
    names = vectorizer.get_feature_names_out()
    np.savez_compressed(
        folder / FILE,
        keys=np.array([key_of(name) for name in names], np.uint32),
        idf=vectorizer.idf_.astype(np.float32),
        weights=model.coef_.T.astype(np.float16),
        bias=model.intercept_.astype(np.float32),
    )
