"""Stories: the same report in several outlets, found by MinHash. Pure.

A false merge hides a voice for good; a missed one counts a wire copy twice. So thresholds are
high, higher for short texts, and every join needs two votes: similarity and length.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from treatywatch.news.stance import StoryMember
from treatywatch.news.text import fold, stable_id

if TYPE_CHECKING:
    from datasketch import MinHash

PERMUTATIONS = 128
_SEED = 79243
_SCHEME = "affine32"  # stored fingerprints are compared for years: named, so that no default moves
_SHINGLE_WORDS = 3
_MAX_WORDS = 5_000
# The shared words of short texts are often a formula ("the statement said"), not a copy.
MIN_WORDS = 40
_SHORT_WORDS, _LONG_WORDS = 120, 400
_SHORT_THRESHOLD, _MIDDLE_THRESHOLD, _LONG_THRESHOLD = 0.80, 0.65, 0.55
_MAX_LENGTH_RATIO = 2.0
WINDOW = timedelta(days=30)  # wire copy that surfaces later is news of its own
_BANDS = 25, 5  # of values compared at once, which is what a threshold of one half comes to
_WORD = re.compile(r"\w+")


def fingerprint(text: str) -> tuple[int, ...]:
    """Return the MinHash values of a text's folded shingles; () when there is no word."""
    words = _WORD.findall(fold(text))[:_MAX_WORDS]
    if not words:
        return ()
    last = max(1, len(words) - _SHINGLE_WORDS + 1)
    shingles = {" ".join(words[at : at + _SHINGLE_WORDS]) for at in range(last)}
    minhash = _empty()
    minhash.update_batch([each.encode("utf-8", "surrogatepass") for each in sorted(shingles)])
    return tuple(int(value) for value in minhash.hashvalues)


def threshold(words: int) -> float:
    """Return the similarity two texts need, by the length of the shorter one."""
    if words < _SHORT_WORDS:
        return _SHORT_THRESHOLD
    return _MIDDLE_THRESHOLD if words < _LONG_WORDS else _LONG_THRESHOLD


def is_same_story(one: StoryMember, other: StoryMember, similarity: float) -> bool:
    """Tell whether two articles are one report."""
    if abs(one.first_seen_at - other.first_seen_at) > WINDOW:
        return False
    shorter, longer = sorted((one.words, other.words))
    if one.language != other.language or shorter < MIN_WORDS:
        return False
    if longer > _MAX_LENGTH_RATIO * shorter:
        return False
    return similarity >= threshold(shorter)


def assign_stories(new: Sequence[StoryMember], known: Sequence[StoryMember]) -> Mapping[str, str]:
    """Return the story of each new article, by article id: an earlier one's, or its own.

    `story_id` of the new ones is not read.
    An article joins the story of the single most similar earlier article, so that stories do not
    grow into each other by chains of likeness.
    """
    from datasketch import MinHashLSH

    index = MinHashLSH(num_perm=PERMUTATIONS, params=_BANDS)
    members: dict[str, StoryMember] = {}
    stories: dict[str, str] = {}
    for member in known:
        stories[member.article_id] = member.story_id
        _add(index, members, member)
    assigned: dict[str, str] = {}
    for article in sorted(new, key=lambda each: (each.first_seen_at, each.article_id)):
        nearest = _nearest(article, index, members)
        own = stories.get(article.article_id) or stable_id("story", article.article_id)
        story = own if nearest is None else stories[nearest]
        stories[article.article_id] = assigned[article.article_id] = story
        _add(index, members, article)
    return assigned


def _nearest(article: StoryMember, index: object, members: Mapping[str, StoryMember]) -> str | None:
    if len(article.fingerprint) != PERMUTATIONS:
        return None
    mine = _minhash(article.fingerprint)
    best: tuple[float, str] | None = None
    for key in sorted(index.query(mine)):  # type: ignore[attr-defined]
        if key == article.article_id:
            continue
        likeness = mine.jaccard(_minhash(members[key].fingerprint))
        if is_same_story(article, members[key], likeness) and (best is None or likeness > best[0]):
            best = (likeness, key)
    return best[1] if best else None


def _add(index: object, members: dict[str, StoryMember], article: StoryMember) -> None:
    if len(article.fingerprint) == PERMUTATIONS and article.article_id not in members:
        members[article.article_id] = article
        index.insert(article.article_id, _minhash(article.fingerprint))  # type: ignore[attr-defined]


def _empty() -> MinHash:
    from datasketch import MinHash

    return MinHash(num_perm=PERMUTATIONS, seed=_SEED, scheme=_SCHEME)


def _minhash(values: tuple[int, ...]) -> MinHash:
    from datasketch import MinHash

    return MinHash(
        num_perm=PERMUTATIONS,
        seed=_SEED,
        scheme=_SCHEME,
        hashvalues=list(values),
        permutations=_permutations(),
    )


@cache
def _permutations() -> Any:
    """Draw them once: the seed is one, and drawing takes longer than comparing."""
    return _empty().permutations
