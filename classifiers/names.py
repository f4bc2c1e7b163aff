"""Find the names of the treaty in a title and a text, whatever their spelling."""

from __future__ import annotations

import re
import sys
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Literal

from treatywatch.config.treaty import Treaty, TreatyName, whole_words
from treatywatch.news.records import NameMatch
from treatywatch.news.text import fold

MAX_MATCHES = 200
MAX_CHARS = 2_000_000

_CLUSTER = re.compile(r"\S[\u0300-\u036f]*|\s+")
_KEPT_CLUSTERS, _KEPT_CHARS = 50_000, 16
_Field = Literal["title", "text"]


class NameMatcher:
    """Find what counts as a name of the treaty by the rules of the treaty file."""

    def __init__(self, treaty: Treaty) -> None:
        self._strong = _Alternation(n for n in treaty.names if n.strength == "S")
        self._weak = _Alternation(n for n in treaty.names if n.strength != "S")
        self._needs = {name.needs for name in treaty.names if name.strength == "S"} - {""}
        self._signals = treaty.signals
        self._look_alikes = re.compile(whole_words(look.pattern for look in treaty.look_alikes))
        self._look_alike_patterns = [
            (look.name, re.compile(whole_words([look.pattern]))) for look in treaty.look_alikes
        ]
        self._outweighing = re.compile(
            whole_words(look.pattern for look in treaty.look_alikes if look.title_outweighs)
        )
        self._context = {
            key: re.compile(whole_words([value])) for key, value in treaty.context.items()
        }

    def find(self, title: str, text: str) -> tuple[NameMatch, ...]:
        """Return the names in order, title first; an empty tuple: not about the treaty.

        Offsets are code points of the given title or text. At most `MAX_MATCHES` are returned.
        """
        folded_title, folded_text = _Folded(title), _Folded(text[:MAX_CHARS])
        fields: tuple[tuple[_Field, _Folded], ...] = (
            ("title", folded_title),
            ("text", folded_text),
        )
        if not any(s in f.text for s in self._signals for f in (folded_title, folded_text)):
            return ()
        masks = {field: _spans(self._look_alikes, folded.text) for field, folded in fields}
        held = {"", *(token for token in self._needs if self._holds(token, fields))}
        strong = [
            match
            for field, folded in fields
            for match in self._strong.find(field, folded, masks[field])
            if match.name.needs in held
        ]
        weak = self._weak_matches(fields, masks, strong)
        if not strong and not any(match.name.strength == "C" for match in weak):
            return ()
        found = sorted([*strong, *weak], key=lambda m: (m.field != "title", m.start))
        return tuple(match.record() for match in found[:MAX_MATCHES])

    def look_alike(self, title: str, text: str) -> str:
        """Return what a text names that resembles the treaty, the first of them; "": nothing."""
        folded = f"{_Folded(title).text} {_Folded(text[:MAX_CHARS]).text}"
        found = [
            (match.start(), name)
            for name, pattern in self._look_alike_patterns
            if (match := pattern.search(folded))
        ]
        return min(found)[1] if found else ""

    def _weak_matches(
        self,
        fields: Sequence[tuple[_Field, _Folded]],
        masks: dict[_Field, list[tuple[int, int]]],
        strong: Sequence[_Match],
    ) -> list[_Match]:
        taken = {
            field: sorted((m.start, m.end) for m in strong if m.field == field)
            for field, _ in fields
        }
        found = [
            match
            for field, folded in fields
            for match in self._weak.find(field, folded, masks[field], taken[field])
        ]
        if strong or self._has_context(fields):
            return found
        return [match for match in found if match.name.strength == "N"]

    def _has_context(self, fields: Sequence[tuple[_Field, _Folded]]) -> bool:
        title = fields[0][1].text
        return not self._outweighing.search(title) and all(
            self._holds(key, fields) for key in ("un", "anchor", "cybercrime")
        )

    def _holds(self, token: str, fields: Sequence[tuple[_Field, _Folded]]) -> bool:
        pattern = self._context[token]
        return any(pattern.search(folded.text) for _, folded in fields)


class _Folds(dict[str, str]):
    """Folded clusters, kept because texts use few different ones."""

    def __missing__(self, cluster: str) -> str:
        folded = " " if cluster.isspace() else fold(cluster)
        if len(self) < _KEPT_CLUSTERS and len(cluster) <= _KEPT_CHARS:
            self[cluster] = folded
        return folded


_FOLDS = _Folds()


class _Folded:
    """A text folded cluster by cluster, so that every folded character knows its origin.

    A letter with its marks is a cluster, and so is a run of white space: it folds to one space.
    """

    def __init__(self, original: str) -> None:
        self.original = original
        self._clusters = _CLUSTER.findall(original)
        self._pieces = [_FOLDS[cluster] for cluster in self._clusters]
        self.text = "".join(self._pieces)
        self._ends: list[int] | None = None
        self._origins: list[int] = []

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the code points of the original that folded to start..end."""
        if self._ends is None:
            self._ends = list(accumulate(map(len, self._pieces)))
            self._origins = list(accumulate(map(len, self._clusters), initial=0))
        first = bisect_right(self._ends, start)
        last = bisect_right(self._ends, end - 1)
        return self._origins[first], self._origins[last + 1]


@dataclass(frozen=True, slots=True)
class _Match:
    name: TreatyName
    field: _Field
    start: int
    end: int
    folded: _Folded

    def record(self) -> NameMatch:
        start, end = self.folded.span(self.start, self.end)
        return NameMatch(
            name=self.name.name,
            matched=self.folded.original[start:end],
            char_start=start,
            char_end=end,
            strength=self.name.strength,
            field=self.field,
        )


class _Alternation:
    """Many names as one compiled pattern; the first alternative that fits wins."""

    def __init__(self, names: Iterable[TreatyName]) -> None:
        self._names = tuple(names)
        self._pattern = re.compile(
            whole_words(f"(?P<n{i}>{name.pattern})" for i, name in enumerate(self._names))
        )

    def find(
        self,
        field: _Field,
        folded: _Folded,
        masks: Sequence[tuple[int, int]],
        taken: Sequence[tuple[int, int]] = (),
    ) -> list[_Match]:
        """Return the names that lie within no mask and touch nothing that is taken."""
        found: list[_Match] = []
        for match in self._pattern.finditer(folded.text):
            if _lies_within(match.span(), masks) or _overlaps(match.span(), taken):
                continue
            name = self._names[int((match.lastgroup or "n0")[1:])]
            found.append(_Match(name, field, match.start(), match.end(), folded))
            if len(found) == MAX_MATCHES:
                break
        return found


def _spans(pattern: re.Pattern[str], text: str) -> list[tuple[int, int]]:
    return [match.span() for match in pattern.finditer(text)]


def _lies_within(span: tuple[int, int], masks: Sequence[tuple[int, int]]) -> bool:
    """Tell whether a mask holds the whole span; masks do not overlap one another."""
    position = bisect_right(masks, (span[0], sys.maxsize)) - 1
    return position >= 0 and masks[position][1] >= span[1]


def _overlaps(span: tuple[int, int], taken: Sequence[tuple[int, int]]) -> bool:
    position = bisect_right(taken, (span[1],)) - 1
    return position >= 0 and taken[position][1] > span[0]
