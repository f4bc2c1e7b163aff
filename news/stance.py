"""The records of what articles say of the treaty: passages, their stance, the article's.

As in `records`: frozen, offsets in Unicode code points.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from treatywatch.news.records import Article

ArticleLabel = Literal["hopes", "concerns", "mixed", "neutral", "off_topic"]
PassageKind = Literal["title", "body"]


@dataclass(frozen=True, slots=True)
class Passage:
    """One to three sentences of one paragraph, or the title (position 0, offsets into title)."""

    position: int
    kind: PassageKind
    text: str
    char_start: int  # into Article.text for `body`, into Article.title for `title`
    char_end: int
    sentences: int = 1
    countable: bool = True  # False: boilerplate that must not weigh in the article's label


@dataclass(frozen=True, slots=True)
class PassageStance:
    """The three answers and the themes of one passage, as calibrated probabilities."""

    position: int
    treaty: float
    hope: float
    concern: float
    themes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ArticleStance:
    """The stance of an article, from its passages."""

    label: ArticleLabel
    treaty_score: float
    hope_score: float
    concern_score: float
    balance: float  # (hope - concern) / (hope + concern), 0 where both are 0
    confidence: float
    n_passages: int
    n_hope: int
    n_concern: int
    is_sure: bool = True  # False: too close to call; the label is the best guess


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """A model that scored articles."""

    model_id: str
    description: str = ""
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class ScoredArticle:
    """An article about the treaty with its passages and their stance."""

    article: Article
    passages: tuple[Passage, ...]
    passage_stances: tuple[PassageStance, ...]
    stance: ArticleStance
    model_id: str
    story_id: str | None = None
    is_duplicate: bool = False  # not the first article of its story


@dataclass(frozen=True, slots=True)
class StoryMember:
    """What story linking needs to know of a stored article about the treaty."""

    article_id: str
    story_id: str
    language: str
    outlet: str
    fingerprint: tuple[int, ...]
    words: int
    first_seen_at: datetime
