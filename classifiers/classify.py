"""Articles and bare texts -> stance with evidence, one pass of the model for all of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from treatywatch.classifiers.aggregate import article_stance
from treatywatch.classifiers.model import PassageInput, PassageScores, StanceModel
from treatywatch.classifiers.names import NameMatcher
from treatywatch.classifiers.passages import split
from treatywatch.config.treaty import Treaty
from treatywatch.news.records import LANGUAGES, Article, NameMatch
from treatywatch.news.stance import ArticleStance, Passage, PassageStance, ScoredArticle

TextLabel = Literal["hopes", "concerns", "mixed", "neutral", "off_topic", "unsupported_language"]
NAMED = 0.99
"""How surely a passage that names the treaty is about it, whatever the model says.

All of the 940 labelled passages with a name are; the model doubts it where a title holds a number.
"""
_UNSUPPORTED = ArticleStance("off_topic", 0.0, 0.0, 0.0, 0.0, 0.0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class TextToClassify:
    """A text from outside; `language` is what the caller detected or was told."""

    text: str
    language: str
    title: str = ""
    id: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A passage that takes a stance; offsets cut `text` out of the text, or of the title."""

    text: str
    char_start: int
    char_end: int
    treaty: float
    hope: float
    concern: float
    themes: tuple[str, ...]
    field: Literal["title", "text"] = "text"


@dataclass(frozen=True, slots=True)
class ClassifiedText:
    """What `classify` says of one text."""

    id: str
    language: str
    label: TextLabel
    stance: ArticleStance
    model_id: str
    evidence: tuple[Evidence, ...] = ()
    names: tuple[NameMatch, ...] = ()


class Classifier:
    """Names by rule, stance by model."""

    def __init__(self, treaty: Treaty, model: StanceModel) -> None:
        self.treaty = treaty
        self.model = model
        self._matcher = NameMatcher(treaty)

    def find_names(self, title: str, text: str) -> tuple[NameMatch, ...]:
        """Return the names of the treaty; an empty tuple: the name gate stays shut."""
        return self._matcher.find(title, text)

    def classify_articles(self, articles: Sequence[Article]) -> list[ScoredArticle]:
        """Score articles that passed the name gate, all passages in one pass.

        Raises:
            ValueError: when an article is in a language the model does not read.
        """
        for article in articles:
            if article.language not in LANGUAGES:
                raise ValueError(f"{article.url}: language {article.language} is never scored")
        texts = [TextToClassify(a.text, a.language, a.title) for a in articles]
        return [
            ScoredArticle(
                article=article,
                passages=passages,
                passage_stances=stances,
                stance=article_stance(passages, stances),
                model_id=self.model.info.model_id,
            )
            for article, (passages, stances) in zip(articles, self._score(texts), strict=True)
        ]

    def classify_text(self, record: TextToClassify) -> ClassifiedText:
        """Classify one text; the model alone decides what is about the treaty."""
        return self.classify_texts([record])[0]

    def classify_texts(self, records: Sequence[TextToClassify]) -> list[ClassifiedText]:
        """Classify texts in order, all passages in one pass."""
        known = [record for record in records if record.language in LANGUAGES]
        scored = iter(self._score(known))
        return [
            self._classified(record, *next(scored))
            if record.language in LANGUAGES
            else ClassifiedText(
                record.id,
                record.language,
                # nothing to read is about nothing, in any language
                "unsupported_language" if (record.title + record.text).strip() else "off_topic",
                _UNSUPPORTED,
                self.model.info.model_id,
            )
            for record in records
        ]

    def _classified(
        self,
        record: TextToClassify,
        passages: tuple[Passage, ...],
        stances: tuple[PassageStance, ...],
    ) -> ClassifiedText:
        names = self.find_names(record.title, record.text)
        stance = article_stance(passages, stances, is_named=bool(names))
        return ClassifiedText(
            id=record.id,
            language=record.language,
            label=stance.label,
            stance=stance,
            model_id=self.model.info.model_id,
            evidence=evidence(passages, stances),
            names=names,
        )

    def _score(
        self, texts: Sequence[TextToClassify]
    ) -> list[tuple[tuple[Passage, ...], tuple[PassageStance, ...]]]:
        cuts = [split(text.title, text.text) for text in texts]
        items = [
            item
            for text, passages in zip(texts, cuts, strict=True)
            for item in _inputs(text, passages)
        ]
        scores = iter(self.model.score(items))
        return [
            (
                passages,
                # zip must stop at the passages first: `scores` runs on over the next text.
                tuple(self._stance(p, score) for p, score in zip(passages, scores, strict=False)),
            )
            for passages in cuts
        ]

    def _stance(self, passage: Passage, score: PassageScores) -> PassageStance:
        is_named = score.treaty < NAMED and bool(self._matcher.find("", passage.text))
        treaty = NAMED if is_named else score.treaty
        return PassageStance(passage.position, treaty, score.hope, score.concern, score.themes)


def evidence(
    passages: Sequence[Passage], stances: Sequence[PassageStance], cut: float = 0.5
) -> tuple[Evidence, ...]:
    """Return the countable passages that take a stance, in the order of the text."""
    return tuple(
        Evidence(
            text=passage.text,
            char_start=passage.char_start,
            char_end=passage.char_end,
            treaty=stance.treaty,
            hope=stance.hope,
            concern=stance.concern,
            themes=stance.themes,
            field="title" if passage.kind == "title" else "text",
        )
        for passage, stance in zip(passages, stances, strict=True)
        if passage.countable and stance.treaty >= cut and max(stance.hope, stance.concern) >= cut
    )


def _inputs(text: TextToClassify, passages: Iterable[Passage]) -> list[PassageInput]:
    return [
        PassageInput("" if p.kind == "title" else text.title, p.text, text.language)
        for p in passages
    ]
