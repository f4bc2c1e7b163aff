"""What a benchmark gave, kept as one JSON file each: the last try, and the last figures."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

Status = Literal["done", "failed", "skipped"]


@dataclass(frozen=True)
class Made:
    """When, where and how figures were made."""

    at: str
    size: str
    command: str
    seconds: float
    load: tuple[float, float]  # of one minute, before and after
    machine: dict[str, Any]
    versions: dict[str, str]


@dataclass(frozen=True)
class Result:
    """The last try of a benchmark. `figures` and `made` are of the last one that was done."""

    name: str
    status: Status
    tried_at: str
    why: str = ""
    figures: dict[str, Any] = field(default_factory=dict)
    made: Made | None = None


def load(folder: Path, name: str) -> Result | None:
    """Return what is kept of a benchmark; None when it was never tried."""
    path = folder / f"{name}.json"
    if not path.exists():
        return None
    raw = json.loads(path.read_text("utf-8"))
    made = raw.pop("made")
    if made:
        made["load"] = tuple(made["load"])
    return Result(**raw, made=Made(**made) if made else None)


def keep(folder: Path, result: Result) -> None:
    """Write a result over the one before; a try that gave nothing keeps the older figures."""
    older = load(folder, result.name)
    kept = asdict(result)
    if result.made is None and older and older.made:
        kept |= {"figures": older.figures, "made": asdict(older.made)}
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(kept, indent=1, ensure_ascii=False)
    (folder / f"{result.name}.json").write_text(text + "\n", "utf-8")
