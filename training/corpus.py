"""Read the labelled passages, triples and articles of `training/data`."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

DATA = Path(__file__).with_name("data")
EXCLUDED = Path(__file__).with_name("excluded.json")
LABELS = ("treaty", "hope", "concern")
HOPE_THEMES = (
    "cooperation", "evidence", "victims", "capacity", "global_order",
    "rights_safeguards", "security", "standing", "economy",
)  # fmt: skip
CONCERN_THEMES = (
    "surveillance", "privacy", "expression", "vagueness", "repression",
    "weak_safeguards", "researchers", "host", "industry", "legitimacy",
)  # fmt: skip
THEMES = HOPE_THEMES + CONCERN_THEMES
Split = Literal["train", "dev", "test", "fresh"]


@dataclass(frozen=True, slots=True)
class LabelledPassage:
    """One passage with its labels by the codebook."""

    id: str
    language: str
    title: str
    text: str
    treaty: bool
    hope: bool
    concern: bool
    themes: tuple[str, ...] = ()
    genre: str = ""
    hard: str = ""
    group: str = ""  # passages of one group say the same thing in different languages


@dataclass(frozen=True, slots=True)
class LabelledArticle:
    """One article with the label of the codebook's article rule."""

    id: str
    language: str
    title: str
    text: str
    label: str


def read_passages(split: Split) -> list[LabelledPassage]:
    """Return the passages of one split, in the order of files and lines.

    Training passages stand in several files a language, named after how they were written:
    `train` one by one, `train2` cut from whole articles, `train3` sets of one scene told on every
    side, `train4` as the press covers it, `train5` pairs on the border of two classes, `train6`
    plain news prose, `train7` plain and hard passages by another hand, `train8` stances that only
    the meaning shows beside the treaty as the press covers it, `train9` rebuttals and denials,
    headlines, quotes alone and articles cut up, `train10` about everything else, `train11` against
    the mistakes of version 2.3. (`spare` files train nothing yet: see `tried.md`.) `dev2` and
    `fresh` were written without sight of any other; `fresh` chooses nothing and is measured beside
    `test`.
    """
    return _without_excluded(row for path in files_of(split) for row in _rows(path))


def files_of(split: Split) -> list[Path]:
    """Return the files that hold the passages of one split."""
    return sorted([*DATA.glob(f"{split}.??.jsonl"), *DATA.glob(f"{split}[0-9]*.??.jsonl")])


def data_digest() -> str:
    """Return the SHA-256 of the passages that train, choose and test, and of the exclusions."""
    splits: tuple[Split, ...] = ("train", "dev", "test")
    digest = hashlib.sha256()
    for path in [*(p for s in splits for p in files_of(s)), DATA / "triples.jsonl", EXCLUDED]:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def read_triples(split: Split) -> list[LabelledPassage]:
    """Return the parallel passages of one split; `group` joins the three languages."""
    path = DATA / "triples.jsonl"
    rows = list(_rows(path)) if path.is_file() else []
    return _without_excluded(row for row in rows if row["split"] == split)


def read_articles(split: Split) -> list[LabelledArticle]:
    """Return the labelled articles of one split."""
    names = ("id", "language", "title", "text", "label")
    return [
        LabelledArticle(**{name: row[name] for name in names})
        for path in sorted(DATA.glob("articles.*.jsonl"))
        for row in _rows(path)
        if row["split"] == split
    ]


def _without_excluded(rows: Iterable[dict[str, Any]]) -> list[LabelledPassage]:
    """Leave out training passages too like a measured one, as listed in `excluded.json`."""
    excluded = json.loads(EXCLUDED.read_text("utf-8"))
    return [_passage(row) for row in rows if row["id"] not in excluded]


def read_second_labels() -> dict[str, dict[str, Any]]:
    """Return the second, blind labelling of test passages by passage id."""
    return {
        row["id"]: row for path in sorted(DATA.glob("test.second.*.jsonl")) for row in _rows(path)
    }


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        if line.strip():
            try:
                yield json.loads(line)
            except ValueError as error:
                raise ValueError(f"{path.name}:{number}: not JSON ({error})") from error


def _passage(row: dict[str, Any]) -> LabelledPassage:
    return LabelledPassage(
        id=row["id"],
        language=row["language"],
        title=_nfc(row["title"]),
        text=_nfc(row["text"]),
        treaty=row["treaty"],
        hope=row["hope"],
        concern=row["concern"],
        themes=tuple(row["themes"]),
        genre=row.get("genre", ""),
        hard=row.get("hard", ""),
        group=row.get("group") or row.get("triple") or "",
    )


def _nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text).replace("\u00a0", " ")
