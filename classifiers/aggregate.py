"""The stance of an article from its passages, by the codebook's rule on sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from treatywatch.news.stance import ArticleLabel, ArticleStance, Passage, PassageStance

# The codebook: neutral below one stance-bearing sentence in seven, mixed from a fifth.
NEUTRAL_SHARE = 1 / 7
MIXED_SHARE = 1 / 5
# Wrong answers feed the weaker side more than the stronger one. So where its sure answers do not
# make a fifth, the weaker side needs more: a third does best on the development articles.
DOUBTFUL_MIXED_SHARE = 1 / 3
SURE_ANSWER = 0.99
# With as much as this on the weaker side an article is mixed beyond doubt.
CLEARLY_MIXED = 1 / 2
# An answer may err: so few sentences, not surely about the treaty all together, are taken for
# noise. On the development articles that turns false alarms into off_topic and loses nothing.
NOISE_SHARE = 1 / 5
SURELY = 0.9
# An article that never names the treaty speaks of another one, unless most of it is about this.
NAMELESS_SHARE = 1 / 2
# An answer votes with its probability to this power. With more than 4 two likely concerns would no
# longer stand against one sure hope.
DOUBT = 4
# Below this share of agreeing draws the label is a guess (tuned on the development articles).
SURE = 0.7
CUT = 0.5  # the model's answers are shifted so that this is where they become yes
DRAWS = 400

Yes = NDArray[np.bool_]
Scores = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Weighed:
    """The countable passages as arrays."""

    sentences: Scores
    is_title: Yes
    treaty: Scores
    hope: Scores
    concern: Scores


def article_stance(
    passages: Sequence[Passage], stances: Sequence[PassageStance], *, is_named: bool = True
) -> ArticleStance:
    """Return the article's stance; `stances` belong to the `passages` one by one.

    `is_named` says whether the article names the treaty anywhere.

    The label follows the codebook on passages whose probability reaches `CUT`, doubtful ones
    weighing less when the sides are compared. `confidence` is the share of draws, each answer
    drawn by its probability, in which the label stays the same.
    """
    pairs = [pair for pair in zip(passages, stances, strict=True) if pair[0].countable]
    weighed = _weigh(pairs)
    treaty, hope, concern = (
        scores[None, :] >= CUT for scores in (weighed.treaty, weighed.hope, weighed.concern)
    )
    hope, concern = hope & treaty, concern & treaty
    if not _is_about(weighed, treaty[0], is_named):
        treaty, hope, concern = (np.zeros_like(answers) for answers in (treaty, hope, concern))
    # Doubtful answers vote with little weight; sure ones go by the bare rule.
    votes = hope * weighed.hope**DOUBT, concern * weighed.concern**DOUBT
    (label,) = _labels(weighed, treaty, *votes, _mixed_share(weighed, *votes))
    confidence = _confidence(weighed, label)
    hope_score, concern_score = _share(weighed, weighed.hope), _share(weighed, weighed.concern)
    total = hope_score + concern_score
    return ArticleStance(
        label=label,
        treaty_score=float(weighed.treaty.max(initial=0.0)),
        hope_score=hope_score,
        concern_score=concern_score,
        balance=(hope_score - concern_score) / total if total else 0.0,
        confidence=confidence,
        n_passages=int(treaty.sum()),
        n_hope=int(hope.sum()),
        n_concern=int(concern.sum()),
        is_sure=confidence >= SURE,
    )


def _mixed_share(weighed: _Weighed, hope: Scores, concern: Scores) -> float:
    """Return the share of all votes that makes the weaker side count."""
    weaker = min(hope[0], concern[0], key=lambda votes: float(votes @ weighed.sentences))
    sure = np.where(weaker >= SURE_ANSWER**DOUBT, weaker, 0.0) @ weighed.sentences
    everything = np.maximum(hope[0], concern[0]) @ weighed.sentences
    return MIXED_SHARE if sure >= MIXED_SHARE * everything else DOUBTFUL_MIXED_SHARE


def _is_about(weighed: _Weighed, treaty: Yes, is_named: bool) -> bool:
    share = float(treaty @ weighed.sentences) / max(1.0, float(weighed.sentences.sum()))
    if not is_named:
        return share >= NAMELESS_SHARE
    # The chance that one of the passages at least, taken as independent, is about the treaty.
    some = 1.0 - float(np.prod(1.0 - weighed.treaty[treaty]))
    return share >= NOISE_SHARE or some >= SURELY


def _weigh(pairs: Sequence[tuple[Passage, PassageStance]]) -> _Weighed:
    def scores(values: Sequence[float]) -> Scores:
        return np.clip(np.array(values, dtype=np.float64), 0.0, 1.0)

    return _Weighed(
        sentences=np.array([float(max(p.sentences, 1)) for p, _ in pairs], dtype=np.float64),
        is_title=np.array([p.kind == "title" for p, _ in pairs], dtype=np.bool_),
        treaty=scores([s.treaty for _, s in pairs]),
        hope=scores([s.hope for _, s in pairs]),
        concern=scores([s.concern for _, s in pairs]),
    )


def _labels(
    weighed: _Weighed,
    treaty: Yes,
    hope: Yes | Scores,
    concern: Yes | Scores,
    mixed_share: float | Scores = MIXED_SHARE,
) -> list[ArticleLabel]:
    """Return the label of each row of answers, shape (rows, passages).

    `hope` and `concern` are answers, or votes in [0, 1] that decide which side is weaker.
    """
    sentences = weighed.sentences
    about = treaty @ sentences
    stanced = (hope > 0) | (concern > 0)
    hopes, concerns, taking = hope @ sentences, concern @ sentences, stanced @ sentences
    title_takes = (stanced & weighed.is_title).any(axis=1)
    weaker = np.minimum(hopes, concerns)
    labels = np.full(len(treaty), "mixed", dtype=object)
    one_sided = weaker < mixed_share * (np.maximum(hope, concern) @ sentences)
    labels[one_sided & (hopes >= concerns)] = "hopes"
    labels[one_sided & (hopes < concerns)] = "concerns"
    labels[(taking == 0) | ((taking < NEUTRAL_SHARE * about) & ~title_takes)] = "neutral"
    labels[about == 0] = "off_topic"
    return labels.tolist()


def _confidence(weighed: _Weighed, label: ArticleLabel) -> float:
    # Seeded: the same scores must always give the same confidence.
    chance = np.random.default_rng(20241224)
    shape = (DRAWS, len(weighed.sentences))
    # One draw an answer, shared by the three questions as far as they nest: hope and concern
    # need treaty, so they are drawn given it.
    treaty = chance.random(shape) < weighed.treaty
    given = np.maximum(weighed.treaty, 1e-9)
    hope = treaty & (chance.random(shape) < weighed.hope / given)
    concern = treaty & (chance.random(shape) < weighed.concern / given)
    # Wrong answers feed the weaker side: how much of it is real is drawn as well.
    real = chance.uniform(MIXED_SHARE, CLEARLY_MIXED, DRAWS)
    drawn = _labels(weighed, treaty, hope, concern, real)
    return sum(other == label for other in drawn) / DRAWS


def _share(weighed: _Weighed, scores: Scores) -> float:
    about = float((weighed.sentences * weighed.treaty).sum())
    if about < 1e-9:
        return 0.0
    return min(1.0, float((weighed.sentences * np.minimum(scores, weighed.treaty)).sum()) / about)
