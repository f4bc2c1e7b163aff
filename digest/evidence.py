"""Choosing the sentences a digest shows: strong, representative, and never from one mouth."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from treatywatch.digest.context import sentence_after, sentence_before
from treatywatch.digest.safety import (
    NAME_CHARS,
    QUOTE_CHARS,
    TITLE_CHARS,
    clean_line,
    safe_url,
)
from treatywatch.news.digest import Quote
from treatywatch.news.text import fold
from treatywatch.news.week_input import SIDES, Label, Side, WeekArticle, WeekPassage

# A passage takes a side from here on; below, the model itself would say no.
TAKES_SIDE = 0.5
# A title stands without a sentence around it, and is written to be sharp.
TITLE_WEIGHT = 0.6
# A hopeful sentence in a worried article is often said to be denied.
OPPOSITE_WEIGHT = 0.7
FEWEST_WORDS = 5
# No sentence is better than one so much weaker than the list's strongest.
WEAKEST_SHOWN = 0.5
# A story not told on the other side is preferred while its sentence is nearly as strong.
WORTH_A_NEW_STORY = 0.8
CONTEXT_WINDOW = 500
_OPPOSITES: dict[Side, Label] = {"hope": "concerns", "concern": "hopes"}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage that may be quoted for one side."""

    article: WeekArticle
    passage: WeekPassage
    side: Side
    strength: float

    @property
    def key(self) -> tuple[float, str, int]:
        """Order by strength, then by what never changes."""
        return -self.strength, self.article.article_id, self.passage.position


@dataclass(slots=True)
class _Taken:
    stories: set[str]
    texts: set[str]
    last_outlet: str


def choose_quotes(
    articles: Iterable[WeekArticle], passages: Iterable[WeekPassage], per_side: int
) -> dict[tuple[str, Side], tuple[Quote, ...]]:
    """Return the quotes by language and side, strongest first.

    Within one list no story comes twice and no outlet twice in a row. Articles that are too
    close to call are never quoted.
    """
    known = {article.article_id: article for article in articles if article.is_sure}
    groups: dict[tuple[str, Side], list[Candidate]] = defaultdict(list)
    for passage in passages:
        article = known.get(passage.article_id)
        if article is None or len(passage.text.split()) < FEWEST_WORDS:
            continue
        for side in SIDES:
            strength = _strength(article, passage, side)
            if strength > 0:
                groups[article.language, side].append(Candidate(article, passage, side, strength))
    return _choose_both(groups, per_side)


def _choose_both(
    groups: dict[tuple[str, Side], list[Candidate]], per_side: int
) -> dict[tuple[str, Side], tuple[Quote, ...]]:
    chosen: dict[tuple[str, Side], tuple[Quote, ...]] = {}
    for language in sorted({language for language, _ in groups}):
        told: frozenset[str] = frozenset()
        for side in SIDES:
            if groups[language, side]:
                quotes = _choose(groups[language, side], per_side, told)
                chosen[language, side] = quotes
                told = frozenset(quote.story_id for quote in quotes)
    return chosen


def _strength(article: WeekArticle, passage: WeekPassage, side: Side) -> float:
    mine, other = passage.hope, passage.concern
    if side == "concern":
        mine, other = other, mine
    if mine < TAKES_SIDE:
        return 0.0
    weight = TITLE_WEIGHT if passage.position == 0 else 1.0
    if article.label == _OPPOSITES[side]:
        weight *= OPPOSITE_WEIGHT
    return weight * mine * passage.treaty * (1 - 0.5 * other) * (0.5 + 0.5 * article.confidence)


def _choose(group: Sequence[Candidate], per_side: int, told: frozenset[str]) -> tuple[Quote, ...]:
    """Choose one side's quotes; stories already told on the other side come only for want."""
    ranked = sorted(group, key=lambda candidate: candidate.key)
    left = [c for c in ranked if c.strength >= WEAKEST_SHOWN * ranked[0].strength]
    typical = _theme_shares(left)
    taken = _Taken(set(), set(), "")
    chosen: list[Quote] = []
    while len(chosen) < per_side:
        fit = [c for c in left if _is_fit(c, taken)]
        fit = [c for c in fit if _is_new(c, told, fit[0].strength)] or fit
        if not fit:
            break
        representative = len(chosen) % 2 == 1
        pick = min(fit, key=lambda c: _typical_key(c, typical)) if representative else fit[0]
        chosen.append(_quote(pick, representative))
        taken.stories.add(pick.article.story_id)
        taken.texts.add(fold(pick.passage.text))
        taken.last_outlet = fold(pick.article.outlet)
    return tuple(chosen)


def _is_fit(candidate: Candidate, taken: _Taken) -> bool:
    article = candidate.article
    if article.story_id in taken.stories or fold(article.outlet) == taken.last_outlet:
        return False
    # A phrase of a press release turns up in stories that are otherwise unlike.
    return fold(candidate.passage.text) not in taken.texts


def _is_new(candidate: Candidate, told: frozenset[str], best: float) -> bool:
    is_told = candidate.article.story_id in told
    return not is_told and candidate.strength >= WORTH_A_NEW_STORY * best


def _theme_shares(group: Sequence[Candidate]) -> dict[str, float]:
    stories = {candidate.article.story_id for candidate in group}
    pairs = {(c.article.story_id, theme) for c in group for theme in c.passage.themes}
    counts = Counter(theme for _, theme in pairs)
    return {theme: count / len(stories) for theme, count in counts.items()}


def _typical_key(candidate: Candidate, typical: dict[str, float]) -> tuple[float, str, int]:
    shares = [typical[theme] for theme in candidate.passage.themes]
    weight = sum(shares) / len(shares) if shares else 0.0
    _, article_id, position = candidate.key
    return -(0.1 + weight) * candidate.strength, article_id, position


def _quote(candidate: Candidate, representative: bool) -> Quote:
    article, passage = candidate.article, candidate.passage
    before = sentence_before(passage.before, len(passage.before) >= CONTEXT_WINDOW)
    after = sentence_after(passage.after, len(passage.after) >= CONTEXT_WINDOW)
    return Quote(
        article_id=article.article_id,
        position=passage.position,
        text=clean_line(passage.text, QUOTE_CHARS),
        before=clean_line(before, QUOTE_CHARS),
        after=clean_line(after, QUOTE_CHARS),
        title=clean_line(article.title, TITLE_CHARS),
        url=safe_url(article.url),
        outlet=clean_line(article.outlet, NAME_CHARS),
        language=article.language,
        published_date=article.published_date,
        side=candidate.side,
        score=passage.hope if candidate.side == "hope" else passage.concern,
        confidence=article.confidence,
        themes=tuple(clean_line(theme, NAME_CHARS) for theme in passage.themes),
        story_id=article.story_id,
        chosen_as="representative" if representative else "strongest",
    )
